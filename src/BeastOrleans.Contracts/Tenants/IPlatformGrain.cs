using BeastOrleans.Contracts.Identity;
using BeastOrleans.Contracts.Usage;
using Orleans.Concurrency;

namespace BeastOrleans.Contracts.Tenants;

/// <summary>The operator's own models, credentials, policy, prices and admin key: keyed by <see cref="GrainKeys.Platform"/>.</summary>
[Alias("beast.IPlatformGrain"), GrainInterfaceType("beast.platform")]
public interface IPlatformGrain : IConfigurationOwner
{
    [Alias("GetSnapshot"), ReadOnly, AlwaysInterleave, ResponseTimeout("00:00:02")]
    Task<OwnerSnapshot> GetSnapshotAsync();

    /// <summary>
    /// A new price version, in force from now on or from a time to come; earlier ones are kept, and stay in force for what they
    /// priced.
    /// </summary>
    [Alias("PutPrice"), ResponseTimeout("00:00:10")]
    Task<ConfigResult<PriceEntry>> PutPriceAsync(string modelId, ModelPrice price, DateTimeOffset? effectiveFrom = null);

    /// <summary>Many at once, in one write. What is the same as the price in force makes no version.</summary>
    /// <returns>The new versions.</returns>
    [Alias("ImportPrices"), ResponseTimeout("00:00:20")]
    Task<ConfigResult<PriceEntry[]>> ImportPricesAsync(ImportedPrice[] prices);

    /// <summary>The operator's versions, past, present and to come, of one model or of all: by model, then by time.</summary>
    [Alias("GetPriceVersions"), ReadOnly, ResponseTimeout("00:00:05")]
    Task<PriceEntry[]> GetPriceVersionsAsync(string? modelId);

    /// <summary>The built-in prices and the operator's, the latter winning.</summary>
    [Alias("GetPrices"), ReadOnly, ResponseTimeout("00:00:05")]
    Task<PriceEntry[]> GetPricesAsync();

    /// <summary>Makes the admin key when there is none (or always, with <paramref name="reset"/>).</summary>
    /// <returns>The key, once; null when there is one already.</returns>
    [Alias("EnsureAdminKey"), ResponseTimeout("00:00:10")]
    Task<string?> EnsureAdminKeyAsync(bool reset);

    /// <summary>SHA-256 of the admin key in hex; null when none was made.</summary>
    [Alias("GetAdminKeyHash"), ReadOnly, ResponseTimeout("00:00:05")]
    Task<string?> GetAdminKeyHashAsync();
}
