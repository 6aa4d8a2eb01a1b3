using BeastOrleans.Failover.Clients;

namespace BeastOrleans.Failover.Reports;

/// <summary>One line of the table.</summary>
internal sealed record Row
{
    public required string Fault { get; init; }

    /// <summary>Null for a scenario that mixes them or has none.</summary>
    public Mode? Mode { get; init; }

    public required Verdict Verdict { get; init; }

    public required Verdict Expected { get; init; }

    /// <summary>One of the sixteen of the public benchmark.</summary>
    public bool IsPublic { get; init; }

    public string ClientSaw { get; init; } = "";

    public TimeSpan? Latency { get; init; }

    public int? PrimaryAttempts { get; init; }

    public int? FallbackAttempts { get; init; }

    public string Note { get; init; } = "";

    public bool IsAsExpected => Verdict <= Expected;
}
