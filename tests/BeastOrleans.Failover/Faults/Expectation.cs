using BeastOrleans.Failover.Reports;

namespace BeastOrleans.Failover.Faults;

/// <summary>What is right for one fault in one mode.</summary>
internal sealed record Expectation
{
    public required Answerer From { get; init; }

    public required TimeSpan Within { get; init; }

    /// <summary>The best verdict that can be had. An honest error is judged safe where this says so.</summary>
    public Verdict Verdict { get; init; } = Verdict.Passed;

    /// <summary>An answer before this did not wait as it was told to.</summary>
    public TimeSpan AtLeast { get; init; }

    public int MinPrimaryAttempts { get; init; }

    public int MaxPrimaryAttempts { get; init; } = 1;

    /// <summary>Null = one where the fallback answers, else none.</summary>
    public int? FallbackAttempts { get; init; }

    /// <summary>The reason that the fallback's answer names; null = not looked at.</summary>
    public string? Reason { get; init; }

    /// <summary>Status and code of the right error.</summary>
    public (int Status, string Code)? Error { get; init; }

    /// <summary>Failures that the primary's circuit may count; null = not looked at.</summary>
    public int? CircuitFailures { get; init; }

    public static Expectation OfPrimary(double within, int attempts = 1) => new()
    {
        From = Answerer.Primary,
        Within = TimeSpan.FromSeconds(within),
        MinPrimaryAttempts = attempts,
        MaxPrimaryAttempts = attempts,
    };

    public static Expectation OfFallback(double within, string? reason, int attempts = 1) => new()
    {
        From = Answerer.Fallback,
        Within = TimeSpan.FromSeconds(within),
        Reason = reason,
        MinPrimaryAttempts = Math.Min(1, attempts),
        MaxPrimaryAttempts = attempts,
    };

    /// <summary>A stream that was shown in part and then ends with a typed error.</summary>
    public static Expectation HonestlyCut(double within) => new()
    {
        From = Answerer.Nobody,
        Within = TimeSpan.FromSeconds(within),
        Verdict = Verdict.Safe,
        MinPrimaryAttempts = 1,
        Error = (200, "upstream_stream_interrupted"),
    };
}
