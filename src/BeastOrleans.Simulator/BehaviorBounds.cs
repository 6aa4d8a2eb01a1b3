namespace BeastOrleans.Simulator;

/// <summary>The bounds of a single behaviour's fields, and the combinations that would contradict each other.</summary>
internal static class BehaviorBounds
{
    public static string? FirstProblem(SimulatorBehavior b)
    {
        return Range("times", b.Times, 1, SimulatorLimits.MaxTimes)
            ?? Range("latencyMs", b.LatencyMs, 0, SimulatorLimits.MaxDelayMs)
            ?? Range("firstTokenMs", b.FirstTokenMs, 0, SimulatorLimits.MaxDelayMs)
            ?? Range("interTokenMs", b.InterTokenMs, 0, SimulatorLimits.MaxDelayMs)
            ?? Range("tokensPerSecond", b.TokensPerSecond, 0.001, 1_000_000)
            ?? Range("commentEveryMs", b.CommentEveryMs, 1, SimulatorLimits.MaxDelayMs)
            ?? Range("tokens", b.Tokens, 0, SimulatorLimits.MaxTokens)
            ?? Range("reasoningTokens", b.ReasoningTokens, 0, SimulatorLimits.MaxTokens)
            ?? Range("promptTokens", b.PromptTokens, 0, SimulatorLimits.MaxUsageTokens)
            ?? Range("completionTokens", b.CompletionTokens, 0, SimulatorLimits.MaxUsageTokens)
            ?? Range("cachedTokens", b.CachedTokens, 0, SimulatorLimits.MaxUsageTokens)
            ?? Range("status", b.Status, 200, 599)
            ?? Range("errorStatus", b.ErrorStatus, 400, 599)
            ?? Range("errorRate", b.ErrorRate, 0, 1)
            ?? Range("resetAfter", b.ResetAfter, 0, SimulatorLimits.MaxBodyBytes)
            ?? Range("cutAfter", b.CutAfter, 0, SimulatorLimits.MaxBodyBytes)
            ?? Range("endAfter", b.EndAfter, 0, SimulatorLimits.MaxBodyBytes)
            ?? Range("stallAfter", b.StallAfter, 0, SimulatorLimits.MaxBodyBytes)
            ?? Range("errorEventAfter", b.ErrorEventAfter, 0, SimulatorLimits.MaxTokens)
            ?? Range("malformedEventAt", b.MalformedEventAt, 0, SimulatorLimits.MaxTokens)
            ?? Range("hugeLineBytes", b.HugeLineBytes, 1, SimulatorLimits.MaxHugeLineBytes)
            ?? Range("hugeHeaderBytes", b.HugeHeaderBytes, 1, SimulatorLimits.MaxHugeHeaderBytes)
            ?? Names("models", b.Models)
            ?? Names("paths", b.Paths)
            ?? HeaderValue("retryAfter", b.RetryAfter)
            ?? HeaderValue("contentType", b.ContentType)
            ?? HeaderValue("redirect", b.Redirect)
            ?? ExtraHeaders(b.Headers)
            ?? Contradiction(b);
    }

    private static string? Range(string field, double? value, double min, double max) =>
        value is { } number && !(number >= min && number <= max) ? $"Field '{field}' must be {min} to {max}." : null;

    private static string? Names(string field, IReadOnlyList<string>? names) =>
        names is not null && (names.Count is 0 or > SimulatorLimits.MaxNames || names.Any(string.IsNullOrEmpty))
            ? $"Field '{field}' must hold 1 to {SimulatorLimits.MaxNames} names."
            : null;

    private static string? HeaderValue(string field, string? value) =>
        value is not null && value.AsSpan().ContainsAnyExceptInRange(' ', '~') ? $"Field '{field}' must be printable ASCII." : null;

    private static string? ExtraHeaders(IReadOnlyDictionary<string, string>? headers)
    {
        if (headers is null)
        {
            return null;
        }

        if (headers.Count > SimulatorLimits.MaxExtraHeaders)
        {
            return $"Field 'headers' must hold at most {SimulatorLimits.MaxExtraHeaders} headers.";
        }

        foreach (var (name, value) in headers)
        {
            var isToken = name.Length > 0 && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.');
            if (!isToken || HeaderValue(name, value) is not null)
            {
                return $"Field 'headers' holds a header that cannot be sent: '{name}'.";
            }
        }

        return null;
    }

    private static string? Contradiction(SimulatorBehavior b)
    {
        Span<bool> stops = [b.ResetAfter is not null, b.CutAfter is not null, b.EndAfter is not null, b.StallAfter is not null, b.ErrorEventAfter is not null];
        if (stops.Count(true) > 1)
        {
            return "Fields 'resetAfter', 'cutAfter', 'endAfter', 'stallAfter' and 'errorEventAfter' exclude each other.";
        }

        Span<bool> bodies = [b.Html, b.EmptyBody, b.RawBody is not null, b.GzipCorrupt, b.Redirect is not null];
        if (bodies.Count(true) > 1)
        {
            return "Fields 'html', 'emptyBody', 'rawBody', 'gzipCorrupt' and 'redirect' exclude each other.";
        }

        if (b.Status is StatusCodes.Status204NoContent or StatusCodes.Status205ResetContent or StatusCodes.Status304NotModified && !b.EmptyBody)
        {
            return "Field 'status' has no body in HTTP: it needs 'emptyBody'.";
        }

        return b.InterTokenMs is not null && b.TokensPerSecond is not null
            ? "Fields 'interTokenMs' and 'tokensPerSecond' exclude each other."
            : null;
    }
}
