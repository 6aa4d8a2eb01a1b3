using BeastOrleans.Contracts.Usage;

namespace BeastOrleans.Core.Usage;

/// <summary>The most that an attempt can cost when it begins: what is reserved for it, and what it is booked at when nobody saw its end.</summary>
/// <param name="Tokens">What it was made from, marked <see cref="UsageSource.Estimated"/>.</param>
/// <param name="Cost">Zero where the model has no price.</param>
public readonly record struct WorstCost(TokenUsage Tokens, Money Cost)
{
    /// <summary>Tokens of an answer whose length neither the request nor the model bounds.</summary>
    public const int DefaultOutputTokens = 4_096;

    /// <summary>
    /// Two UTF-8 bytes to an input token (no common tokenizer makes more of any script on average), the longest answer that
    /// was asked for, else that the model can give. Each token at the dearest rate that its kind can have: whether a prompt is written to the cache, or
    /// an answer is reasoning, shows only at the end. Of each kind at most <see cref="TokenUsage.Most"/>, which no row has more of.
    /// </summary>
    /// <param name="promptBytes">UTF-8 bytes of the prompt, with the allowance for pictures in it.</param>
    /// <param name="choices">Answers asked for.</param>
    /// <param name="asked">The request's own bound for one answer; null = none.</param>
    /// <param name="modelMax">The model's bound; null = unknown.</param>
    /// <param name="price">Null = unpriced.</param>
    public static WorstCost Of(long promptBytes, int choices, int? asked, int? modelMax, PriceQuote? price)
    {
        var tokens = new TokenUsage
        {
            Input = Math.Min(TokenUsage.Most, (Math.Max(0, promptBytes) + 1) / 2),
            Output = Math.Min(TokenUsage.Most, (long)Math.Max(1, choices) * Math.Max(0, asked ?? modelMax ?? DefaultOutputTokens)),
            Source = UsageSource.Estimated,
        };
        return new WorstCost(tokens, price is null ? Money.Zero : CostCalculator.Cost(tokens, Dearest(price)));
    }

    private static PriceQuote Dearest(PriceQuote price)
    {
        var input = Max(price.InputPerMTok, Max(price.CacheWritePerMTok, price.CachedInputPerMTok));
        var output = Max(price.OutputPerMTok, price.ReasoningPerMTok);
        return input == price.InputPerMTok && output == price.OutputPerMTok ? price : price with { InputPerMTok = input, OutputPerMTok = output };
    }

    private static Money Max(Money rate, Money? other) => other is { } another && another > rate ? another : rate;

    private static Money Max(Money? a, Money? b) => Max(a ?? Money.Zero, b);
}
