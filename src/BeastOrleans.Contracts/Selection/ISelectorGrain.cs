using BeastOrleans.Contracts.Endpoints;
using BeastOrleans.Contracts.Identity;
using BeastOrleans.Contracts.Metering;
using BeastOrleans.Contracts.Tenants;
using Orleans.Concurrency;

namespace BeastOrleans.Contracts.Selection;

/// <summary>Picks models for one user and keeps that user's own: keyed by <see cref="GrainKeys.Selector"/>.</summary>
[Alias("beast.ISelectorGrain"), GrainInterfaceType("beast.selector")]
public interface ISelectorGrain : IConfigurationOwner, IMeteredOwner
{
    /// <summary>The one grain call of a hot path. Circuits are not its concern: the gateway reads those locally.</summary>
    [Alias("Plan"), ReadOnly, AlwaysInterleave, ResponseTimeout("00:00:02")]
    Task<RoutePlan> PlanAsync(PlanRequest request);

    /// <summary>
    /// The descriptor of an endpoint that this user may call (own, tenant's or platform's), with its circuit; null
    /// when there is none. A cold miss of a gateway, not a part of every request.
    /// </summary>
    [Alias("Resolve"), ReadOnly, AlwaysInterleave, ResponseTimeout("00:00:02")]
    Task<EndpointView?> ResolveAsync(string endpointKey, long minTenantVersion, long minPlatformVersion);

    /// <summary>Everything this user may name: own, tenant's and platform's custom models, then providers' models.</summary>
    [Alias("ListModels"), ReadOnly, AlwaysInterleave, ResponseTimeout("00:00:05")]
    Task<AvailableModel[]> ListModelsAsync(string[]? allowedModels, long minTenantVersion, long minPlatformVersion);

    /// <summary>The user's own custom models.</summary>
    [Alias("GetModels"), ReadOnly, ResponseTimeout("00:00:05")]
    Task<CustomModelInfo[]> GetModelsAsync();

    [Alias("GetPolicy"), ReadOnly, ResponseTimeout("00:00:05")]
    Task<RoutePolicy> GetPolicyAsync();
}

/// <summary>A model that a key may use.</summary>
[GenerateSerializer, Immutable, Alias("beast.AvailableModel")]
public sealed record AvailableModel
{
    [Id(0)]
    public required string Key { get; init; }

    [Id(1)]
    public required string ModelId { get; init; }

    [Id(2)]
    public required EndpointType Type { get; init; }

    [Id(3)]
    public required OwnerKind Owner { get; init; }

    [Id(4)]
    public DateTimeOffset? CreatedAt { get; init; }
}
