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

    /// <summary>Nano-dollars that fallbacks cost more than the custom model would have, by reason.</summary>
    public ReasonCounts PremiumNano;

    /// <summary>Fallbacks of which nobody knows that, for want of a price.</summary>
    public long PremiumUnpriced;

    public LatencyHistogram Custom { get; } = new();

    public LatencyHistogram Provider { get; } = new();

    /// <summary>
    /// Whether a request says anything about custom models: one was to answer, and it neither ended by the caller's own doing
    /// nor was refused by our own rules (a budget, a limit) before anything was asked.
    /// </summary>
    public static bool Counts(UsageRecord last, RequestSummary summary) =>
        summary is { HadCustom: true, Abandoned: false }
        && last is not { AttemptNumber: > 0, Outcome: OutcomeClass.Caller }
        && (last.AttemptNumber > 0 || summary.Served is not null || summary.FallbackReason != FailureReason.None);

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
            var reason = summary.FallbackReason != FailureReason.None ? summary.FallbackReason : last.Reason;
            Failures++;
            Reasons.Add(reason);
            if (answeredBy == EndpointType.Provider)
            {
                Fallbacks++;
                AddPremium(last, summary, reason);
            }
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
        PremiumNetwork = Money.FromNano(PremiumNano.Network),
        PremiumOverload = Money.FromNano(PremiumNano.Overload),
        PremiumTimeout = Money.FromNano(PremiumNano.Timeout),
        PremiumUnhealthy = Money.FromNano(PremiumNano.Unhealthy),
        PremiumOther = Money.FromNano(PremiumNano.Other),
        PremiumUnpriced = PremiumUnpriced,
    };

    // Of the whole request: a failed attempt that was billed is a part of what falling back cost.
    private void AddPremium(UsageRecord last, RequestSummary summary, FailureReason reason)
    {
        if (last.PriceVersion is null || summary.CustomCost is not { } custom)
        {
            PremiumUnpriced++;
        }
        else
        {
            PremiumNano.Add(reason, (summary.Cost - custom).Nano);
        }
    }

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
