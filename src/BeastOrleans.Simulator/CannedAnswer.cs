using System.Text;

namespace BeastOrleans.Simulator;

/// <summary>Answers that do not depend on the dialect's success shape: pages, raw text, redirects, errors by status.</summary>
internal static class CannedAnswer
{
    private static readonly byte[] Page =
        "<!DOCTYPE html><html><head><title>Simulated page</title></head><body><h1>Simulated page</h1><p>This is not a model's answer.</p></body></html>\n"u8.ToArray();

    // A gzip header, then a deflate block of the reserved type: no decoder accepts it.
    private static readonly byte[] BrokenGzip = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3, .. "\u007fsimulated bytes that do not inflate"u8];

    /// <summary>Null when the behaviour asks for a normal answer.</summary>
    public static Task? TrySend(Exchange exchange)
    {
        var behavior = exchange.Behavior;
        var status = behavior.Status ?? StatusCodes.Status200OK;
        if (behavior.Redirect is not null)
        {
            exchange.Context.Response.Headers.Location = behavior.Redirect;
            return PlainAnswer.SendAsync(exchange, behavior.Status ?? StatusCodes.Status307TemporaryRedirect, ResponseHeaders.Json, []);
        }

        if (behavior.EmptyBody)
        {
            return PlainAnswer.SendAsync(exchange, status, ResponseHeaders.Json, []);
        }

        if (behavior.Html)
        {
            return PlainAnswer.SendAsync(exchange, status, "text/html; charset=utf-8", Page);
        }

        if (behavior.RawBody is not null)
        {
            return PlainAnswer.SendAsync(exchange, status, ResponseHeaders.Json, Encoding.UTF8.GetBytes(behavior.RawBody));
        }

        if (behavior.GzipCorrupt)
        {
            exchange.Context.Response.Headers.ContentEncoding = "gzip";
            return PlainAnswer.SendAsync(exchange, status, exchange.Request.Stream ? "text/event-stream; charset=utf-8" : ResponseHeaders.Json, BrokenGzip);
        }

        return status >= StatusCodes.Status400BadRequest
            ? PlainAnswer.SendErrorAsync(exchange, SimulatedError.From(behavior, status))
            : null;
    }
}
