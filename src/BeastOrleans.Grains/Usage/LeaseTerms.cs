using BeastOrleans.Contracts.Usage;

namespace BeastOrleans.Grains.Usage;

/// <summary>How much is lent and for how long.</summary>
internal static class LeaseTerms
{
    /// <summary>Gateways stop using a lease a while before its end, and return it as soon as they can.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(5);

    /// <summary>How long after its end a lease is waited for, before its gateway counts as gone and people are asked.</summary>
    public static readonly TimeSpan GapAfter = TimeSpan.FromMinutes(10);

    /// <summary>How long a closed lease is remembered, so that a repeated request gets the same answer.</summary>
    public static readonly TimeSpan RememberFor = TimeSpan.FromDays(1);

    /// <summary>The share of what is free that one lease takes at most, unless more is needed for a single request.</summary>
    private const int SharesOfFree = 16;

    /// <summary>
    /// The smaller the rest, the smaller the slice: money lent to one gateway is money that another cannot spend, and near the
    /// end of a budget that would refuse requests that could be paid.
    /// </summary>
    /// <param name="need">At least this.</param>
    /// <param name="free">Not less than <paramref name="need"/>.</param>
    public static Money AmountOf(Money need, Money want, Money free)
    {
        var share = free.Nano / SharesOfFree;
        return Money.FromNano(Math.Max(need.Nano, Math.Min(want.Nano, share)));
    }

    /// <param name="windowEnd">A lease is never good past its window.</param>
    public static DateTimeOffset EndOf(DateTimeOffset now, DateTimeOffset? windowEnd)
    {
        var end = now + Lifetime;
        return windowEnd is { } last && last < end ? last : end;
    }
}
