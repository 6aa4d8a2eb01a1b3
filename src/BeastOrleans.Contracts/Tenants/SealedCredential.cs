namespace BeastOrleans.Contracts.Tenants;

/// <summary>
/// A secret under envelope encryption: AES-256-GCM with a random data key, itself wrapped by a key-encryption key.
/// The associated data binds it to its tenant, name, origin and version.
/// </summary>
[GenerateSerializer, Immutable, Alias("beast.SealedCredential")]
public sealed record SealedCredential
{
    /// <summary>Which key-encryption key wraps the data key.</summary>
    [Id(0)]
    public required string KeyId { get; init; }

    /// <summary>Nonce, wrapped data key and tag, base64.</summary>
    [Id(1)]
    public required string WrappedKey { get; init; }

    /// <summary>Nonce, ciphertext and tag, base64.</summary>
    [Id(2)]
    public required string Ciphertext { get; init; }

    /// <summary>Scheme, host and port that the secret may be sent to.</summary>
    [Id(3)]
    public required string Origin { get; init; }

    /// <summary>The version that is part of the associated data.</summary>
    [Id(4)]
    public required long Version { get; init; }

    /// <summary>The last four characters of the secret (fewer when it is short: none below 12), for people.</summary>
    [Id(5)]
    public required string Last4 { get; init; }

    public override string ToString() => "sealed";
}
