using Microsoft.AspNetCore.Http;

namespace BeastOrleans.Gateway.Errors;

/// <summary>
/// What a request must know of its process: 503 while no silo has been reached yet, since nothing could be looked up, planned or
/// booked; and, once the process is to stop, a request to connect elsewhere, so that no client meets a closing connection.
/// </summary>
internal sealed class ProcessStateMiddleware(RequestDelegate next, ClusterReach reach, Drain drain)
{
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(2);

    public Task InvokeAsync(HttpContext http)
    {
        // HTTP/2 has a frame for it, which Kestrel sends.
        if (drain.HasBegun && HttpProtocol.IsHttp11(http.Request.Protocol))
        {
            http.Response.Headers.Connection = "close";
        }

        return reach.IsOpen
            ? next(http)
            : ErrorResponses.WriteAsync(http, GatewayError.Unavailable("This gateway has reached no silo yet.", "cluster_unavailable", RetryAfter));
    }
}
