using BeastOrleans.Contracts.Tenants;
using BeastOrleans.Gateway.Authentication;
using BeastOrleans.Gateway.Errors;
using BeastOrleans.Gateway.Events;
using BeastOrleans.Gateway.Forwarding;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Hosting;

namespace BeastOrleans.Gateway.Api;

/// <summary><c>GET /api/events</c>: what happens, as it happens, to the caller's tenant.</summary>
internal static class EventsApi
{
    public static void MapEvents(this IEndpointRouteBuilder routes) =>
        routes.MapGet("/api/events", ListenAsync).Allow(AccessPolicy.Key(KeyScopes.All));

    private static async Task ListenAsync(HttpContext http, EventFeed feed, TimeProvider time, IHostApplicationLifetime lifetime)
    {
        // As in monitoring: a user's key without the tenant's scope sees its own part.
        var caller = Caller.Of(http);
        var user = caller.Key.User is { } own && !caller.Key.Scopes.HasFlag(KeyScopes.Tenant) ? own.Value : null;
        if (feed.Listen(caller.Tenant, user) is not { } listener)
        {
            await ErrorResponses.WriteAsync(http, GatewayError.TooMany($"A tenant has at most {EventFeed.MaxPerTenant} connections to this feed.", EventStream.Heartbeat));
            return;
        }

        using var either = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted, lifetime.ApplicationStopping);
        try
        {
            ResponseCommitment.BeginResponse(http.Response);
            http.Response.Headers[BeastHeaders.RequestId] = RequestId.Of(http);
            await new EventStream(listener, http.Response.BodyWriter, time).RunAsync(either.Token);
        }
        catch (OperationCanceledException) when (either.IsCancellationRequested)
        {
            // The reader has left, or the process stops: a stream of events has no other end.
        }
        finally
        {
            feed.Leave(caller.Tenant, listener);
        }
    }
}
