using BeastOrleans.Contracts.Metering;

namespace BeastOrleans.Core.Usage.Rates;

/// <summary>
/// What a gateway holds of one rate: units lent for three seconds, spent without asking anybody. When nobody lends any more it
/// goes on with the part it last had; when nobody ever did, with the whole limit. Not thread-safe.
/// </summary>
/// <param name="limit">Units per minute.</param>
/// <param name="now">Any clock that does not go back.</param>
public sealed class RateShare(long limit, TimeSpan now)
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);

    private TimeSpan _since = now;
    private TimeSpan _validUntil = now;
    private TimeSpan _retryAt = now;
    private TimeSpan _askedAt = now;
    private long _balance;
    private long _seen;
    private long _demand;
    private long _need;
    private long _left;
    private long _debtSent;
    private long _spentAlone;
    private int? _share;
    private bool _silent;
    private Gcra? _alone;

    public long Limit { get; } = limit;

    /// <summary>There is nothing to report: nothing held, nothing asked for.</summary>
    public bool IsIdle => _balance == 0 && _seen == 0 && _demand == 0;

    /// <summary>Nobody lends to it just now.</summary>
    public bool IsAlone => _alone is not null;

    /// <summary>Units that could be spent, held here or not lent yet, as far as is known.</summary>
    public long Remaining => Math.Clamp(_alone is { } alone ? alone.Available : _balance + Math.Max(0, _left), 0, Gcra.BurstOf(Limit));

    /// <summary>Until the whole burst is there again.</summary>
    public TimeSpan FullAfter => TimeSpan.FromMinutes((double)(Gcra.BurstOf(Limit) - Remaining) / Limit);

    /// <summary>Until a refused request may come again.</summary>
    public TimeSpan RetryAfter(long cost, TimeSpan now) =>
        _alone is { } alone ? alone.TimeUntil(cost) : _retryAt > now ? _retryAt - now : TimeSpan.Zero;

    /// <summary>Whether so many can be spent. More than the burst need only the burst; the rest is owed.</summary>
    public bool CanTake(long cost, TimeSpan now)
    {
        Expire(now);
        if (_seen == 0 && _demand == 0)
        {
            // After a pause: the demand is that of now.
            _since = now;
        }

        return _alone is { } alone ? alone.Available >= Math.Min(cost, alone.Burst) : _balance >= NeedOf(cost);
    }

    public void Take(long cost)
    {
        _seen += cost;
        Spend(cost);
    }

    /// <summary>Whoever lends had at least so many left when it was last asked.</summary>
    public bool MayHaveMore(long cost) => _left >= NeedOf(cost);

    /// <summary>A request lacks so many: they count as demand, once, and nothing is taken.</summary>
    public void Missed(long cost, bool again)
    {
        _seen += again ? 0 : cost;
        _need = Math.Max(_need, NeedOf(cost));
    }

    /// <summary>The real count differs from what was taken. What was too little is owed, what was too much comes back.</summary>
    public void Correct(long difference)
    {
        _seen = Math.Max(0, _seen + difference);
        Spend(difference);
        _balance = Math.Min(_balance, Gcra.BurstOf(Limit));
    }

    /// <summary>What to report now. What is no longer needed is not held from here on.</summary>
    public RateAsk BeginAsk(TimeSpan now)
    {
        Expire(now);
        _askedAt = now;
        var elapsed = now - _since;
        if (elapsed >= Period)
        {
            _demand = (long)Math.Ceiling(_seen / elapsed.TotalSeconds);
            _seen = 0;
            _since = now;
        }

        var demand = Math.Max(_demand, _seen);
        demand += demand / 4;
        var kept = Math.Clamp(_balance, 0, demand);
        var ask = new RateAsk { Kept = kept, Returned = _balance - kept, Demand = demand, Need = _need };
        _debtSent = Math.Min(0, ask.Returned);
        _balance = kept;
        _need = 0;
        return ask;
    }

    public void OnGrant(RateGrant grant, TimeSpan now)
    {
        // What was spent alone was lent by nobody: it is owed, as far as it can have been of this burst.
        _balance += grant.Amount - Math.Min(_spentAlone, Gcra.BurstOf(Limit));
        (_alone, _silent, _debtSent, _spentAlone) = (null, false, 0, 0);
        _left = grant.Left;
        _share = grant.ShareMillionths;
        _validUntil = _askedAt + LimitState.SilentAfter;
        _retryAt = now + grant.RetryAfter;
    }

    /// <summary>The ask is given up: its answer, should it come, is not used. What is owed stays owed.</summary>
    public void OnSilence(TimeSpan now)
    {
        _silent = true;
        _balance += _debtSent;
        _debtSent = 0;
        Expire(now);
    }

    /// <summary>A request waited for an answer in vain: from here on the last share is used, without waiting for the end of what was lent.</summary>
    public void GoAlone(TimeSpan now)
    {
        if (_alone is null)
        {
            Start(now);
        }
    }

    private void Start(TimeSpan now)
    {
        if (_share is not { } share)
        {
            _alone = new Gcra(Limit, now);
            return;
        }

        // A share of nothing is still a unit a minute: nobody is shut out for as long as nobody answers. It begins with a
        // second's worth: enough to go on without a gap, too little to matter.
        var rate = Math.Max(1, (long)((Int128)Limit * share / 1_000_000));
        var alone = new Gcra(rate, now, full: false);
        alone.Take(-Math.Max(1, rate / 60));
        _alone = alone;
    }

    private long NeedOf(long cost) => Math.Min(cost, Gcra.BurstOf(Limit));

    private void Spend(long units)
    {
        if (_alone is { } alone)
        {
            alone.Take(units);
            _alone = alone;
            _spentAlone = Math.Max(0, _spentAlone + units);
        }
        else
        {
            _balance -= units;
        }
    }

    private void Expire(TimeSpan now)
    {
        if (_alone is { } alone)
        {
            alone.Advance(now);
            _alone = alone;
        }
        else if (now >= _validUntil)
        {
            _balance = Math.Min(0, _balance);
            if (_silent)
            {
                Start(now);
            }
        }
    }
}
