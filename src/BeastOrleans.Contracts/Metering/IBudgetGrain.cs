using BeastOrleans.Contracts.Tenants;
using BeastOrleans.Contracts.Usage;

namespace BeastOrleans.Contracts.Metering;

/// <summary>
/// One scope's budget, keyed by <see cref="Identity.GrainKeys.Budget"/>. The sums live in SQL, whose conditional update is
/// the guard: the grain only queues, so two activations of it can do no harm.
/// </summary>
[Alias("beast.IBudgetGrain"), GrainInterfaceType("beast.budget")]
public interface IBudgetGrain : IGrainWithStringKey
{
    /// <summary>Makes or changes the budget. A lowered limit recalls what is lent. A new one starts with what the rollups say was spent.</summary>
    [Alias("Put"), ResponseTimeout("00:00:10")]
    Task<ConfigResult<BudgetView>> PutAsync(BudgetDefinition definition);

    /// <summary>Null when there is none.</summary>
    [Alias("Get"), ResponseTimeout("00:00:05")]
    Task<BudgetView?> GetAsync();

    /// <summary>False when there was none. Leases still out are worth nothing from then on.</summary>
    [Alias("Remove"), ResponseTimeout("00:00:10")]
    Task<bool> RemoveAsync();

    /// <summary>Lends a slice, or says why not. Repeating a request (same lease id) answers the same lease.</summary>
    [Alias("Lease"), ResponseTimeout("00:00:05")]
    Task<LeaseGrant> LeaseAsync(LeaseRequest request);

    /// <summary>
    /// Takes a lease back; the gateway says so only with nothing in flight and everything spent on it acknowledged by the
    /// ledger. Repeating it is harmless.
    /// </summary>
    [Alias("Close"), ResponseTimeout("00:00:05")]
    Task CloseAsync(string leaseId);

    /// <summary>Settles by hand what a gateway that never came back had out: booked as spent, or given back.</summary>
    [Alias("SettleGap"), ResponseTimeout("00:00:10")]
    Task<ConfigResult<BudgetView>> SettleGapAsync(string leaseId, bool post);
}

/// <summary>A stretch of time that a budget covers; each begins at midnight UTC (weeks on Monday).</summary>
[GenerateSerializer, Alias("beast.BudgetPeriod")]
public enum BudgetPeriod
{
    /// <summary>For ever.</summary>
    Total = 0,
    Day = 1,
    Week = 2,
    Month = 3,
}

[GenerateSerializer, Immutable, Alias("beast.BudgetDefinition")]
public sealed record BudgetDefinition
{
    /// <summary>Not negative.</summary>
    [Id(0)]
    public required Money Limit { get; init; }

    [Id(1)]
    public required BudgetPeriod Period { get; init; }

    [Id(2)]
    public required BudgetKind Kind { get; init; }
}

/// <summary>A budget as it stands. limit = posted + leased + free, where an overrun or a lowered limit makes free negative.</summary>
[GenerateSerializer, Immutable, Alias("beast.BudgetView")]
public sealed record BudgetView
{
    [Id(0)]
    public required string Scope { get; init; }

    [Id(1)]
    public required BudgetDefinition Definition { get; init; }

    /// <summary>Spent in this window, as the ledger says.</summary>
    [Id(2)]
    public required Money Posted { get; init; }

    /// <summary>Lent to gateways and not yet spent or given back.</summary>
    [Id(3)]
    public required Money Leased { get; init; }

    /// <summary>Null for a total.</summary>
    [Id(4)]
    public DateTimeOffset? ResetsAt { get; init; }

    /// <summary>Leases of gateways that never came back: their rest is held until somebody posts or voids it.</summary>
    [Id(5)]
    public LeaseGap[] Gaps { get; init; } = [];
}

[GenerateSerializer, Immutable, Alias("beast.LeaseGap")]
public sealed record LeaseGap
{
    [Id(0)]
    public required string LeaseId { get; init; }

    [Id(1)]
    public required Money Held { get; init; }

    [Id(2)]
    public required DateTimeOffset ExpiredAt { get; init; }
}

[GenerateSerializer, Immutable, Alias("beast.LeaseRequest")]
public sealed record LeaseRequest
{
    /// <summary>Made by the gateway, unique for ever: asking twice is safe.</summary>
    [Id(0)]
    public required string LeaseId { get; init; }

    /// <summary>The gateway's id, which lives in its spool directory.</summary>
    [Id(1)]
    public required string Gateway { get; init; }

    /// <summary>Grows with every start of that gateway.</summary>
    [Id(2)]
    public required long Epoch { get; init; }

    /// <summary>Less than this would be of no use.</summary>
    [Id(3)]
    public required Money Need { get; init; }

    /// <summary>What would last a while at the present rate of spending.</summary>
    [Id(4)]
    public required Money Want { get; init; }

    /// <summary>
    /// An answer was lost before. When it is refused now, the id is used up, so that the first question, should it yet arrive,
    /// lends nothing to nobody.
    /// </summary>
    [Id(5)]
    public bool IsRepeat { get; init; }
}

[GenerateSerializer, Alias("beast.LeaseAnswer")]
public enum LeaseAnswer
{
    Granted = 0,

    /// <summary>402: posted and what is needed exceed the limit.</summary>
    Exceeded = 1,

    /// <summary>402 with Retry-After 1: only money in flight stands between the request and the limit.</summary>
    InFlight = 2,

    /// <summary>There is no such hard budget (any more): nothing to reserve from.</summary>
    NoBudget = 3,
}

[GenerateSerializer, Immutable, Alias("beast.LeaseGrant")]
public sealed record LeaseGrant
{
    [Id(0)]
    public required LeaseAnswer Answer { get; init; }

    [Id(1)]
    public Money Amount { get; init; }

    /// <summary>How long it is good for, counted from when the request was sent; never past the budget's window.</summary>
    [Id(2)]
    public TimeSpan ValidFor { get; init; }

    /// <summary>The budget at that moment; null with <see cref="LeaseAnswer.NoBudget"/>.</summary>
    [Id(3)]
    public BudgetView? Budget { get; init; }
}

/// <summary>What one attempt has reserved from one lease; rides on its ledger row.</summary>
[GenerateSerializer, Immutable, Alias("beast.LeaseUse")]
public sealed record LeaseUse
{
    [Id(0)]
    public required string Scope { get; init; }

    [Id(1)]
    public required string LeaseId { get; init; }

    /// <summary>The attempt's worst cost when it began.</summary>
    [Id(2)]
    public required Money Reserved { get; init; }
}
