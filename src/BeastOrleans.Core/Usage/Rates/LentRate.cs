using BeastOrleans.Contracts.Metering;

namespace BeastOrleans.Core.Usage.Rates;

/// <summary>
/// One rate, lent to gateways by demand. What is lent has been taken from the one bucket before, and bucket and lent units
/// together never exceed the burst: so whatever messages are lost, in any window no more is spent than burst + rate x window.
/// </summary>
internal sealed class LentRate
{
    private const int Whole = 1_000_000;

    private readonly Dictionary<string, Borrower> _borrowers = new(StringComparer.Ordinal);
    private Gcra _bucket;

    public LentRate(long limit, TimeSpan now) => _bucket = new Gcra(limit, now);

    public void Change(long limit, TimeSpan now)
    {
        if (limit != _bucket.Limit)
        {
            _bucket.Change(limit, now);
        }
    }

    public void Drain() => _bucket.Drain();

    public void Forget(string gateway) => _borrowers.Remove(gateway);

    public RateGrant Ask(string gateway, RateAsk ask, TimeSpan now)
    {
        _bucket.Advance(now, Lent());
        var before = _borrowers.GetValueOrDefault(gateway);
        var kept = Math.Clamp(ask.Kept, 0, before.Lent);

        // Nobody gives back more than was lent; a debt is taken as it is.
        _bucket.Take(-Math.Min(ask.Returned, before.Lent - kept));
        var demand = Math.Max(0, Math.Max(ask.Demand, ask.Need));
        _borrowers[gateway] = new Borrower(kept, demand, before.Share);

        var available = Math.Max(0, _bucket.Available);
        var want = Math.Max(0, Math.Max(demand - kept, ask.Need - kept));
        var all = Demand();
        var fair = all == 0 ? 0 : (long)((((Int128)available * demand) + all - 1) / all);
        var amount = Math.Min(Math.Min(want, available), Math.Max(fair, ask.Need - kept <= available ? ask.Need - kept : 0));
        _bucket.Take(amount);

        var share = all == 0 ? 0 : (int)((Int128)Whole * demand / all);
        share = Math.Min(share, Whole - SharesOfOthers(gateway));
        _borrowers[gateway] = new Borrower(kept + amount, demand, share);
        return new RateGrant
        {
            Amount = amount,
            ShareMillionths = share,
            Left = _bucket.Available,
            RetryAfter = WaitFor(Math.Max(1, ask.Need - kept - amount)),
        };
    }

    // While lent units fill the burst nothing is saved, until their holder has reported that they are spent.
    private TimeSpan WaitFor(long units) =>
        _bucket.TimeUntil(units) + (_bucket.Burst - Lent() < units ? LimitState.ReportEvery : TimeSpan.Zero);

    private long Lent()
    {
        var sum = 0L;
        foreach (var (_, one) in _borrowers)
        {
            sum += one.Lent;
        }

        return sum;
    }

    private long Demand()
    {
        var sum = 0L;
        foreach (var (_, one) in _borrowers)
        {
            sum += one.Demand;
        }

        return sum;
    }

    private int SharesOfOthers(string gateway)
    {
        var sum = 0;
        foreach (var (other, one) in _borrowers)
        {
            sum += other == gateway ? 0 : one.Share;
        }

        return Math.Min(sum, Whole);
    }

    private readonly record struct Borrower(long Lent, long Demand, int Share);
}
