using BeastOrleans.Contracts.Usage;

namespace BeastOrleans.Core.Usage;

/// <summary>What tokens cost, in integer nano-dollars.</summary>
public static class CostCalculator
{
    private const long TokensPerRate = 1_000_000;

    /// <summary>
    /// The sum of five lines: plain input, cached input, cache-written input, plain output, reasoning; and the flat
    /// price per request. Each line is rounded half up to a nano-dollar on its own, so that a bill can be checked
    /// line by line.
    /// </summary>
    /// <param name="usage">Parts that exceed their whole are cut to it, negative counts are 0: upstreams err.</param>
    /// <exception cref="OverflowException">Beyond about 9.2 billion dollars.</exception>
    public static Money Cost(TokenUsage usage, PriceQuote price)
    {
        ArgumentNullException.ThrowIfNull(price);
        var input = Math.Max(0, usage.Input);
        var cached = Math.Clamp(usage.CachedInput, 0, input);
        var written = Math.Clamp(usage.CacheWrite, 0, input - cached);
        var output = Math.Max(0, usage.Output);
        var reasoning = Math.Clamp(usage.Reasoning, 0, output);
        return Line(input - cached - written, price.InputPerMTok)
            + Line(cached, price.CachedInputPerMTok ?? price.InputPerMTok)
            + Line(written, price.CacheWritePerMTok ?? price.InputPerMTok)
            + Line(output - reasoning, price.OutputPerMTok)
            + Line(reasoning, price.ReasoningPerMTok ?? price.OutputPerMTok)
            + (price.PerRequest ?? Money.Zero);
    }

    // 128 bits between: 2^63 tokens at 2^63 nano-dollars do not overflow before the division.
    private static Money Line(long tokens, Money perMTok)
    {
        var product = (Int128)tokens * perMTok.Nano;
        return Money.FromNano(checked((long)((product + (TokensPerRate / 2)) / TokensPerRate)));
    }
}
