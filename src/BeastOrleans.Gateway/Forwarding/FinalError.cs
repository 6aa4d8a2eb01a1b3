using System.Globalization;
using System.Text;
using BeastOrleans.Contracts.Endpoints;
using BeastOrleans.Gateway.Errors;

namespace BeastOrleans.Gateway.Forwarding;

/// <summary>One error for a request that no candidate answered, naming every attempt and its reason.</summary>
internal static class FinalError
{
    public static GatewayError Of(Exchange exchange)
    {
        var attempts = exchange.Attempts;
        if (attempts.Count == 0 || (exchange.Calls == 0 && exchange.Skipped is not null))
        {
            if (exchange.OnlyHeld)
            {
                // The upstreams' own 429 or 503 of a moment ago, heard by a request that came too late to be sent.
                return new GatewayError(429, "rate_limit_error", "upstream_overloaded", Describe(exchange)) { RetryAfter = LeastRetryAfter(exchange), Attempts = attempts };
            }

            return GatewayError.Unavailable(Describe(exchange), "no_healthy_endpoint", exchange.SkippedRetryAfter) with { ShouldRetry = true, Attempts = attempts };
        }

        var (status, type, code) = StatusOf(attempts);
        return new GatewayError(status, type, code, Describe(exchange))
        {
            Attempts = attempts,
            RetryAfter = status is 429 or 503 ? LeastRetryAfter(exchange) : null,
        };
    }

    /// <summary>The request's deadline, or the caller's shorter one, passed.</summary>
    public static GatewayError OfDeadline(Exchange exchange, Deadline deadline) =>
        new(504, "timeout_error", "deadline_exceeded", $"No candidate answered within {deadline.Limit.TotalSeconds:0.###} s. {Describe(exchange)}")
        {
            Attempts = exchange.Attempts,
        };

    /// <summary>This gateway is being stopped; another takes the request.</summary>
    public static GatewayError OfDrain(Exchange exchange) =>
        GatewayError.Unavailable($"This gateway is being stopped. {Describe(exchange)}", "gateway_stopping") with { ShouldRetry = true, Attempts = exchange.Attempts };

    private static (int Status, string Type, string Code) StatusOf(List<AttemptRecord> attempts)
    {
        if (attempts.TrueForAll(a => a.Outcome == OutcomeClass.Overload))
        {
            return attempts.Exists(a => a.Status == 429)
                ? (429, "rate_limit_error", "upstream_overloaded")
                : (503, "server_error", "upstream_overloaded");
        }

        // A limit that the caller shortened is a timeout to the caller, whoever is not to blame.
        if (attempts.TrueForAll(a => a.Reason == FailureReason.Timeout))
        {
            return (504, "timeout_error", "upstream_timeout");
        }

        return attempts.TrueForAll(a => a.Outcome == OutcomeClass.Credential)
            ? (502, "server_error", "upstream_auth_failed")
            : (502, "server_error", "upstream_failed");
    }

    private static TimeSpan LeastRetryAfter(Exchange exchange)
    {
        var least = exchange.SkippedRetryAfter;
        foreach (var attempt in exchange.Attempts)
        {
            if (attempt.RetryAfter is { } wait && (least is null || wait < least))
            {
                least = wait;
            }
        }

        return least ?? TimeSpan.FromSeconds(1);
    }

    private static string Describe(Exchange exchange)
    {
        var text = new StringBuilder(exchange.Attempts.Count == 0
            ? "No candidate could be called."
            : exchange.Attempts.Count == 1 ? "The only attempt failed." : $"All {exchange.Attempts.Count} attempts failed.");
        foreach (var attempt in exchange.Attempts)
        {
            text.Append(CultureInfo.InvariantCulture, $" {attempt.ModelId}: {Wire.Of(attempt.Reason)} after {attempt.DurationMs} ms");
            if (!string.IsNullOrEmpty(attempt.Message))
            {
                text.Append(CultureInfo.InvariantCulture, $" ({attempt.Message.TrimEnd('.')})");
            }

            text.Append('.');
        }

        foreach (var skipped in exchange.Skipped ?? [])
        {
            text.Append(CultureInfo.InvariantCulture, $" {skipped.ModelId}: not called, {skipped.Why}.");
        }

        return text.ToString();
    }
}
