using BeastOrleans.Contracts.Endpoints;
using BeastOrleans.Contracts.Selection;
using BeastOrleans.Contracts.Usage;
using BeastOrleans.Core.Usage;

namespace BeastOrleans.Gateway.Forwarding;

/// <summary>The money of one request, in integer nano-dollars.</summary>
/// <param name="Served">The attempt that answered (also partly); null when none did.</param>
/// <param name="Cost">All attempts' cost; null when one that used tokens has no price.</param>
/// <param name="Baseline">What the displaced provider would have charged for the same tokens; null without a price or an answer.</param>
/// <param name="BaselineModel">Whose price the baseline is.</param>
internal sealed record Settlement(AttemptRecord? Served, Money? Cost, Money? Baseline, string? BaselineModel)
{
    /// <summary>What the custom model that stood first would have charged for what a provider served; null without a price or such a model.</summary>
    public Money? CustomCost { get; private init; }

    public Money? Saved => Cost is { } cost && Baseline is { } baseline ? baseline - cost : null;

    /// <summary>
    /// The baseline of a request that a provider answered is that provider's own price: a fallback saves nothing and
    /// costs nothing more than it would have. Otherwise it is the provider that the plan would have used.
    /// </summary>
    public static Settlement Of(RoutePlan plan, List<AttemptRecord> attempts)
    {
        var served = attempts.Count > 0 && (attempts[^1].Outcome == OutcomeClass.Ok || attempts[^1].FirstContentMs is not null) ? attempts[^1] : null;
        Money? cost = Money.Zero;
        foreach (var attempt in attempts)
        {
            cost = attempt.Price is null && attempt.Tokens.Source != UsageSource.None ? null : cost + attempt.Cost;
        }

        if (served is null)
        {
            return new Settlement(null, cost, null, null);
        }

        var (price, model) = served.Endpoint.Type == EndpointType.Provider
            ? (served.Price, served.ModelId)
            : (plan.BaselinePrice, plan.BaselineModel);
        return new Settlement(served, cost, price is null ? null : CostCalculator.Cost(served.Tokens, price), model)
        {
            CustomCost = served.Endpoint.Type == EndpointType.Provider && plan.Candidates is [{ Type: EndpointType.Custom, Price: { } custom }, ..]
                ? CostCalculator.Cost(served.Tokens, custom)
                : null,
        };
    }
}
