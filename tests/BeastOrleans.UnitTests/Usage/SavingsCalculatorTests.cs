using BeastOrleans.Contracts.Usage;
using BeastOrleans.Core.Usage;
using Xunit;

namespace BeastOrleans.UnitTests.Usage;

public sealed class SavingsCalculatorTests
{
    private static readonly PriceQuote Custom = Flat(1m);
    private static readonly PriceQuote Provider = Flat(30m);
    private static readonly TokenUsage Thousand = new() { Input = 600, Output = 400, Source = UsageSource.Reported };

    [Theory]
    [InlineData(1_000, 0, "$1.00", "$30.00", "$29.00", "97%")]
    [InlineData(950, 50, "$2.45", "$30.00", "$27.55", "92%")]
    public void SeedCalculations_ComeOutExactly(int byCustom, int byProvider, string actual, string baseline, string saved, string percent)
    {
        var spent = Money.Zero;
        var displaced = Money.Zero;
        for (var i = 0; i < byCustom + byProvider; i++)
        {
            spent += CostCalculator.Cost(Thousand, i < byCustom ? Custom : Provider);
            displaced += CostCalculator.Cost(Thousand, Provider);
        }

        var savings = SavingsCalculator.Compute(spent, displaced);

        Assert.Equal(actual, SavingsCalculator.FormatUsd(savings.Actual));
        Assert.Equal(baseline, SavingsCalculator.FormatUsd(savings.Baseline));
        Assert.Equal(saved, SavingsCalculator.FormatUsd(savings.Amount));
        Assert.Equal(percent, savings.PercentText);
    }

    [Theory]
    [InlineData("0", "$0.00")]
    [InlineData("0.5", "$0.50")]
    [InlineData("0.02", "$0.02")]
    [InlineData("29", "$29.00")]
    [InlineData("1234567.895", "$1234567.90")]
    [InlineData("0.01", "$0.01")]
    [InlineData("0.0099999999", "$0.01")]
    [InlineData("0.005", "$0.005")]
    [InlineData("0.000012", "$0.000012")]
    [InlineData("0.0000004", "<$0.000001")]
    [InlineData("-0.05", "-$0.05")]
    [InlineData("-0.0012", "-$0.0012")]
    public void FormatUsd_ReadsWell(string usd, string text) =>
        Assert.Equal(text, SavingsCalculator.FormatUsd(Money.FromUsd(decimal.Parse(usd, System.Globalization.CultureInfo.InvariantCulture))));

    [Theory]
    [InlineData(95, 100, 95)]
    [InlineData(1, 200, 1)]
    [InlineData(-1, 200, -1)]
    [InlineData(1, 201, 0)]
    [InlineData(5, 0, 0)]
    [InlineData(-50, 100, -50)]
    [InlineData(long.MaxValue, 1, int.MaxValue)]
    public void Percent_RoundsHalfAwayFromZero(long part, long whole, int percent) => Assert.Equal(percent, SavingsCalculator.Percent(part, whole));

    private static PriceQuote Flat(decimal usdPerMTok) =>
        new() { Version = "test:1", InputPerMTok = Money.FromUsd(usdPerMTok), OutputPerMTok = Money.FromUsd(usdPerMTok) };
}
