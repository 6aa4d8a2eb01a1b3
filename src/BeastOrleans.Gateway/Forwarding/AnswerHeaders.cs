using System.Text;
using BeastOrleans.Contracts.Endpoints;
using BeastOrleans.Gateway.Errors;
using Microsoft.AspNetCore.Http;

namespace BeastOrleans.Gateway.Forwarding;

/// <summary>The <c>x-beast-*</c> headers of an answer: who served it, what was tried, why not the first, what it cost.</summary>
internal static class AnswerHeaders
{
    /// <summary>For a whole answer or an error: every attempt is known.</summary>
    public static void WriteFacts(Exchange exchange, AttemptRecord? served)
    {
        var headers = exchange.Http.Response.Headers;
        headers[BeastHeaders.RequestId] = exchange.RequestId;
        if (served is not null)
        {
            headers[BeastHeaders.Model] = Encode(served.ModelId);
            headers[BeastHeaders.ModelType] = Wire.Of(served.Endpoint.Type);
        }

        if (exchange.Attempts.Count > 0)
        {
            headers[BeastHeaders.Attempts] = Describe(exchange.Attempts);
        }

        if (served is not null)
        {
            WriteDropped(exchange);
        }

        WriteFallbackReason(exchange, served is null ? FailureReason.None : exchange.ReasonFirstDidNotServe);
    }

    /// <summary>For a stream at its commit: the attempt under way is named by the plan's candidate and counts as ok.</summary>
    public static void WriteStreamFacts(Exchange exchange)
    {
        var headers = exchange.Http.Response.Headers;
        headers[BeastHeaders.RequestId] = exchange.RequestId;
        var current = exchange.Current!;
        headers[BeastHeaders.Model] = Encode(current.ModelId);
        headers[BeastHeaders.ModelType] = Wire.Of(current.Type);
        var ok = Encode(current.ModelId) + "=ok";
        headers[BeastHeaders.Attempts] = exchange.Attempts.Count == 0 ? ok : $"{Describe(exchange.Attempts)};{ok}";
        WriteDropped(exchange);
        WriteFallbackReason(exchange, exchange.ReasonFirstDidNotServe);
    }

    public static void WriteMoney(HttpContext http, Settlement settlement)
    {
        // Unpriced is not zero: without a price the header is absent.
        if (settlement.Cost is { } cost)
        {
            http.Response.Headers[BeastHeaders.CostUsd] = cost.ToUsdString();
        }

        if (settlement.Saved is { } saved)
        {
            http.Response.Headers[BeastHeaders.SavedUsd] = saved.ToUsdString();
        }
    }

    public static Task WriteBodyAsync(HttpContext http, int status, ReadOnlyMemory<byte> body)
    {
        var response = http.Response;
        response.StatusCode = status;
        response.ContentType = "application/json";
        response.ContentLength = body.Length;
        return response.Body.WriteAsync(body, http.RequestAborted).AsTask();
    }

    // Harmless, but never silent.
    private static void WriteDropped(Exchange exchange)
    {
        if (exchange.DroppedFields.Count > 0)
        {
            exchange.Http.Response.Headers[BeastHeaders.Dropped] = string.Join(',', exchange.DroppedFields);
        }
    }

    private static void WriteFallbackReason(Exchange exchange, FailureReason reason)
    {
        if (reason != FailureReason.None)
        {
            exchange.Http.Response.Headers[BeastHeaders.FallbackReason] = Wire.Of(reason);
        }
    }

    private static string Describe(List<AttemptRecord> attempts)
    {
        if (attempts.Count == 1)
        {
            return $"{Encode(attempts[0].ModelId)}={Result(attempts[0])}";
        }

        var text = new StringBuilder();
        foreach (var attempt in attempts)
        {
            text.Append(text.Length == 0 ? "" : ";").Append(Encode(attempt.ModelId)).Append('=').Append(Result(attempt));
        }

        return text.ToString();
    }

    // A caller's mistake and an abandoned attempt have no fallback reason; their class says it.
    private static string Result(AttemptRecord attempt) =>
        attempt.Reason == FailureReason.None ? Wire.Of(attempt.Outcome) : Wire.Of(attempt.Reason);

    /// <summary>Percent-encodes what could be read as a separator or is not ASCII; the first colon stays.</summary>
    private static string Encode(string modelId)
    {
        foreach (var c in modelId)
        {
            if (!(char.IsAsciiLetterOrDigit(c) || c is ':' or '-' or '.' or '_' or '/'))
            {
                var colon = modelId.IndexOf(':', StringComparison.Ordinal);
                return modelId[..(colon + 1)] + Uri.EscapeDataString(modelId[(colon + 1)..]);
            }
        }

        return modelId;
    }
}
