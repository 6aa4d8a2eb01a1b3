namespace BeastOrleans.Failover.Accounting;

/// <summary>Dollars per million tokens, in and out: the fallback costs thirty times the primary, so that a mistaken row shows.</summary>
internal static class Prices
{
    public const decimal PrimaryPerMTok = 1;
    public const decimal FallbackPerMTok = 30;
}
