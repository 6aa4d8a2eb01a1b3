using BeastOrleans.Contracts.Usage;

namespace BeastOrleans.Grains.Usage;

/// <content>The ledger summed afresh. Each call is bounded: the caller goes through tenants, days and pages.</content>
internal sealed partial class ReportGrain
{
    private const int BudgetsPerPage = 50;

    public async Task<LedgerExtent> GetLedgerExtentAsync(string? tenant) => new()
    {
        KeptFrom = await retention.KeptFromAsync(CancellationToken.None),
        Late = await recompute.CountLateAsync(tenant, CancellationToken.None),
    };

    public Task<string[]> ListUsageTenantsAsync(DateTimeOffset from, DateTimeOffset to, string after, int limit) =>
        recompute.ListTenantsAsync(
            RollupHour.DayOf(RollupHour.Of(from)), RollupHour.DayOf(RollupHour.Of(to)) + 1, after, PageSize(limit), CancellationToken.None);

    public Task<DayComparison> CompareDayAsync(string tenant, DateTimeOffset day, CancellationToken cancellationToken = default) =>
        recompute.CompareDayAsync(tenant, RollupHour.DayOf(RollupHour.Of(day)), cancellationToken);

    public async Task<BudgetComparisonPage> CompareBudgetsAsync(string? tenant, string? cursor, CancellationToken cancellationToken = default)
    {
        var (compared, differences, last) = await recompute.CompareBudgetsAsync(
            tenant, PageCursor.ParseBudget(cursor), BudgetsPerPage, time.GetUtcNow(), cancellationToken);
        return new BudgetComparisonPage { Compared = compared, Differences = differences, Next = last is { } place ? PageCursor.Of(place) : null };
    }
}
