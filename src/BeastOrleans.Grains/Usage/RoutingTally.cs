using BeastOrleans.Contracts.Endpoints;
using BeastOrleans.Contracts.Usage;

namespace BeastOrleans.Grains.Usage;

/// <summary>
/// Requests that had a custom candidate: what a batch adds to one row of <c>routing_rollup</c>, and the sum of many rows.
/// Abandoned requests are neither success nor failure and stay out; their cost is in the usage rollup all the same.
/// </summary>
internal sealed class RoutingTally
{
    public long Total;
    public long Success;
    public long Failures;

    /// <summary>Of the failures, those that a provider answered.</summary>
    public long Fallbacks;

    public ReasonCounts Reasons;
    public Money Actual;
    public Money Baseline;

    /// <summary>Requests that were answered, but whose cost or baseline has no price: both sums leave them out.</summary>
    public long Unpriced;

    public LatencyHistogram Custom { get; } = new();

    public LatencyHistogram Provider { get; } = new();

    public static bool Counts(RequestSummary summary) => summary.HadCustom && !summary.Abandoned;

    /// <summary>Adds a request by its last row.</summary>
    public void Add(UsageRecord last, RequestSummary summary)
    {
        Total++;

        // A cut answer never counts as an answer, whoever began it.
        var answeredBy = summary.Served is not null && !last.Partial ? summary.ServedType : null;
        if (answeredBy == EndpointType.Custom)
        {
            Success++;
        }
        else
        {
            Failures++;
            Fallbacks += answeredBy == EndpointType.Provider ? 1 : 0;
            Reasons.Add(summary.FallbackReason != FailureReason.None ? summary.FallbackReason : last.Reason);
        }

        AddMoney(last, summary);

        // The answering attempt's own time: the wait for a candidate that failed before it says nothing about this model.
        if (answeredBy is { } type)
        {
            (type == EndpointType.Custom ? Custom : Provider).Add(last.DurationMs);
        }
    }

    public MonitoringTotals ToTotals(DateTimeOffset? from, DateTimeOffset? to) => new()
    {
        Total = Total,
        Success = Success,
        Failures = Failures,
        Fallbacks = Fallbacks,
        Network = Reasons.Network,
        Overload = Reasons.Overload,
        Timeout = Reasons.Timeout,
        Unhealthy = Reasons.Unhealthy,
        Other = Reasons.Other,
        Actual = Actual,
        Baseline = Baseline,
        Custom = Custom.Summarize(),
        Provider = Provider.Summarize(),
        From = from,
        To = to,
        Unpriced = Unpriced,
    };

    private void AddMoney(UsageRecord last, RequestSummary summary)
    {
        if (summary.Served is not null && (last.PriceVersion is null || summary.Baseline is null))
        {
            Unpriced++;
            return;
        }

        // Nothing served displaces nothing, yet its failed attempts may have been billed.
        Actual += summary.Cost;
        Baseline += summary.Baseline ?? Money.Zero;
    }
}
