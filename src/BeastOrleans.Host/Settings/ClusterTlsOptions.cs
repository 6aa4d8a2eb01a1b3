namespace BeastOrleans.Host.Settings;

/// <summary>Mutual TLS between silos, and between gateways and silos; section <c>Beast:ClusterTls</c>. All three or none.</summary>
public sealed class ClusterTlsOptions
{
    /// <summary>This process's certificate in PEM, intermediates after it. Used as server and as client. Read again when it changes.</summary>
    public string? CertificateFile { get; set; }

    /// <summary>Its private key in PEM, without a password.</summary>
    public string? KeyFile { get; set; }

    /// <summary>The authorities, in PEM, whose certificates are let in; nothing else is, not even what the machine trusts.</summary>
    public string? CaFile { get; set; }

    internal bool IsConfigured => CertificateFile is not null && KeyFile is not null && CaFile is not null;

    /// <summary>The names that are missing beside others that are set; null when it is whole or absent.</summary>
    internal string? Missing()
    {
        (string Name, string? Value)[] all = [(nameof(CertificateFile), CertificateFile), (nameof(KeyFile), KeyFile), (nameof(CaFile), CaFile)];
        var missing = Array.FindAll(all, one => string.IsNullOrWhiteSpace(one.Value));
        return missing.Length is 0 || (missing.Length == all.Length && Array.TrueForAll(all, one => one.Value is null))
            ? null
            : string.Join(", ", missing.Select(one => "Beast:ClusterTls:" + one.Name));
    }
}
