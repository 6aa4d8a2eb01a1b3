using System.Globalization;
using BeastOrleans.Contracts.Usage;

namespace BeastOrleans.Core.Usage;

/// <summary>What was spent, what the displaced provider would have charged, and the difference.</summary>
public readonly record struct Savings
{
    public required Money Actual { get; init; }

    public required Money Baseline { get; init; }

    /// <summary>Negative when more was spent than the baseline.</summary>
    public required Money Amount { get; init; }

    /// <summary>Of the baseline, rounded half away from zero; 0 when the baseline is 0.</summary>
    public required int Percent { get; init; }

    /// <summary>E.g. <c>97%</c>.</summary>
    public string PercentText => Percent.ToString(CultureInfo.InvariantCulture) + "%";
}

public static class SavingsCalculator
{
    private const decimal Cent = 0.01m;

    public static Savings Compute(Money actual, Money baseline)
    {
        var amount = baseline - actual;
        return new Savings { Actual = actual, Baseline = baseline, Amount = amount, Percent = Percent(amount.Nano, baseline.Nano) };
    }

    /// <summary>Percent of <paramref name="part"/> in <paramref name="whole"/>, rounded half away from zero; 0 when the whole is 0.</summary>
    public static int Percent(long part, long whole)
    {
        if (whole == 0)
        {
            return 0;
        }

        var percent = decimal.Round((decimal)part * 100 / whole, MidpointRounding.AwayFromZero);
        return (int)Math.Clamp(percent, int.MinValue, int.MaxValue);
    }

    /// <summary>
    /// For people: <c>$29.00</c>. Below a cent up to six decimals, so that small amounts do not read as nothing:
    /// <c>$0.000012</c>, and <c>&lt;$0.000001</c> below that.
    /// </summary>
    public static string FormatUsd(Money amount)
    {
        var usd = amount.ToUsd();
        var size = Math.Abs(usd);
        var sign = usd < 0 ? "-" : "";
        if (size == 0 || size >= Cent)
        {
            return sign + "$" + decimal.Round(size, 2, MidpointRounding.AwayFromZero).ToString("0.00", CultureInfo.InvariantCulture);
        }

        var rounded = decimal.Round(size, 6, MidpointRounding.AwayFromZero);
        return rounded == 0 ? sign + "<$0.000001" : sign + "$" + rounded.ToString("0.00####", CultureInfo.InvariantCulture);
    }
}
