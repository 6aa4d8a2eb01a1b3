using BeastOrleans.Contracts.Tenants;
using Orleans.Concurrency;

namespace BeastOrleans.Contracts.Metering;

/// <summary>Whether a scope has a budget, as planners and gateways need to know it.</summary>
[GenerateSerializer, Alias("beast.BudgetKind")]
public enum BudgetKind
{
    None = 0,

    /// <summary>Warns when it is overdrawn; costs a request nothing.</summary>
    Soft = 1,

    /// <summary>Never overdrawn: each attempt reserves its worst cost from a lease.</summary>
    Hard = 2,
}

/// <summary>Limits of a scope's rate; null = none of that kind.</summary>
[GenerateSerializer, Immutable, Alias("beast.RateLimits")]
public sealed record RateLimits
{
    /// <summary>1 to 10,000,000.</summary>
    [Id(0)]
    public int? RequestsPerMinute { get; init; }

    /// <summary>Input and output tokens together, 1 to 10,000,000,000.</summary>
    [Id(1)]
    public long? TokensPerMinute { get; init; }

    /// <summary>Requests under way at once, 1 to 100,000.</summary>
    [Id(2)]
    public int? Parallel { get; init; }
}

/// <summary>What of a scope is metered. Rides with the owner's configuration, so that a request needs no further call to learn it.</summary>
[GenerateSerializer, Immutable, Alias("beast.ScopeMetering")]
public sealed record ScopeMetering
{
    public static ScopeMetering None { get; } = new();

    [Id(0)]
    public BudgetKind Budget { get; init; }

    [Id(1)]
    public RateLimits? Limits { get; init; }

    /// <summary>Nothing to look after.</summary>
    public bool IsNone => Budget == BudgetKind.None && Limits is null;
}

/// <summary>Whoever has a <see cref="ScopeMetering"/>: a tenant, a user, a key.</summary>
[Alias("beast.IMeteredOwner"), GrainInterfaceType("beast.metered-owner")]
public interface IMeteredOwner : IGrainWithStringKey
{
    /// <summary>Tells the owner that it has such a budget; the budget itself is <see cref="IBudgetGrain"/>'s. Repeating it is harmless.</summary>
    [Alias("PutBudgetKind"), ResponseTimeout("00:00:10")]
    Task<ConfigResult<ScopeMetering>> PutBudgetKindAsync(BudgetKind kind);

    /// <param name="limits">Null = no limits.</param>
    [Alias("PutLimits"), ResponseTimeout("00:00:10")]
    Task<ConfigResult<ScopeMetering>> PutLimitsAsync(RateLimits? limits);

    [Alias("GetMetering"), ReadOnly, ResponseTimeout("00:00:05")]
    Task<ScopeMetering> GetMeteringAsync();
}
