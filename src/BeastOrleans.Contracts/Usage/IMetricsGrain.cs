namespace BeastOrleans.Contracts.Usage;

/// <summary>Fallbacks, savings and latency of one tenant (<c>t:acme</c>) or of all (<c>all</c>), read from the rollups.</summary>
[Alias("beast.IMetricsGrain"), GrainInterfaceType("beast.metrics")]
public interface IMetricsGrain : IGrainWithStringKey
{
    /// <summary>At most a second old; all time and all users unless narrowed. Hours are the grain of the window.</summary>
    [Alias("GetMonitoring"), ResponseTimeout("00:00:05")]
    Task<MonitoringTotals> GetMonitoringAsync(MonitoringQuery query);
}

[GenerateSerializer, Immutable, Alias("beast.MonitoringQuery")]
public sealed record MonitoringQuery
{
    [Id(0)]
    public DateTimeOffset? From { get; init; }

    [Id(1)]
    public DateTimeOffset? To { get; init; }

    [Id(2)]
    public string? User { get; init; }
}

/// <summary>Sums over requests that had a custom candidate.</summary>
[GenerateSerializer, Immutable, Alias("beast.MonitoringTotals")]
public sealed record MonitoringTotals
{
    [Id(0)]
    public long Total { get; init; }

    /// <summary>Answered by a custom model.</summary>
    [Id(1)]
    public long Success { get; init; }

    /// <summary>The rest of <see cref="Total"/>.</summary>
    [Id(2)]
    public long Failures { get; init; }

    /// <summary>Of the failures, those that a provider answered.</summary>
    [Id(3)]
    public long Fallbacks { get; init; }

    [Id(4)]
    public long Network { get; init; }

    [Id(5)]
    public long Overload { get; init; }

    [Id(6)]
    public long Timeout { get; init; }

    [Id(7)]
    public long Unhealthy { get; init; }

    [Id(8)]
    public long Other { get; init; }

    [Id(9)]
    public Money Actual { get; init; }

    [Id(10)]
    public Money Baseline { get; init; }

    [Id(11)]
    public LatencySummary Custom { get; init; } = new();

    [Id(12)]
    public LatencySummary Provider { get; init; } = new();

    /// <summary>The window's ends as counted (whole hours); null when unbounded and empty.</summary>
    [Id(13)]
    public DateTimeOffset? From { get; init; }

    [Id(14)]
    public DateTimeOffset? To { get; init; }

    /// <summary>Requests of <see cref="Total"/> whose cost or baseline has no price: the savings leave them out.</summary>
    [Id(15)]
    public long Unpriced { get; init; }

    /// <summary>What requests that a provider answered cost more than the custom model would have, by why that did not answer.</summary>
    [Id(16)]
    public Money PremiumNetwork { get; init; }

    [Id(17)]
    public Money PremiumOverload { get; init; }

    [Id(18)]
    public Money PremiumTimeout { get; init; }

    [Id(19)]
    public Money PremiumUnhealthy { get; init; }

    [Id(20)]
    public Money PremiumOther { get; init; }

    /// <summary>Fallbacks whose premium is not known, for want of a price.</summary>
    [Id(21)]
    public long PremiumUnpriced { get; init; }
}

/// <summary>Percentiles interpolated from a histogram; null when nothing was counted.</summary>
[GenerateSerializer, Immutable, Alias("beast.LatencySummary")]
public sealed record LatencySummary
{
    [Id(0)]
    public int? P50Ms { get; init; }

    [Id(1)]
    public int? P95Ms { get; init; }
}
