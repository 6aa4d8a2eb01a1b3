using BeastOrleans.Contracts.Usage;

namespace BeastOrleans.Grains.Usage.Reports;

/// <summary>What reports read: sums from the rollups, and pages of the ledger.</summary>
internal interface IUsageReportStore
{
    /// <param name="after">Where the page before ended; null for the first one.</param>
    Task<UsageReportRow[]> SumUsageAsync(UsageQuery query, IReadOnlyList<object>? after, int limit, CancellationToken cancellationToken);

    /// <summary>Newest first.</summary>
    /// <param name="after">Where the page before ended; null for the first one.</param>
    Task<UsageRecord[]> ListLedgerAsync(LedgerQuery query, LedgerPosition? after, int limit, CancellationToken cancellationToken);
}

/// <summary>A row and its place: the values of the columns that tell rows apart, in the order in which they are paged.</summary>
internal readonly record struct UsageReportRow(UsageRow Row, object[] Position);

/// <summary>A place in the ledger, which is ordered by time and attempt id.</summary>
internal readonly record struct LedgerPosition(long AtMilliseconds, string AttemptId);
