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

    /// <summary>A new price version; earlier ones stay in force for what they priced.</summary>
    [Alias("PutPrice"), ResponseTimeout("00:00:10")]
    Task<ConfigResult<PriceEntry>> PutPriceAsync(string modelId, ModelPrice price);

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
