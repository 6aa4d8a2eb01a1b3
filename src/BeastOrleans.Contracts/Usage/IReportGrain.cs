using BeastOrleans.Contracts.Endpoints;
using BeastOrleans.Contracts.Metering;
using BeastOrleans.Contracts.Selection;

namespace BeastOrleans.Contracts.Usage;

/// <summary>Lists and records from SQL. A stateless worker; every query is bounded and paged.</summary>
[Alias("beast.IReportGrain"), GrainInterfaceType("beast.report")]
public interface IReportGrain : IGrainWithIntegerKey
{
    const int MaxPage = 500;

    /// <summary>Newest first. <paramref name="cursor"/> is a page's <see cref="FallbackPage.Next"/>.</summary>
    [Alias("ListFallbacks"), ResponseTimeout("00:00:10")]
    Task<FallbackPage> ListFallbacksAsync(string tenant, string? user, string? cursor, int limit);

    /// <summary>Null when the tenant has no such request (or it has aged out).</summary>
    [Alias("GetRequest"), ResponseTimeout("00:00:10")]
    Task<DecisionRecord?> GetRequestAsync(string tenant, string requestId);

    [Alias("ListTenants"), ResponseTimeout("00:00:10")]
    Task<RegistryPage> ListTenantsAsync(string? cursor, int limit);

    [Alias("ListKeys"), ResponseTimeout("00:00:10")]
    Task<RegistryPage> ListKeysAsync(string? tenant, string? cursor, int limit);

    /// <summary>The full digest of a key by its public id; null when there is none.</summary>
    [Alias("FindKey"), ResponseTimeout("00:00:10")]
    Task<string?> FindKeyAsync(string keyId);

    /// <summary>By scope.</summary>
    [Alias("ListBudgets"), ResponseTimeout("00:00:10")]
    Task<BudgetPage> ListBudgetsAsync(string? cursor, int limit);

    const int MaxUsagePage = 5_000;

    /// <summary>From the rollups alone. At most <see cref="MaxUsagePage"/> rows.</summary>
    [Alias("GetUsage"), ResponseTimeout("00:00:20")]
    Task<UsagePage> GetUsageAsync(UsageQuery query, string? cursor, int limit, CancellationToken cancellationToken = default);

    const int MaxDifferences = 100;

    [Alias("GetLedgerExtent"), ResponseTimeout("00:00:10")]
    Task<LedgerExtent> GetLedgerExtentAsync(string? tenant);

    /// <summary>Tenants that may have usage between two moments, by name, after one.</summary>
    [Alias("ListUsageTenants"), ResponseTimeout("00:00:20")]
    Task<string[]> ListUsageTenantsAsync(DateTimeOffset from, DateTimeOffset to, string after, int limit);

    /// <summary>One tenant's UTC day.</summary>
    [Alias("CompareDay"), ResponseTimeout("00:02:00")]
    Task<DayComparison> CompareDayAsync(string tenant, DateTimeOffset day, CancellationToken cancellationToken = default);

    /// <summary>The budgets of one tenant, or of all, a page at a time.</summary>
    [Alias("CompareBudgets"), ResponseTimeout("00:01:00")]
    Task<BudgetComparisonPage> CompareBudgetsAsync(string? tenant, string? cursor, CancellationToken cancellationToken = default);

    /// <summary>The ledger's own rows, newest first.</summary>
    [Alias("ListLedger"), ResponseTimeout("00:00:20")]
    Task<LedgerPage> ListLedgerAsync(LedgerQuery query, string? cursor, int limit, CancellationToken cancellationToken = default);
}

[GenerateSerializer, Immutable, Alias("beast.FallbackPage")]
public sealed record FallbackPage
{
    [Id(0)]
    public required FallbackEntry[] Fallbacks { get; init; }

    [Id(1)]
    public string? Next { get; init; }
}

[GenerateSerializer, Immutable, Alias("beast.FallbackEntry")]
public sealed record FallbackEntry
{
    [Id(0)]
    public required string RequestId { get; init; }

    [Id(1)]
    public required DateTimeOffset At { get; init; }

    [Id(2)]
    public required string From { get; init; }

    [Id(3)]
    public required string To { get; init; }

    [Id(4)]
    public required FailureReason Reason { get; init; }

    [Id(5)]
    public required AttemptEntry[] Attempts { get; init; }
}

[GenerateSerializer, Immutable, Alias("beast.AttemptEntry")]
public sealed record AttemptEntry
{
    [Id(0)]
    public required string ModelId { get; init; }

    [Id(1)]
    public required string Model { get; init; }

    [Id(2)]
    public required OutcomeClass Outcome { get; init; }

    [Id(3)]
    public required FailureReason Reason { get; init; }

    [Id(4)]
    public int Status { get; init; }

    [Id(5)]
    public int? FirstContentMs { get; init; }

    [Id(6)]
    public required int DurationMs { get; init; }

    [Id(7)]
    public TokenUsage Tokens { get; init; }

    [Id(8)]
    public Money Cost { get; init; }

    /// <summary>False when the model has no price: then <see cref="Cost"/> says nothing.</summary>
    [Id(9)]
    public bool Priced { get; init; }

    [Id(10)]
    public bool Partial { get; init; }
}

/// <summary>The decision record of one request.</summary>
[GenerateSerializer, Immutable, Alias("beast.DecisionRecord")]
public sealed record DecisionRecord
{
    [Id(0)]
    public required string RequestId { get; init; }

    [Id(1)]
    public required DateTimeOffset At { get; init; }

    [Id(2)]
    public required string User { get; init; }

    [Id(3)]
    public required RequestSummary Summary { get; init; }

    [Id(4)]
    public required PlanEntry[] Plan { get; init; }

    [Id(5)]
    public required AttemptEntry[] Attempts { get; init; }
}

[GenerateSerializer, Immutable, Alias("beast.RegistryPage")]
public sealed record RegistryPage
{
    [Id(0)]
    public required RegistryEntry[] Entries { get; init; }

    [Id(1)]
    public string? Next { get; init; }
}

[GenerateSerializer, Immutable, Alias("beast.BudgetPage")]
public sealed record BudgetPage
{
    [Id(0)]
    public required BudgetView[] Budgets { get; init; }

    [Id(1)]
    public string? Next { get; init; }
}

/// <summary>A line of the registry: what grains cannot list.</summary>
[GenerateSerializer, Immutable, Alias("beast.RegistryEntry")]
public sealed record RegistryEntry
{
    [Id(0)]
    public required string Id { get; init; }

    [Id(1)]
    public string? Tenant { get; init; }

    [Id(2)]
    public string? User { get; init; }

    [Id(3)]
    public required DateTimeOffset CreatedAt { get; init; }

    [Id(4)]
    public bool Revoked { get; init; }
}
