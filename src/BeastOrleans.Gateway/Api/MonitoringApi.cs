using BeastOrleans.Contracts.Identity;
using BeastOrleans.Contracts.Tenants;
using BeastOrleans.Contracts.Usage;
using BeastOrleans.Gateway.Authentication;
using BeastOrleans.Gateway.Errors;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace BeastOrleans.Gateway.Api;

/// <summary>What happened: the seed's monitoring object, the fallback history and the decision record of a request.</summary>
internal static class MonitoringApi
{
    private const int DefaultPage = 50;

    public static void MapMonitoring(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/api/models/custom/monitoring", GetMonitoringAsync).Allow(AccessPolicy.Key(KeyScopes.All));
        routes.MapGet("/api/models/fallbacks", ListFallbacksAsync).Allow(AccessPolicy.Key(KeyScopes.All));
        routes.MapGet("/api/requests/{id}", GetRequestAsync).Allow(AccessPolicy.Key(KeyScopes.All));
    }

    private static async Task GetMonitoringAsync(HttpContext http, IGrainFactory grains, string? from, string? to, string? user)
    {
        if (await ReadWindowAsync(http, from, to, user) is not { } query)
        {
            return;
        }

        var tenant = Caller.Of(http).Tenant;
        var totals = await grains.GetGrain<IMetricsGrain>(GrainKeys.Metrics(tenant)).GetMonitoringAsync(query);
        await JsonBody.WriteAsync(http, 200, MonitoringView.Of(totals));
    }

    private static async Task ListFallbacksAsync(HttpContext http, IGrainFactory grains, string? user, string? cursor, int? limit)
    {
        if (await ReadWindowAsync(http, null, null, user) is not { } query)
        {
            return;
        }

        if (limit is < 1 or > IReportGrain.MaxPage)
        {
            await ErrorResponses.WriteAsync(http, GatewayError.BadRequest($"A limit is between 1 and {IReportGrain.MaxPage}.", "limit"));
            return;
        }

        var tenant = Caller.Of(http).Tenant.Value;
        if (await Paging.ReadAsync(http, cursor, c => grains.GetGrain<IReportGrain>(0).ListFallbacksAsync(tenant, query.User, c, limit ?? DefaultPage)) is not { } page)
        {
            return;
        }

        await JsonBody.WriteAsync(http, 200, new
        {
            fallbacks = page.Fallbacks.Select(f => new
            {
                requestId = f.RequestId,
                at = f.At,
                from = f.From,
                to = f.To,
                reason = Wire.Of(f.Reason),
                attempts = f.Attempts.Select(AttemptView.Of),
            }),
            next = page.Next,
        });
    }

    private static async Task GetRequestAsync(HttpContext http, string id, IGrainFactory grains)
    {
        var caller = Caller.Of(http);
        var record = await grains.GetGrain<IReportGrain>(0).GetRequestAsync(caller.Tenant.Value, id);

        // A user's key sees that user's requests alone; another's is as unknown as one that never was.
        if (record is null || (caller.Key.User is { } bound && record.User != bound.Value))
        {
            await ErrorResponses.WriteAsync(http, GatewayError.NotFound($"There is no request '{id}'. A request appears here within a second of its end."));
            return;
        }

        await JsonBody.WriteAsync(http, 200, DecisionView.Of(record));
    }

    /// <summary>The window asked for; a user's key is held to its user. Null after an error has been written.</summary>
    private static async Task<MonitoringQuery?> ReadWindowAsync(HttpContext http, string? from, string? to, string? user)
    {
        var caller = Caller.Of(http);
        GatewayError? problem = null;
        if (!UsageQueries.TryTime(from, out var start))
        {
            problem = GatewayError.BadRequest("from is a time in ISO 8601, e.g. 2026-11-01T00:00:00Z.", "from");
        }

        if (!UsageQueries.TryTime(to, out var end))
        {
            problem = GatewayError.BadRequest("to is a time in ISO 8601, e.g. 2026-12-01T00:00:00Z.", "to");
        }

        if (caller.Key.User is { } bound && user is not null && user != bound.Value)
        {
            problem = GatewayError.Forbidden("This key is bound to another user.", "user_not_allowed");
        }

        if (problem is not null)
        {
            await ErrorResponses.WriteAsync(http, problem);
            return null;
        }

        // The tenant's whole picture is the tenant's: a user's key without that scope sees its own part.
        var narrowed = user ?? (caller.Key.User is { } own && !caller.Key.Scopes.HasFlag(KeyScopes.Tenant) ? own.Value : null);
        return new MonitoringQuery { From = start, To = end, User = narrowed };
    }
}
