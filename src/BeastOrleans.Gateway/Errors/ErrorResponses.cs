using System.Globalization;
using Microsoft.AspNetCore.Http;

namespace BeastOrleans.Gateway.Errors;

/// <summary>The one place where an error becomes HTTP.</summary>
internal static class ErrorResponses
{
    public static Task WriteAsync(HttpContext http, GatewayError error)
    {
        var response = http.Response;
        var dialect = ErrorDialects.Of(http);
        response.StatusCode = ErrorBodies.StatusOf(error, dialect);
        response.ContentType = "application/json";
        var requestId = RequestId.Of(http);
        response.Headers[BeastHeaders.RequestId] = requestId;
        if (error.RetryAfter is { } retryAfter)
        {
            var seconds = Math.Max(1, (long)Math.Ceiling(retryAfter.TotalSeconds));
            response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
        }

        if (error.ShouldRetry is { } shouldRetry)
        {
            response.Headers["x-should-retry"] = shouldRetry ? "true" : "false";
        }

        var body = ErrorBodies.Of(error, requestId, dialect);
        response.ContentLength = body.Length;
        return response.Body.WriteAsync(body, http.RequestAborted).AsTask();
    }
}
