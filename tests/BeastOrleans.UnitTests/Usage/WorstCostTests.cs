using BeastOrleans.Contracts.Usage;
using BeastOrleans.Core.Usage;
using CsCheck;
using Xunit;

namespace BeastOrleans.UnitTests.Usage;

public sealed class WorstCostTests
{
    private static readonly PriceQuote Price = new() { Version = "test:1", InputPerMTok = Money.FromUsd(1m), OutputPerMTok = Money.FromUsd(2m) };

    [Fact]
    public void Of_RequestsBound_GoesBeforeTheModels()
    {
        var worst = WorstCost.Of(2_000, 1, asked: 100, modelMax: 8_000, Price);
        Assert.Equal((1_000L, 100L, UsageSource.Estimated), (worst.Tokens.Input, worst.Tokens.Output, worst.Tokens.Source));
        Assert.Equal(Money.FromUsd(0.0012m), worst.Cost);
    }

    [Fact]
    public void Of_NoBoundAsked_TakesTheModelsElse4096()
    {
        Assert.Equal(8_000, WorstCost.Of(0, 1, null, 8_000, Price).Tokens.Output);
        Assert.Equal(4_096, WorstCost.Of(0, 1, null, null, Price).Tokens.Output);
    }

    [Fact]
    public void Of_SeveralChoices_EachMayBeAsLong() => Assert.Equal(300, WorstCost.Of(0, 3, 100, null, Price).Tokens.Output);

    [Fact]
    public void Of_OddBytes_RoundUp() => Assert.Equal(3, WorstCost.Of(5, 1, 1, null, Price).Tokens.Input);

    [Fact]
    public void Of_NoPrice_IsZeroWithTokens()
    {
        var worst = WorstCost.Of(10, 1, 7, null, price: null);
        Assert.Equal((Money.Zero, 5L, 7L), (worst.Cost, worst.Tokens.Input, worst.Tokens.Output));
    }

    [Fact]
    public void Of_NothingCostsMore()
    {
        var rate = Gen.Long[0, 100_000_000_000].Select(Money.FromNano);
        var price = Gen.Select(rate, rate, rate.Nullable(), rate.Nullable(), rate.Nullable(), rate.Nullable()).Select(r => new PriceQuote
        {
            Version = "test:2",
            InputPerMTok = r.Item1,
            OutputPerMTok = r.Item2,
            CachedInputPerMTok = r.Item3,
            CacheWritePerMTok = r.Item4,
            ReasoningPerMTok = r.Item5,
            PerRequest = r.Item6,
        });
        Gen.Select(price, Gen.Int[0, 100_000], Gen.Int[0, 10_000], Gen.Double.Unit, Gen.Double.Unit, Gen.Double.Unit).Sample((quote, bytes, most, cached, written, reasoning) =>
        {
            var worst = WorstCost.Of(bytes, 1, most, null, quote);
            var input = worst.Tokens.Input;
            var used = new TokenUsage
            {
                Input = input,
                Output = most,
                CachedInput = (long)(input * cached),
                CacheWrite = (long)(input * (1 - cached) * written),
                Reasoning = (long)(most * reasoning),
            };

            // Each of the five lines is rounded on its own: at most half a nano-dollar each.
            Assert.True(CostCalculator.Cost(used, quote) <= worst.Cost + Money.FromNano(3));
        });
    }
}
