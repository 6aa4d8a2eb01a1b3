using System.Globalization;
using System.Text.Json;
using BeastOrleans.Upstreams.Failures;

namespace BeastOrleans.Upstreams.Gemini;

/// <summary>
/// Google's errors, <c>{"error":{"code":429,"message":"...","status":"RESOURCE_EXHAUSTED","details":[...]}}</c>, in the
/// words that the classifier knows: by status and reason. Some of Google's servers put the object into a list.
/// </summary>
internal static class GeminiError
{
    /// <summary>What a client reads as the error's type when the mistake is its own: Google's word is none of OpenAI's.</summary>
    private const string InvalidRequest = "invalid_request_error";

    private static readonly Dictionary<string, string> Codes = new(StringComparer.Ordinal)
    {
        ["RESOURCE_EXHAUSTED"] = "rate_limit_exceeded",
        ["UNAUTHENTICATED"] = "invalid_api_key",
        ["PERMISSION_DENIED"] = "permission_error",
        ["NOT_FOUND"] = "model_not_found",
        ["INVALID_ARGUMENT"] = InvalidRequest,
        ["OUT_OF_RANGE"] = InvalidRequest,
        // The project has no billing, or may not be served where it is: nothing that a caller can mend.
        ["FAILED_PRECONDITION"] = "billing_not_active",
    };

    /// <summary>Null = no error of this form in it.</summary>
    public static UpstreamError? Parse(ReadOnlyMemory<byte> body, out TimeSpan? retryAfter)
    {
        retryAfter = null;
        try
        {
            using var document = JsonDocument.Parse(body, new JsonDocumentOptions { MaxDepth = 64 });
            var root = document.RootElement;
            if (root.ValueKind == JsonValueKind.Array && root.GetArrayLength() > 0)
            {
                root = root[0];
            }

            return root.ValueKind == JsonValueKind.Object && root.TryGetProperty("error", out var error) && error.ValueKind == JsonValueKind.Object
                ? Read(error, out retryAfter)
                : null;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // InvalidOperationException: a string with a lone surrogate.
            return null;
        }
    }

    /// <summary>The prompt was not answered: the caller's to hear, as OpenAI says it.</summary>
    public static UpstreamError Blocked(string reason) => new()
    {
        Code = "content_policy_violation",
        Type = InvalidRequest,
        Message = $"The prompt was blocked by the provider's policy ({reason}).",
    };

    private static UpstreamError Read(JsonElement error, out TimeSpan? retryAfter)
    {
        var status = Text(error, "status");
        var message = Text(error, "message");
        var (reason, delay) = Details(error);
        retryAfter = delay;
        return new UpstreamError
        {
            Code = CodeOf(status, reason, message),
            Type = status is "INVALID_ARGUMENT" or "OUT_OF_RANGE" ? InvalidRequest : status,
            Message = message,
            Status = error.TryGetProperty("code", out var code) && code.ValueKind == JsonValueKind.Number && code.TryGetInt32(out var number)
                && number is >= 400 and <= 599 ? number : 0,
        };
    }

    private static string? CodeOf(string? status, string? reason, string? message)
    {
        // A wrong key is an INVALID_ARGUMENT there.
        if (reason is "API_KEY_INVALID" or "API_KEY_SERVICE_BLOCKED" or "SERVICE_DISABLED" or "ACCOUNT_STATE_INVALID")
        {
            return "invalid_api_key";
        }

        // No code of its own: "The input token count (1200000) exceeds the maximum number of tokens allowed (1048576)."
        if (status == "INVALID_ARGUMENT" && message is not null
            && message.Contains("input token count", StringComparison.OrdinalIgnoreCase)
            && message.Contains("exceeds the maximum", StringComparison.OrdinalIgnoreCase))
        {
            return "context_length_exceeded";
        }

        return status is null ? null : Codes.GetValueOrDefault(status);
    }

    private static (string? Reason, TimeSpan? Delay) Details(JsonElement error)
    {
        string? reason = null;
        TimeSpan? delay = null;
        if (!error.TryGetProperty("details", out var details) || details.ValueKind != JsonValueKind.Array)
        {
            return default;
        }

        foreach (var detail in details.EnumerateArray())
        {
            if (detail.ValueKind == JsonValueKind.Object)
            {
                reason ??= Text(detail, "reason");
                delay ??= DelayOf(Text(detail, "retryDelay"));
            }
        }

        return (reason, delay);
    }

    /// <summary>A duration as protobuf's JSON writes it: <c>18.5s</c>.</summary>
    private static TimeSpan? DelayOf(string? text) =>
        text is [.. var seconds, 's']
        && double.TryParse(seconds, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number)
        && number is >= 0 and < 30 * 24 * 3600
            ? TimeSpan.FromSeconds(number)
            : null;

    private static string? Text(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
