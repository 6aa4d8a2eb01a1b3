namespace BeastOrleans.Core.Usage.Leases;

/// <summary>Times and sizes of leases, on the gateway's side.</summary>
public static class LeaseRules
{
    /// <summary>A lease is not used so near to its end: what is reserved from it must not outlive it by much.</summary>
    public static readonly TimeSpan Fence = TimeSpan.FromSeconds(30);

    /// <summary>What is asked for lasts so long at the present rate of spending: longer than a database is usually away.</summary>
    public static readonly TimeSpan Cover = TimeSpan.FromSeconds(120);

    /// <summary>
    /// So long before a lease in use is used no more the next one is asked for, in the background: a database that goes away just
    /// then is back before anybody has to wait for it.
    /// </summary>
    public static readonly TimeSpan RenewBefore = TimeSpan.FromSeconds(90);

    /// <summary>At least so many attempts like the one that asks.</summary>
    public const int MinAttempts = 16;

    /// <summary>A lease unused for so long goes back.</summary>
    public static readonly TimeSpan IdleAfter = TimeSpan.FromSeconds(60);

    /// <summary>The same where the budget could not give all that was wanted: others wait for it.</summary>
    public static readonly TimeSpan IdleAfterWhenScarce = TimeSpan.FromMilliseconds(500);

    /// <summary>Spending of so long ago hardly counts for the rate.</summary>
    public static readonly TimeSpan RateMemory = TimeSpan.FromSeconds(10);

    /// <summary>When the next lease is asked for; never for a short one: the window ends with it, and so would the next.</summary>
    public static TimeSpan RenewAt(TimeSpan askedAt, TimeSpan validFor)
    {
        var usable = validFor - FenceOf(validFor);
        return usable > RenewBefore + RenewBefore ? askedAt + usable - RenewBefore : TimeSpan.MaxValue;
    }

    /// <summary>How long before its end a lease is used no more; less where it is short because the budget's window ends.</summary>
    public static TimeSpan FenceOf(TimeSpan validFor) => validFor / 10 < Fence ? validFor / 10 : Fence;
}
