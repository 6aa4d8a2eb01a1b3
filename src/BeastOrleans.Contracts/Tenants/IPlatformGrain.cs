using BeastOrleans.Contracts.Endpoints;
using BeastOrleans.Contracts.Identity;
using BeastOrleans.Contracts.Selection;
using BeastOrleans.Contracts.Usage;
using Orleans.Concurrency;

namespace BeastOrleans.Contracts.Tenants;

/// <summary>The operator's own models, credentials, policy, prices and admin key: keyed by <see cref="GrainKeys.Platform"/>.</summary>
[Alias("beast.IPlatformGrain"), GrainInterfaceType("beast.platform")]
public interface IPlatformGrain : IGrainWithStringKey
{
    [Alias("GetSnapshot"), ReadOnly, AlwaysInterleave, ResponseTimeout("00:00:02")]
    Task<OwnerSnapshot> GetSnapshotAsync();

    [Alias("RegisterModel"), ResponseTimeout("00:00:10")]
    Task<ConfigResult<CustomModelInfo>> RegisterModelAsync(CustomModelRegistration registration);

    [Alias("PatchModel"), ResponseTimeout("00:00:10")]
    Task<ConfigResult<CustomModelInfo>> PatchModelAsync(string name, CustomModelPatch patch);

    [Alias("RemoveModel"), ResponseTimeout("00:00:10")]
    Task<ConfigResult<CustomModelInfo>> RemoveModelAsync(string name);

    [Alias("PutProvider"), ResponseTimeout("00:00:10")]
    Task<ConfigResult<ProviderInfo>> PutProviderAsync(ProviderRegistration registration);

    [Alias("RemoveProvider"), ResponseTimeout("00:00:10")]
    Task<ConfigResult<ProviderInfo>> RemoveProviderAsync(string provider);

    [Alias("GetProviders"), ReadOnly, ResponseTimeout("00:00:05")]
    Task<ProviderInfo[]> GetProvidersAsync();

    [Alias("PutPolicy"), ResponseTimeout("00:00:10")]
    Task<ConfigResult<RoutePolicy>> PutPolicyAsync(RoutePolicy policy);

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
