using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Orleans.Runtime.Messaging;
using Polly.Timeout;

namespace BeastOrleans.Gateway.Errors;

/// <summary>The process edge: whatever escapes a handler is logged under the request id and told to the client without detail.</summary>
internal sealed partial class FaultMiddleware(RequestDelegate next, ILogger<FaultMiddleware> logger)
{
    public async Task InvokeAsync(HttpContext http)
    {
        try
        {
            await next(http);
        }
        catch (Exception) when (http.RequestAborted.IsCancellationRequested)
        {
            // The client is gone: there is nobody to tell, and nothing of ours failed.
        }
        catch (BadHttpRequestException e) when (!http.Response.HasStarted)
        {
            await ErrorResponses.WriteAsync(http, new GatewayError(e.StatusCode, "invalid_request_error", "invalid_request", e.Message));
        }
        catch (Exception e)
        {
            LogFault(e, RequestId.Of(http));
            if (http.Response.HasStarted)
            {
                // Part of an answer is out: cut the connection rather than let it look finished.
                http.Abort();
                return;
            }

            http.Response.Clear();
            await ErrorResponses.WriteAsync(http, Classify(e));
        }
    }

    private static GatewayError Classify(Exception e) => e switch
    {
        TimeoutException or TimeoutRejectedException or SiloUnavailableException or OrleansMessageRejectionException or GatewayTooBusyException or ConnectionFailedException =>
            GatewayError.Unavailable("A part of the cluster did not answer; nothing says whether the request took effect.", "cluster_unavailable"),
        _ => GatewayError.Internal(),
    };

    [LoggerMessage(Level = LogLevel.Error, Message = "Request {RequestId} failed inside the gateway")]
    private partial void LogFault(Exception exception, string requestId);
}
