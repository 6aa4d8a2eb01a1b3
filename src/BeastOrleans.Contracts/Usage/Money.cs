using System.Globalization;

namespace BeastOrleans.Contracts.Usage;

/// <summary>An amount in integer nano-dollars (1 USD = 1,000,000,000), 64 bits, overflow checked.</summary>
[GenerateSerializer, Immutable, Alias("beast.Money")]
public readonly record struct Money : IComparable<Money>
{
    public const long NanoPerUsd = 1_000_000_000;

    private Money(long nano) => Nano = nano;

    public static Money Zero { get; }

    [Id(0)]
    public long Nano { get; init; }

    public static Money FromNano(long nano) => new(nano);

    /// <summary>Rounds half to even at the ninth decimal.</summary>
    /// <exception cref="OverflowException">Beyond about 9.2 billion dollars.</exception>
    public static Money FromUsd(decimal usd) => new(decimal.ToInt64(decimal.Round(usd * NanoPerUsd, MidpointRounding.ToEven)));

    public decimal ToUsd() => (decimal)Nano / NanoPerUsd;

    public static Money operator +(Money a, Money b) => new(checked(a.Nano + b.Nano));

    public static Money operator -(Money a, Money b) => new(checked(a.Nano - b.Nano));

    public static bool operator <(Money a, Money b) => a.Nano < b.Nano;

    public static bool operator >(Money a, Money b) => a.Nano > b.Nano;

    public static bool operator <=(Money a, Money b) => a.Nano <= b.Nano;

    public static bool operator >=(Money a, Money b) => a.Nano >= b.Nano;

    public static Money Add(Money left, Money right) => left + right;

    public static Money Subtract(Money left, Money right) => left - right;

    public int CompareTo(Money other) => Nano.CompareTo(other.Nano);

    /// <summary>Plain decimal dollars without an exponent, e.g. <c>0.000001</c>.</summary>
    public string ToUsdString() => ToUsd().ToString("0.#########", CultureInfo.InvariantCulture);

    public override string ToString() => "$" + ToUsdString();
}
