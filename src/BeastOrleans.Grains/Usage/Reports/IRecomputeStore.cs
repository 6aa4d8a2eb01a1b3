using BeastOrleans.Contracts.Usage;

namespace BeastOrleans.Grains.Usage.Reports;

/// <summary>Sums the ledger afresh, a tenant's day at a time and by readers only, and compares.</summary>
internal interface IRecomputeStore
{
    Task<long> CountLateAsync(string? tenant, CancellationToken cancellationToken);

    Task<string[]> ListTenantsAsync(long fromDay, long toDay, string after, int limit, CancellationToken cancellationToken);

    Task<DayComparison> CompareDayAsync(string tenant, long day, CancellationToken cancellationToken);

    /// <param name="after">Where the page before ended; null for the first one.</param>
    Task<(int Compared, UsageDifference[] Differences, BudgetPosition? Last)> CompareBudgetsAsync(
        string? tenant, BudgetPosition? after, int limit, DateTimeOffset now, CancellationToken cancellationToken);
}

/// <summary>A place among the windows of budgets.</summary>
internal readonly record struct BudgetPosition(string Scope, long Start);
