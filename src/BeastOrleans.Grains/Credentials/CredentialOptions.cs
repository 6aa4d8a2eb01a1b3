namespace BeastOrleans.Grains.Credentials;

/// <summary>Where the key-encryption keys come from.</summary>
public sealed class CredentialOptions
{
    /// <summary>
    /// The file of the key-encryption keys (<c>{"current":"k1","keys":{"k1":"base64 of 32 bytes"}}</c>). Null only when
    /// <see cref="MasterKeys"/> is set.
    /// </summary>
    public string? MasterKeyFile { get; set; }

    /// <summary>The same JSON as a setting, for places that hand secrets over in the environment; wins over the file. Never logged.</summary>
    public string? MasterKeys { get; set; }

    /// <summary>
    /// Whether a missing file is made with a new key. Off by default: a silo of a cluster that made its own would seal what no
    /// other can open.
    /// </summary>
    public bool MayCreate { get; set; }
}
