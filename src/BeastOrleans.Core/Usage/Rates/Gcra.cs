namespace BeastOrleans.Core.Usage.Rates;

/// <summary>
/// The generic cell rate algorithm (ITU-T I.371) in its bucket form: a limit per minute that refills evenly and saves up to
/// <see cref="BurstOf"/>. Integers only: a level counts units x ticks of a minute, so that nothing is rounded away however often
/// it is looked at. May be overdrawn; what is owed is paid by waiting.
/// </summary>
public struct Gcra
{
    private const long Scale = TimeSpan.TicksPerMinute;

    private long _level;
    private TimeSpan _at;

    /// <param name="limit">Units per minute, 1 to 10,000,000,000.</param>
    /// <param name="now">Any clock that does not go back.</param>
    /// <param name="full">Begins with the burst saved, else with nothing.</param>
    public Gcra(long limit, TimeSpan now, bool full = true)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(limit, 10_000_000_000);
        Limit = limit;
        _at = now;
        _level = full ? BurstOf(limit) * Scale : 0;
    }

    public long Limit { get; private set; }

    public readonly long Burst => BurstOf(Limit);

    /// <summary>Whole units there are; negative = owed.</summary>
    public readonly long Available => _level >= 0 ? _level / Scale : -((-_level + Scale - 1) / Scale);

    /// <summary>Six seconds' worth, and at least one.</summary>
    public static long BurstOf(long limit) => Math.Max(1, limit / 10);

    /// <param name="now">A time before the last one changes nothing.</param>
    /// <param name="lent">Units in others' hands: together with them no more than the burst is saved.</param>
    public void Advance(TimeSpan now, long lent = 0)
    {
        if (now <= _at)
        {
            return;
        }

        // What was owed and what is saved are bounded, so a minute and its multiples need no larger numbers.
        var room = Math.Max(0, Burst - Math.Max(0, lent)) * Scale;
        var elapsed = (now - _at).Ticks;
        _at = now;
        while (elapsed > 0 && _level < room)
        {
            var part = Math.Min(elapsed, Scale / 2);
            elapsed -= part;
            _level = Math.Min(room, _level + (Limit * part));
        }
    }

    /// <summary>Takes that many, also when there are fewer. A negative count gives back.</summary>
    public void Take(long units) => _level = Math.Clamp(_level - (Math.Clamp(units, -MaxUnits, MaxUnits) * Scale), -MaxUnits * Scale, Burst * Scale);

    /// <summary>Until so many are there, with nobody else taking any; zero when they are.</summary>
    public readonly TimeSpan TimeUntil(long units)
    {
        var missing = (Math.Min(units, Burst) * Scale) - _level;
        return missing <= 0 ? TimeSpan.Zero : TimeSpan.FromTicks(((missing - 1) / Limit) + 1);
    }

    /// <summary>Another limit from now on; what is saved is kept as far as the new burst allows.</summary>
    public void Change(long limit, TimeSpan now)
    {
        Advance(now);
        Limit = limit;
        _level = Math.Min(_level, Burst * Scale);
    }

    /// <summary>Nothing is saved any more; what is owed stays owed.</summary>
    public void Drain() => _level = Math.Min(_level, 0);

    // Debts beyond this are forgiven, so that no number overflows: an eighth of the largest limit.
    private const long MaxUnits = 5_000_000_000;
}
