using Microsoft.AspNetCore.Http;

namespace BeastOrleans.Gateway.Errors;

/// <summary>Answers 503 while this process has reached no silo yet: nothing could be looked up, planned or booked.</summary>
internal sealed class ClusterMiddleware(RequestDelegate next, ClusterReach reach)
{
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(2);

    public Task InvokeAsync(HttpContext http) => reach.IsOpen
        ? next(http)
        : ErrorResponses.WriteAsync(http, GatewayError.Unavailable("This gateway has reached no silo yet.", "cluster_unavailable", RetryAfter));
}
