using BeastOrleans.Contracts.Identity;
using BeastOrleans.Contracts.Usage;
using BeastOrleans.Core.Usage;
using BeastOrleans.Gateway.Errors;
using Microsoft.AspNetCore.Http;

namespace BeastOrleans.Gateway.Api;

/// <summary>
/// <c>GET /admin/v1/usage/recompute</c>: sums the ledger afresh, one tenant's day after the other, and says whether what is
/// stored agrees. Only reads, so that usage is booked meanwhile; a caller that leaves ends it.
/// </summary>
internal static class RecomputationApi
{
    private const int MaxDays = 31;
    private const int TenantsPerPage = 100;

    private static readonly string[] Fields = ["tenant", "from", "to"];

    public static async Task RecomputeAsync(HttpContext http, IGrainFactory grains, TimeProvider time)
    {
        if (ReadQuery(http.Request.Query, time.GetUtcNow(), out var asked) is { } problem)
        {
            await ErrorResponses.WriteAsync(http, problem);
            return;
        }

        var report = grains.GetGrain<IReportGrain>(0);
        var extent = await report.GetLedgerExtentAsync(asked.Tenant);

        // What is removed cannot be summed: the rest of the window is.
        var from = extent.KeptFrom is { } kept && kept > asked.From ? kept : asked.From;
        var sums = new Sums();
        await foreach (var tenant in TenantsAsync(report, asked.Tenant, from, asked.To, http.RequestAborted))
        {
            sums.Tenants++;
            for (var day = from; day < asked.To; day = day.AddDays(1))
            {
                sums.Add(await report.CompareDayAsync(tenant, day, http.RequestAborted));
            }
        }

        string? next = null;
        do
        {
            var page = await report.CompareBudgetsAsync(asked.Tenant, next, http.RequestAborted);
            sums.Add(page);
            next = page.Next;
        }
        while (next is not null);

        await JsonBody.WriteAsync(http, 200, ViewOf(asked, from, extent, sums));
    }

    private static async IAsyncEnumerable<string> TenantsAsync(
        IReportGrain report, string? one, DateTimeOffset from, DateTimeOffset to, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (one is not null)
        {
            yield return one;
            yield break;
        }

        for (var after = ""; ;)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var page = await report.ListUsageTenantsAsync(from, to, after, TenantsPerPage);
            foreach (var tenant in page)
            {
                yield return tenant;
            }

            if (page.Length < TenantsPerPage)
            {
                break;
            }

            after = page[^1];
        }
    }

    private static GatewayError? ReadQuery(IQueryCollection values, DateTimeOffset now, out Window asked)
    {
        asked = default;
        if (UsageQueries.CheckFields(values, Fields) is { } unknown)
        {
            return unknown;
        }

        var tenant = UsageQueries.Text(values, "tenant");
        if (tenant is not null && !TenantId.TryParse(tenant, out _))
        {
            return GatewayError.BadRequest($"A tenant's id has {Names.Rule}.", "tenant");
        }

        if (!UsageQueries.TryTime(values["from"], out var from) || !UsageQueries.TryTime(values["to"], out var to))
        {
            return GatewayError.BadRequest("from and to are times in ISO 8601, e.g. 2026-11-01T00:00:00Z.", "from");
        }

        // Whole days in UTC, at least that of now.
        var end = Midnight(to ?? now);
        end = end == (to ?? now) && to is not null ? end : end.AddDays(1);
        asked = new Window(tenant, from is { } first ? Midnight(first) : end.AddDays(-1), end);
        return asked.From >= asked.To ? GatewayError.BadRequest("from lies before to.", "from")
            : asked.To - asked.From > TimeSpan.FromDays(MaxDays) ? GatewayError.BadRequest($"At most {MaxDays} days are recomputed at once.", "from")
            : null;
    }

    private static DateTimeOffset Midnight(DateTimeOffset moment) => new(moment.UtcDateTime.Date, TimeSpan.Zero);

    private static object ViewOf(Window asked, DateTimeOffset from, LedgerExtent extent, Sums sums) => new
    {
        from,
        to = asked.To,
        keptFrom = extent.KeptFrom,
        agrees = sums.DifferenceCount == 0,
        tenants = sums.Tenants,
        budgets = sums.Budgets,
        ledger = ViewOf(sums.Ledger),
        stored = ViewOf(sums.Stored),
        differenceCount = sums.DifferenceCount,
        differences = sums.Differences.Select(difference => new
        {
            table = difference.Table,
            column = difference.Column,
            at = difference.At,
            tenant = difference.Tenant,
            user = difference.User,
            key = difference.Key,
            model = difference.Model,
            scope = difference.Scope,
            ledger = difference.Ledger,
            stored = difference.Stored,
        }),
        lateRows = extent.Late,
    };

    private static object ViewOf(RecomputedTotals totals) => new
    {
        attempts = totals.Attempts,
        inputTokens = totals.TokensIn,
        outputTokens = totals.TokensOut,
        costUsd = totals.Cost.ToUsd(),
        unpriced = totals.Unpriced,
        requests = totals.Requests,
        actualUsd = totals.Actual.ToUsd(),
        baselineUsd = totals.Baseline.ToUsd(),
        savingsUsd = SavingsCalculator.Compute(totals.Actual, totals.Baseline).Amount.ToUsd(),
    };

    private readonly record struct Window(string? Tenant, DateTimeOffset From, DateTimeOffset To);

    private sealed class Sums
    {
        public int Tenants { get; set; }

        public int Budgets { get; private set; }

        public long DifferenceCount { get; private set; }

        public List<UsageDifference> Differences { get; } = [];

        public RecomputedTotals Ledger { get; private set; } = RecomputedTotals.Zero;

        public RecomputedTotals Stored { get; private set; } = RecomputedTotals.Zero;

        public void Add(DayComparison day)
        {
            Ledger += day.Ledger;
            Stored += day.Stored;
            Note(day.Differences, day.DifferenceCount);
        }

        public void Add(BudgetComparisonPage page)
        {
            Budgets += page.Compared;
            Note(page.Differences, page.Differences.Length);
        }

        private void Note(UsageDifference[] differences, long count)
        {
            DifferenceCount += count;
            Differences.AddRange(differences.Take(IReportGrain.MaxDifferences - Differences.Count));
        }
    }
}
