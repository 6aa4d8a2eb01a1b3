using BeastOrleans.Contracts.Endpoints;
using BeastOrleans.Contracts.Identity;
using BeastOrleans.Contracts.Selection;
using Orleans.Concurrency;

namespace BeastOrleans.Contracts.Tenants;

/// <summary>A tenant's shared models, provider credentials and policy: keyed by <see cref="GrainKeys.Tenant"/>.</summary>
[Alias("beast.ITenantGrain"), GrainInterfaceType("beast.tenant")]
public interface ITenantGrain : IGrainWithStringKey
{
    /// <summary>Conflict when it exists.</summary>
    [Alias("Create"), ResponseTimeout("00:00:10")]
    Task<ConfigResult<OwnerSnapshot>> CreateAsync();

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
}
