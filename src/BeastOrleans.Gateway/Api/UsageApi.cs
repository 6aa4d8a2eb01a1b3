using BeastOrleans.Contracts.Identity;
using BeastOrleans.Contracts.Usage;
using BeastOrleans.Gateway.Authentication;
using BeastOrleans.Gateway.Errors;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace BeastOrleans.Gateway.Api;

/// <summary><c>/admin/v1/usage</c>: what was used and what it cost, and the ledger behind it.</summary>
internal static class UsageApi
{
    private const int DefaultRows = 1_000;
    private const int DefaultLedgerRows = 100;

    public static void MapUsage(this IEndpointRouteBuilder routes)
    {
        var usage = routes.MapGroup("/admin/v1/usage").Allow(AccessPolicy.Admin);
        usage.MapGet("", GetUsageAsync);
        usage.MapGet("/ledger", ListLedgerAsync);
        usage.MapGet("/savings", GetSavingsAsync);
        usage.MapGet("/recompute", RecomputationApi.RecomputeAsync);
    }

    private static async Task GetUsageAsync(HttpContext http, IGrainFactory grains, TimeProvider time, string? format, string? cursor, string? limit)
    {
        if (UsageQueries.ReadReport(http.Request.Query, time.GetUtcNow(), out var query) is { } problem
            || (problem = UsageQueries.ReadLimit(limit, DefaultRows, IReportGrain.MaxUsagePage, out var rows)) is not null
            || (problem = UsageQueries.CheckFormat(format)) is not null)
        {
            await ErrorResponses.WriteAsync(http, problem);
            return;
        }

        if (await Paging.ReadAsync(http, cursor, c => grains.GetGrain<IReportGrain>(0).GetUsageAsync(query!, c, rows, http.RequestAborted)) is not { } page)
        {
            return;
        }

        await (Csv.IsAskedFor(http, format)
            ? UsageView.ToCsv(query!, page).WriteAsync(http, page.Next)
            : JsonBody.WriteAsync(http, 200, UsageView.Of(query!, page)));
    }

    private static async Task GetSavingsAsync(HttpContext http, IGrainFactory grains)
    {
        var problem = UsageQueries.ReadSavings(http.Request.Query, out var tenant, out var query);
        if (problem is not null)
        {
            await ErrorResponses.WriteAsync(http, problem);
            return;
        }

        await JsonBody.WriteAsync(http, 200, SavingsView.Of(await grains.GetGrain<IMetricsGrain>(GrainKeys.Metrics(tenant)).GetMonitoringAsync(query!)));
    }

    private static async Task ListLedgerAsync(HttpContext http, IGrainFactory grains, string? format, string? cursor, string? limit)
    {
        if (UsageQueries.ReadLedger(http.Request.Query, out var query) is { } problem
            || (problem = UsageQueries.ReadLimit(limit, DefaultLedgerRows, IReportGrain.MaxPage, out var rows)) is not null
            || (problem = UsageQueries.CheckFormat(format)) is not null)
        {
            await ErrorResponses.WriteAsync(http, problem);
            return;
        }

        if (await Paging.ReadAsync(http, cursor, c => grains.GetGrain<IReportGrain>(0).ListLedgerAsync(query!, c, rows, http.RequestAborted)) is not { } page)
        {
            return;
        }

        await (Csv.IsAskedFor(http, format)
            ? LedgerView.ToCsv(page).WriteAsync(http, page.Next)
            : JsonBody.WriteAsync(http, 200, new { rows = page.Rows.Select(LedgerView.Of), next = page.Next }));
    }
}
