using BeastOrleans.Contracts.Usage;
using BeastOrleans.Grains.Usage.Reports;
using BeastOrleans.Grains.Usage.Retention;
using Orleans.Concurrency;

namespace BeastOrleans.Grains.Usage;

/// <summary>
/// Pages over SQL. A limit is brought into 1 to <see cref="IReportGrain.MaxPage"/>; a cursor that the same list did not give is an
/// <see cref="ArgumentException"/> with a text for the caller, because an empty page would read as the end of the list.
/// </summary>
[GrainType("report"), StatelessWorker]
internal sealed partial class ReportGrain(
    ILedgerStore ledger, IUsageReportStore usage, IRecomputeStore recompute, IRetentionStore retention, IRegistryReader registry, IBudgetStore budgets, TimeProvider time)
    : Grain, IReportGrain
{
    public async Task<FallbackPage> ListFallbacksAsync(string tenant, string? user, string? cursor, int limit)
    {
        var size = PageSize(limit);
        var rows = await ledger.ListFallbacksAsync(tenant, user, PageCursor.ParseFallback(cursor), size + 1);
        return new FallbackPage
        {
            Fallbacks = [.. rows.Take(size).Select(DecisionRecords.Entry)],
            Next = rows.Length > size ? PageCursor.Of(rows[size - 1].Position) : null,
        };
    }

    public async Task<DecisionRecord?> GetRequestAsync(string tenant, string requestId)
    {
        return DecisionRecords.Build(await ledger.FindRequestAsync(tenant, requestId));
    }

    public async Task<RegistryPage> ListTenantsAsync(string? cursor, int limit)
    {
        var size = PageSize(limit);
        return Page(await registry.ListTenantsAsync(PageCursor.ParseId(cursor), size + 1), size);
    }

    public async Task<RegistryPage> ListKeysAsync(string? tenant, string? cursor, int limit)
    {
        var size = PageSize(limit);
        return Page(await registry.ListKeysAsync(tenant, PageCursor.ParseId(cursor), size + 1), size);
    }

    public Task<string?> FindKeyAsync(string keyId) => registry.FindKeyAsync(keyId);

    public async Task<BudgetPage> ListBudgetsAsync(string? cursor, int limit)
    {
        var size = PageSize(limit);
        var views = await budgets.ListAsync(PageCursor.ParseId(cursor), size + 1, time.GetUtcNow());
        return views.Length <= size
            ? new BudgetPage { Budgets = views }
            : new BudgetPage { Budgets = views[..size], Next = PageCursor.OfId(views[size - 1].Scope) };
    }

    public async Task<UsagePage> GetUsageAsync(UsageQuery query, string? cursor, int limit, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(query);
        var size = Math.Clamp(limit, 1, IReportGrain.MaxUsagePage);
        query = query with { Group = Completed(query.Group) };
        var after = PageCursor.ParseUsage(cursor, [.. UsageReportSql.OrderOf(query).Select(column => column is "bucket" or "hour")]);
        var rows = await usage.SumUsageAsync(query, after, size + 1, cancellationToken);
        var (from, to) = ReportWindow.Of(query);
        return new UsagePage
        {
            Rows = [.. rows.Take(size).Select(row => row.Row)],
            Next = rows.Length > size ? PageCursor.OfUsage(rows[size - 1].Position) : null,
            From = from,
            To = to,
        };
    }

    public async Task<LedgerPage> ListLedgerAsync(LedgerQuery query, string? cursor, int limit, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(query);
        var size = PageSize(limit);
        var rows = await usage.ListLedgerAsync(query, PageCursor.ParseLedger(cursor), size + 1, cancellationToken);
        return rows.Length <= size
            ? new LedgerPage { Rows = rows }
            : new LedgerPage { Rows = rows[..size], Next = PageCursor.Of(new LedgerPosition(rows[size - 1].At.ToUnixTimeMilliseconds(), rows[size - 1].AttemptId)) };
    }

    // Two tenants' users, keys and tags of one name are not the same.
    private static ReportGroup Completed(ReportGroup group) =>
        (group & (ReportGroup.User | ReportGroup.Key | ReportGroup.Tag)) == 0 ? group : group | ReportGroup.Tenant;

    private static int PageSize(int limit) => Math.Clamp(limit, 1, IReportGrain.MaxPage);

    private static RegistryPage Page(RegistryEntry[] entries, int size)
    {
        return entries.Length <= size
            ? new RegistryPage { Entries = entries }
            : new RegistryPage { Entries = entries[..size], Next = PageCursor.OfId(entries[size - 1].Id) };
    }
}
