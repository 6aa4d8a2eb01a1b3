using BeastOrleans.Contracts.Usage;
using CsCheck;
using Xunit;

namespace BeastOrleans.UnitTests.Identity;

public sealed class MoneyTests
{
    private static readonly Gen<Money> Amounts = Gen.Long[-1_000_000_000_000_000_000, 1_000_000_000_000_000_000].Select(Money.FromNano);

    [Fact]
    public void AddAndSubtract_AreInverse() => Gen.Select(Amounts, Amounts).Sample((a, b) => a + b - b == a && a + b == b + a && a - a == Money.Zero);

    [Fact]
    public void Order_IsThatOfNano() => Gen.Select(Amounts, Amounts).Sample((a, b) =>
        (a < b) == (a.Nano < b.Nano) && (a >= b) == !(a < b) && (a.CompareTo(b) > 0) == (a > b));

    [Fact]
    public void Usd_RoundTrips() => Amounts.Sample(a => Money.FromUsd(a.ToUsd()) == a);

    [Fact]
    public void Text_RoundTripsWithoutExponent() => Amounts.Sample(a =>
        Money.FromUsd(decimal.Parse(a.ToUsdString(), System.Globalization.CultureInfo.InvariantCulture)) == a
        && !a.ToUsdString().Contains('E', StringComparison.OrdinalIgnoreCase));

    [Fact]
    public void Overflow_Throws()
    {
        var most = Money.FromNano(long.MaxValue);
        Assert.Throws<OverflowException>(() => most + Money.FromNano(1));
        Assert.Throws<OverflowException>(() => Money.FromNano(long.MinValue) - Money.FromNano(1));
        Assert.Throws<OverflowException>(() => Money.FromUsd(10_000_000_000m));
    }

    [Theory]
    [InlineData("0.0000000005", 0)]
    [InlineData("0.0000000015", 2)]
    [InlineData("0.0000000025", 2)]
    [InlineData("1", 1_000_000_000)]
    public void FromUsd_RoundsHalfToEven(string usd, long nano) =>
        Assert.Equal(nano, Money.FromUsd(decimal.Parse(usd, System.Globalization.CultureInfo.InvariantCulture)).Nano);
}
