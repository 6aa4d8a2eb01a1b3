using BeastOrleans.Contracts.Usage;
using BeastOrleans.Core.Usage;

namespace BeastOrleans.Gateway.Api;

/// <summary>What custom models saved, what falling back cost beside them, and how fast each kind answered. Exact dollars.</summary>
internal static class SavingsView
{
    public static object Of(MonitoringTotals totals)
    {
        var savings = SavingsCalculator.Compute(totals.Actual, totals.Baseline);
        var premium = totals.PremiumNetwork + totals.PremiumOverload + totals.PremiumTimeout + totals.PremiumUnhealthy + totals.PremiumOther;
        return new
        {
            from = totals.From,
            to = totals.To,
            requests = new
            {
                total = totals.Total,
                success = totals.Success,
                failures = totals.Failures,
                fallbacks = totals.Fallbacks,
                unpriced = totals.Unpriced,
            },
            actualUsd = totals.Actual.ToUsd(),
            baselineUsd = totals.Baseline.ToUsd(),
            savingsUsd = savings.Amount.ToUsd(),
            savingsPercent = savings.PercentText,
            fallbackPremium = new
            {
                totalUsd = premium.ToUsd(),
                networkUsd = totals.PremiumNetwork.ToUsd(),
                overloadUsd = totals.PremiumOverload.ToUsd(),
                timeoutUsd = totals.PremiumTimeout.ToUsd(),
                unhealthyUsd = totals.PremiumUnhealthy.ToUsd(),
                otherUsd = totals.PremiumOther.ToUsd(),
                unpriced = totals.PremiumUnpriced,
            },
            latency = new { custom = totals.Custom, provider = totals.Provider },
        };
    }
}
