using System.Globalization;
using Microsoft.Extensions.Primitives;

namespace BeastOrleans.Simulator;

/// <summary>The headers all answers share.</summary>
internal static class ResponseHeaders
{
    public const string Simulated = "x-simulated";
    public static readonly StringValues True = "true";
    public static readonly StringValues Json = "application/json";

    public static void Apply(Exchange exchange, StringValues contentType)
    {
        var headers = exchange.Context.Response.Headers;
        var behavior = exchange.Behavior;
        headers.ContentType = behavior.ContentType ?? contentType;
        if (!exchange.State.Options.BenchmarkMode)
        {
            headers["x-request-id"] = string.Create(CultureInfo.InvariantCulture, $"req_sim_{exchange.Number}");
        }

        if (behavior.RetryAfter is not null && !exchange.Dialect.TellsRetryInBody(behavior.RetryAfter))
        {
            headers.RetryAfter = behavior.RetryAfter;
        }

        if (behavior.HugeHeaderBytes is { } bytes)
        {
            headers["x-sim-padding"] = new string('x', bytes);
        }

        if (behavior.Headers is not null)
        {
            foreach (var (name, value) in behavior.Headers)
            {
                headers[name] = value;
            }
        }
    }
}
