using BeastOrleans.Contracts.Usage;
using BeastOrleans.Core.Usage;
using BeastOrleans.Gateway.Errors;

namespace BeastOrleans.Gateway.Api;

/// <summary>The seed's monitoring object.</summary>
internal static class MonitoringView
{
    public static object Of(MonitoringTotals totals)
    {
        var savings = SavingsCalculator.Compute(totals.Actual, totals.Baseline);
        return new
        {
            metrics = new
            {
                requests = new
                {
                    total = totals.Total,
                    success = totals.Success,
                    failures = totals.Failures,
                    fallbacks = totals.Fallbacks,
                    successRate = $"{SavingsCalculator.Percent(totals.Success, totals.Total)}%",
                },
                fallbackReasons = new
                {
                    network = totals.Network,
                    overload = totals.Overload,
                    timeout = totals.Timeout,
                    unhealthy = totals.Unhealthy,
                    other = totals.Other,
                },
                costs = new
                {
                    actual = SavingsCalculator.FormatUsd(totals.Actual),
                    baseline = SavingsCalculator.FormatUsd(totals.Baseline),
                    savings = SavingsCalculator.FormatUsd(savings.Amount),
                    savingsPercent = savings.PercentText,
                    savingsUsd = savings.Amount.ToUsd(),
                    unpricedRequests = totals.Unpriced,
                },
                latency = new { custom = totals.Custom, provider = totals.Provider },
            },
            window = new { from = totals.From, to = totals.To },
        };
    }
}

internal static class AttemptView
{
    public static object Of(AttemptEntry attempt) => new
    {
        modelId = attempt.ModelId,
        model = attempt.Model,
        outcome = attempt.Partial ? "partial" : Wire.Of(attempt.Outcome),
        reason = Wire.Of(attempt.Reason),
        status = attempt.Status > 0 ? attempt.Status : (int?)null,
        firstContentMs = attempt.FirstContentMs,
        ms = attempt.DurationMs,
        tokens = new
        {
            input = attempt.Tokens.Input,
            output = attempt.Tokens.Output,
            cachedInput = attempt.Tokens.CachedInput,
            reasoning = attempt.Tokens.Reasoning,
            source = attempt.Tokens.Source,
        },
        costUsd = attempt.Priced ? attempt.Cost.ToUsd() : (decimal?)null,
    };
}

internal static class DecisionView
{
    public static object Of(DecisionRecord record)
    {
        var summary = record.Summary;
        return new
        {
            requestId = record.RequestId,
            at = record.At,
            user = record.User,
            requested = summary.Requested,
            served = summary.Served,
            degraded = summary.Degraded,
            status = summary.Status,
            fallbackReason = Wire.Of(summary.FallbackReason),
            plan = record.Plan.Select(p => new
            {
                modelId = p.ModelId,
                type = Wire.Of(p.Type),
                owner = Wire.Of(p.Owner),
                eligible = p.Eligible,
                reason = p.Reason,
                skipped = summary.Skipped?.FirstOrDefault(s => s.ModelId == p.ModelId)?.Why,
            }),
            attempts = record.Attempts.Select(AttemptView.Of),
            costUsd = summary.Cost.ToUsd(),
            baselineUsd = summary.Baseline?.ToUsd(),
            baselineModel = summary.BaselineModel,
            savedUsd = summary.Baseline is { } baseline ? (baseline - summary.Cost).ToUsd() : (decimal?)null,
            tags = summary.Tags,
            error = summary.Error,
        };
    }
}
