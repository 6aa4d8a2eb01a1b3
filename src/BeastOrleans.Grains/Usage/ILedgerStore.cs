using BeastOrleans.Contracts.Selection;
using BeastOrleans.Contracts.Usage;

namespace BeastOrleans.Grains.Usage;

/// <summary>The ledger and its projections, on whichever database the settings name.</summary>
internal interface ILedgerStore
{
    /// <summary>
    /// One transaction: rows that are new, and for those alone the budgets and the rollups. Repeating a batch, or part of one,
    /// changes nothing.
    /// </summary>
    /// <returns>How many rows were new.</returns>
    Task<int> AppendAsync(UsageRecord[] records);

    /// <summary>Sums the rollup rows of a window.</summary>
    Task<RoutingWindow> SumRoutingAsync(RoutingFilter filter);

    /// <summary>
    /// The last rows of requests that another candidate than the first answered, newest first, each with all its attempts.
    /// </summary>
    /// <param name="user">Null for all users of the tenant.</param>
    /// <param name="after">Where the page before ended; null for the first one.</param>
    Task<FallbackRow[]> ListFallbacksAsync(string tenant, string? user, FallbackPosition? after, int limit);

    /// <summary>The rows of one request in the order of its attempts, and the plan that its last row names; empty when unknown.</summary>
    Task<RequestRows> FindRequestAsync(string tenant, string requestId);
}

/// <summary>Which rollup rows to sum: hours from (inclusive) and to (exclusive); null = all.</summary>
internal readonly record struct RoutingFilter(string? Tenant, string? User, long? FromHour, long? ToHour);

/// <summary>The sum, and the first and last hour that had a row (null when none had).</summary>
internal sealed record RoutingWindow(RoutingTally Sum, long? FirstHour, long? LastHour);

/// <summary>A place in the fallback history, which is ordered by time and attempt id.</summary>
internal readonly record struct FallbackPosition(long AtMilliseconds, string AttemptId);

internal sealed record FallbackRow(FallbackPosition Position, UsageRecord[] Rows);

internal sealed record RequestRows(UsageRecord[] Rows, PlanEntry[] Plan);
