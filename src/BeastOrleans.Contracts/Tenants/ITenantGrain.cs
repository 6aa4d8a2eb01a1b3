using BeastOrleans.Contracts.Identity;
using BeastOrleans.Contracts.Metering;
using Orleans.Concurrency;

namespace BeastOrleans.Contracts.Tenants;

/// <summary>A tenant's shared models, provider credentials, policy, budget and limits: keyed by <see cref="GrainKeys.Tenant"/>.</summary>
[Alias("beast.ITenantGrain"), GrainInterfaceType("beast.tenant")]
public interface ITenantGrain : IConfigurationOwner, IMeteredOwner
{
    /// <summary>Conflict when it exists.</summary>
    [Alias("Create"), ResponseTimeout("00:00:10")]
    Task<ConfigResult<OwnerSnapshot>> CreateAsync();

    [Alias("GetSnapshot"), ReadOnly, AlwaysInterleave, ResponseTimeout("00:00:02")]
    Task<OwnerSnapshot> GetSnapshotAsync();
}
