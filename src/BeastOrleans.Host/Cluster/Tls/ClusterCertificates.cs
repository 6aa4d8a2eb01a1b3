using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using BeastOrleans.Host.Settings;
using BeastOrleans.Host.Startup;

namespace BeastOrleans.Host.Cluster.Tls;

/// <summary>
/// This process's certificate and the authorities that it lets in, from files, read again when they change (looked at before a
/// handshake, once a second at most). A file that cannot be read any more leaves what was read before in force.
/// </summary>
internal sealed partial class ClusterCertificates : IDisposable
{
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";
    private const string ClientAuthentication = "1.3.6.1.5.5.7.3.2";

    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(1);

    private readonly ClusterTlsOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger<ClusterCertificates> _logger;
    private readonly Lock _lock = new();
    private Loaded _loaded;
    private long _lookedAt;

    /// <exception cref="StartupException">A file cannot be used; the message says which and why.</exception>
    public ClusterCertificates(ClusterTlsOptions options, TimeProvider time, ILogger<ClusterCertificates> logger)
    {
        _options = options;
        _time = time;
        _logger = logger;
        _lookedAt = time.GetTimestamp();
        try
        {
            _loaded = Load(Stamp());
        }
        catch (Exception e) when (IsUnusable(e))
        {
            throw new StartupException($"Beast:ClusterTls cannot be used: {e.Message}", e);
        }
    }

    public SslServerAuthenticationOptions ForServer()
    {
        var loaded = Current();
        return new SslServerAuthenticationOptions
        {
            ServerCertificateContext = loaded.Own,
            ClientCertificateRequired = true,
            EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
            CertificateChainPolicy = PolicyOf(loaded, ClientAuthentication),
            RemoteCertificateValidationCallback = IsMember,
            CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
        };
    }

    public SslClientAuthenticationOptions ForClient()
    {
        var loaded = Current();
        return new SslClientAuthenticationOptions
        {
            // Pods have addresses, not names: whom the authority has signed is a member, wherever it is.
            TargetHost = "beast-cluster",
            ClientCertificateContext = loaded.Own,
            EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
            CertificateChainPolicy = PolicyOf(loaded, ServerAuthentication),
            RemoteCertificateValidationCallback = IsMember,
            CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
        };
    }

    public void Dispose() => _loaded.Dispose();

    // The name is the one thing that need not match; no certificate at all, or another chain, is refused.
    private static bool IsMember(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors) =>
        certificate is not null && (errors & ~SslPolicyErrors.RemoteCertificateNameMismatch) == SslPolicyErrors.None;

    private static X509ChainPolicy PolicyOf(Loaded loaded, string purpose)
    {
        var policy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
            DisableCertificateDownloads = true,
        };
        policy.CustomTrustStore.AddRange(loaded.Authorities);
        policy.ApplicationPolicy.Add(new Oid(purpose));
        return policy;
    }

    private Loaded Current()
    {
        lock (_lock)
        {
            if (_time.GetElapsedTime(_lookedAt) >= LookEvery)
            {
                _lookedAt = _time.GetTimestamp();
                Refresh();
            }

            return _loaded;
        }
    }

    private void Refresh()
    {
        try
        {
            var stamp = Stamp();
            if (stamp != _loaded.Stamp)
            {
                // The one before is left to the collector: a handshake under way may be using it.
                _loaded = Load(stamp);
                LogReloaded(_loaded.Own.TargetCertificate.NotAfter);
            }
        }
        catch (Exception e) when (IsUnusable(e))
        {
            LogNotReloaded(e);
        }
    }

    // Also where a directory of secrets is swapped by a symbolic link, as Kubernetes does it.
    private (DateTime, DateTime, DateTime) Stamp() =>
        (StampOf(_options.CertificateFile!), StampOf(_options.KeyFile!), StampOf(_options.CaFile!));

    private static DateTime StampOf(string path) =>
        (File.ResolveLinkTarget(path, returnFinalTarget: true) ?? new FileInfo(path)).LastWriteTimeUtc;

    private Loaded Load((DateTime, DateTime, DateTime) stamp)
    {
        var authorities = new X509Certificate2Collection();
        authorities.ImportFromPemFile(_options.CaFile!);
        if (authorities.Count == 0)
        {
            throw new CryptographicException($"'{_options.CaFile}' holds no certificate in PEM.");
        }

        var own = X509Certificate2.CreateFromPemFile(_options.CertificateFile!, _options.KeyFile!);
        var chain = new X509Certificate2Collection();
        chain.ImportFromPemFile(_options.CertificateFile!);
        return new Loaded(SslStreamCertificateContext.Create(own, chain, offline: true), authorities, stamp);
    }

    private static bool IsUnusable(Exception e) => e is CryptographicException or IOException or UnauthorizedAccessException or ArgumentException;

    private sealed record Loaded(SslStreamCertificateContext Own, X509Certificate2Collection Authorities, (DateTime, DateTime, DateTime) Stamp) : IDisposable
    {
        public void Dispose()
        {
            Own.TargetCertificate.Dispose();
            foreach (var authority in Authorities)
            {
                authority.Dispose();
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "The cluster's certificate was read anew; it is valid until {Until}")]
    private partial void LogReloaded(DateTime until);

    [LoggerMessage(Level = LogLevel.Error, Message = "The cluster's certificate has changed and cannot be read; the one before stays in force")]
    private partial void LogNotReloaded(Exception exception);
}
