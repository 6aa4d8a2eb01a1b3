using System.Globalization;
using System.Net.Http.Headers;

namespace BeastOrleans.Upstreams.Failures;

/// <summary>What an upstream's Retry-After says. Not capped: the circuit does that.</summary>
internal static class RetryAfterHeader
{
    /// <summary>Only so that no sum of times overflows.</summary>
    private const double MaxSeconds = 30 * 24 * 3600;

    /// <summary>Null when absent or nonsense.</summary>
    public static TimeSpan? Read(HttpResponseHeaders headers, DateTimeOffset now)
    {
        // OpenAI and Azure send milliseconds beside the standard header's whole seconds.
        if (First(headers, "retry-after-ms") is { } exact && TryNumber(exact, out var milliseconds))
        {
            return TimeSpan.FromSeconds(Math.Clamp(milliseconds / 1000, 0, MaxSeconds));
        }

        return First(headers, "Retry-After") is { } text ? Parse(text, now) : null;
    }

    /// <summary>Seconds (fractions taken) or an HTTP date; a past one is zero.</summary>
    public static TimeSpan? Parse(string text, DateTimeOffset now)
    {
        if (TryNumber(text, out var seconds))
        {
            return TimeSpan.FromSeconds(Math.Clamp(seconds, 0, MaxSeconds));
        }

        if (DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at))
        {
            return TimeSpan.FromSeconds(Math.Clamp((at - now).TotalSeconds, 0, MaxSeconds));
        }

        return null;
    }

    private static bool TryNumber(string text, out double number) =>
        double.TryParse(text.Trim(), NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out number)
        && double.IsFinite(number);

    private static string? First(HttpResponseHeaders headers, string name) =>
        headers.NonValidated.TryGetValues(name, out var values) ? values.First() : null;
}
