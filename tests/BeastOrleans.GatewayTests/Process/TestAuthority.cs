using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace BeastOrleans.GatewayTests.Process;

/// <summary>An authority of one test, which signs certificates for cluster members into PEM files.</summary>
internal sealed class TestAuthority : IDisposable
{
    private readonly X509Certificate2 _certificate;
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("beast-authority-");
    private int _issued;

    public TestAuthority(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, true));
        _certificate = request.CreateSelfSigned(DateTimeOffset.UnixEpoch.AddYears(50), DateTimeOffset.UnixEpoch.AddYears(80));
        CaFile = Path.Combine(_directory.FullName, "ca.pem");
        File.WriteAllText(CaFile, _certificate.ExportCertificatePem());
    }

    public string CaFile { get; }

    /// <summary>Writes a member's certificate and key.</summary>
    /// <param name="usages">Object ids; without any the certificate is for everything.</param>
    public (string Certificate, string Key) Issue(string name, params string[] usages)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        if (usages.Length > 0)
        {
            request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([.. usages.Select(usage => new Oid(usage))], false));
        }

        using var certificate = request.Create(_certificate, DateTimeOffset.UnixEpoch.AddYears(51), DateTimeOffset.UnixEpoch.AddYears(79), [1, (byte)++_issued]);
        var prefix = Path.Combine(_directory.FullName, name);
        File.WriteAllText(prefix + ".crt", certificate.ExportCertificatePem());
        File.WriteAllText(prefix + ".key", key.ExportPkcs8PrivateKeyPem());
        return (prefix + ".crt", prefix + ".key");
    }

    public string[] SettingsFor((string Certificate, string Key) member) =>
    [
        "--Beast:ClusterTls:CertificateFile=" + member.Certificate,
        "--Beast:ClusterTls:KeyFile=" + member.Key,
        "--Beast:ClusterTls:CaFile=" + CaFile,
    ];

    public void Dispose()
    {
        _certificate.Dispose();
        _directory.Delete(recursive: true);
    }
}
