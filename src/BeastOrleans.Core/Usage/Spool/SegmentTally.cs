namespace BeastOrleans.Core.Usage.Spool;

/// <summary>
/// How much in a segment is still needed: one hold for each attempt begun in it until the ledger has it, one for each row in
/// it. A sealed segment takes no more holds; the release of the last one says so, once, to whoever then deletes it. One
/// atomic word, so that requests share no lock.
/// </summary>
public sealed class SegmentTally
{
    private const long Sealed = 1L << 62;

    private long _state;

    private SegmentTally(long state) => _state = state;

    public int Held => (int)(Volatile.Read(ref _state) & ~Sealed);

    public bool IsSealed => (Volatile.Read(ref _state) & Sealed) != 0;

    public static SegmentTally Open() => new(0);

    /// <summary>Of a segment that was found: nothing is added to it any more.</summary>
    public static SegmentTally Recovered(int held) => new(Sealed | (long)held);

    /// <returns>False when it is sealed.</returns>
    public bool TryHold()
    {
        var state = Volatile.Read(ref _state);
        while ((state & Sealed) == 0)
        {
            var seen = Interlocked.CompareExchange(ref _state, state + 1, state);
            if (seen == state)
            {
                return true;
            }

            state = seen;
        }

        return false;
    }

    /// <returns>True, once, when nothing in it is needed any more.</returns>
    public bool Release()
    {
        var state = Interlocked.Decrement(ref _state);
        return state switch
        {
            < 0 => throw new InvalidOperationException("A segment was released more often than it was held."),
            Sealed => true,
            Sealed - 1 => throw new InvalidOperationException("A segment was released more often than it was held."),
            _ => false,
        };
    }

    /// <returns>True when nothing in it is needed any more.</returns>
    public bool Seal() => Interlocked.Or(ref _state, Sealed) == 0;
}
