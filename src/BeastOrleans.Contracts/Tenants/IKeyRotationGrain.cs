namespace BeastOrleans.Contracts.Tenants;

/// <summary>
/// Goes through everybody who keeps credentials, a page at a time: the platform, the tenants, the users, the custom models. Says
/// which key-encryption keys they name, and wraps their data keys anew where asked to. A stateless worker; repeating a page is
/// harmless.
/// </summary>
[Alias("beast.IKeyRotationGrain"), GrainInterfaceType("beast.key-rotation")]
public interface IKeyRotationGrain : IGrainWithIntegerKey
{
    /// <param name="cursor">Null for the first page, then <see cref="KeyRotationPage.Next"/>.</param>
    /// <param name="rewrapTo">The key to wrap under, which must be the current one of every silo; null only counts.</param>
    [Alias("Sweep"), ResponseTimeout("00:01:00")]
    Task<KeyRotationPage> SweepAsync(string? cursor, string? rewrapTo);
}

/// <summary>What one page of holders names.</summary>
[GenerateSerializer, Immutable, Alias("beast.KeyRotationPage")]
public sealed record KeyRotationPage
{
    /// <summary>The key that each credential names, one entry per credential, after the page's work.</summary>
    [Id(0)]
    public required string[] KeyIds { get; init; }

    /// <summary>Holders that did not answer, or could not do it.</summary>
    [Id(1)]
    public int Failed { get; init; }

    /// <summary>Null at the end.</summary>
    [Id(2)]
    public string? Next { get; init; }
}
