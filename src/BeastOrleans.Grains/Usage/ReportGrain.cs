using BeastOrleans.Contracts.Usage;
using Orleans.Concurrency;

namespace BeastOrleans.Grains.Usage;

/// <summary>
/// Pages over SQL. A limit is brought into 1 to <see cref="IReportGrain.MaxPage"/>; a cursor that the same list did not give is an
/// <see cref="ArgumentException"/> with a text for the caller, because an empty page would read as the end of the list.
/// </summary>
[GrainType("report"), StatelessWorker]
internal sealed class ReportGrain(ILedgerStore ledger, IRegistryReader registry, IBudgetStore budgets, TimeProvider time) : Grain, IReportGrain
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

    private static int PageSize(int limit) => Math.Clamp(limit, 1, IReportGrain.MaxPage);

    private static RegistryPage Page(RegistryEntry[] entries, int size)
    {
        return entries.Length <= size
            ? new RegistryPage { Entries = entries }
            : new RegistryPage { Entries = entries[..size], Next = PageCursor.OfId(entries[size - 1].Id) };
    }
}
