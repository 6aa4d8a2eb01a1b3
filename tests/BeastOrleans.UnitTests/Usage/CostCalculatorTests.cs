using BeastOrleans.Contracts.Usage;
using BeastOrleans.Core.Usage;
using CsCheck;
using Xunit;

namespace BeastOrleans.UnitTests.Usage;

public sealed class CostCalculatorTests
{
    private static readonly PriceQuote Price = new()
    {
        Version = "test:1",
        InputPerMTok = Money.FromUsd(3m),
        OutputPerMTok = Money.FromUsd(15m),
        CachedInputPerMTok = Money.FromUsd(0.30m),
        CacheWritePerMTok = Money.FromUsd(3.75m),
        ReasoningPerMTok = Money.FromUsd(20m),
        PerRequest = Money.FromUsd(0.01m),
    };

    private static readonly Gen<TokenUsage> Usage =
        Gen.Select(Gen.Long[0, 10_000_000], Gen.Long[0, 10_000_000], Gen.Long[0, 10_000_000], Gen.Long[0, 10_000_000], Gen.Long[0, 10_000_000])
            .Select(t => new TokenUsage { Input = t.Item1, Output = t.Item2, CachedInput = t.Item3, CacheWrite = t.Item4, Reasoning = t.Item5 });

    [Fact]
    public void Cost_EveryTier_HasItsOwnRate()
    {
        var usage = new TokenUsage { Input = 1_000_000, CachedInput = 400_000, CacheWrite = 100_000, Output = 200_000, Reasoning = 50_000 };

        // 500 k x 3 + 400 k x 0.30 + 100 k x 3.75 + 150 k x 15 + 50 k x 20, and 0.01 flat.
        Assert.Equal(Money.FromUsd(1.5m + 0.12m + 0.375m + 2.25m + 1m + 0.01m), CostCalculator.Cost(usage, Price));
    }

    [Fact]
    public void Cost_NoSpecialRates_FallBackToInputAndOutput()
    {
        var plain = new PriceQuote { Version = "test:2", InputPerMTok = Money.FromUsd(1m), OutputPerMTok = Money.FromUsd(2m) };
        var usage = new TokenUsage { Input = 1_000, CachedInput = 900, CacheWrite = 50, Output = 1_000, Reasoning = 999 };
        Assert.Equal(Money.FromUsd(0.003m), CostCalculator.Cost(usage, plain));
    }

    [Theory]
    [InlineData(1, 499_999, 0)]
    [InlineData(1, 500_000, 1)]
    [InlineData(1, 1_499_999, 1)]
    [InlineData(3, 500_000, 2)]
    public void Cost_RoundsEachLineHalfUp(long tokens, long nanoPerMTok, long nano)
    {
        var price = new PriceQuote { Version = "test:3", InputPerMTok = Money.FromNano(nanoPerMTok), OutputPerMTok = Money.FromNano(nanoPerMTok) };
        Assert.Equal(nano, CostCalculator.Cost(new TokenUsage { Input = tokens }, price).Nano);
        Assert.Equal(2 * nano, CostCalculator.Cost(new TokenUsage { Input = tokens, Output = tokens }, price).Nano);
    }

    [Fact]
    public void Cost_UpstreamErrs_CutsPartsToTheirWhole()
    {
        var usage = new TokenUsage { Input = 10, CachedInput = 50, CacheWrite = 50, Output = -5, Reasoning = 7 };
        Assert.Equal(CostCalculator.Cost(new TokenUsage { Input = 10, CachedInput = 10 }, Price), CostCalculator.Cost(usage, Price));
    }

    [Fact]
    public void Cost_BeyondMoney_ThrowsInsteadOfWrapping()
    {
        var dear = new PriceQuote { Version = "test:4", InputPerMTok = Money.FromNano(long.MaxValue), OutputPerMTok = Money.Zero };
        Assert.Equal(long.MaxValue, CostCalculator.Cost(new TokenUsage { Input = 1_000_000 }, dear).Nano);
        Assert.Throws<OverflowException>(() => CostCalculator.Cost(new TokenUsage { Input = long.MaxValue }, dear));
    }

    [Fact]
    public void Cost_NeverNegative_AndNeverMoreThanTheDearestRate() =>
        Usage.Sample(usage =>
        {
            var cost = CostCalculator.Cost(usage, Price) - Price.PerRequest!.Value;
            var most = ((usage.Input * 3_750L) + (usage.Output * 20_000L)) + 5;
            return cost >= Money.Zero && cost.Nano <= most;
        });

    [Fact]
    public void Cost_GrowsWithTokens() =>
        Gen.Select(Usage, Gen.Long[0, 1_000]).Sample((usage, more) =>
            CostCalculator.Cost(usage with { Output = usage.Output + more }, Price) >= CostCalculator.Cost(usage, Price));
}
