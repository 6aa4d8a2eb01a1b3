using BeastOrleans.Contracts.Endpoints;

namespace BeastOrleans.Gateway.Directory;

/// <summary>What this process knows of one endpoint: how to call it, its circuit, and what it learned by calling.</summary>
/// <param name="view">As its grain told it.</param>
/// <param name="usedAt">Timestamp of now.</param>
internal sealed partial class EndpointEntry(EndpointView view, long usedAt)
{
    private const int CountBits = 24;
    private const long CountMask = (1L << CountBits) - 1;

    private EndpointView _view = view;
    private long _usedAt = usedAt;
    private long _pendingSuccesses;
    private int _refusesStreamOptions;
    private int _tellsNoUsage;

    public EndpointDescriptor Descriptor => Volatile.Read(ref _view).Descriptor;

    /// <summary>The cluster's circuit as last heard.</summary>
    public CircuitSnapshot Circuit => Volatile.Read(ref _view).Circuit;

    /// <summary>The upstream refused <c>stream_options</c> once: not asked again by this process.</summary>
    public bool RefusesStreamOptions => Volatile.Read(ref _refusesStreamOptions) != 0;

    public void RememberStreamOptionsRefused() => Volatile.Write(ref _refusesStreamOptions, 1);

    /// <summary>Its last finished stream came without usage: of the next the text is kept, so that its tokens can be counted.</summary>
    public bool TellsNoUsageInStreams => Volatile.Read(ref _tellsNoUsage) != 0;

    /// <summary>A stream has finished.</summary>
    public void NoteUsageInStream(bool told)
    {
        // Read before write: an ordinary endpoint's word is never written.
        if (TellsNoUsageInStreams == told)
        {
            Volatile.Write(ref _tellsNoUsage, told ? 0 : 1);
        }
    }

    /// <summary>Timestamp of the last use; a model idle for minutes may be cold.</summary>
    public long UsedAt => Volatile.Read(ref _usedAt);

    public void Touch(long now) => Volatile.Write(ref _usedAt, now);

    /// <summary>Counts a success to be reported with the next batch. One of an older generation than those counted is a straggler and changes nothing.</summary>
    public void AddSuccess(long generation)
    {
        // Generation and count share one word, so that they are always taken together: 40 bits and 24 bits.
        while (true)
        {
            var packed = Volatile.Read(ref _pendingSuccesses);
            var known = packed >> CountBits;
            if (generation < known)
            {
                return;
            }

            var next = generation == known && (packed & CountMask) < CountMask ? packed + 1 : (generation << CountBits) | 1;
            if (Interlocked.CompareExchange(ref _pendingSuccesses, next, packed) == packed)
            {
                return;
            }
        }
    }

    public (long Generation, int Count) TakeSuccesses()
    {
        if ((Volatile.Read(ref _pendingSuccesses) & CountMask) == 0)
        {
            return default;
        }

        while (true)
        {
            var packed = Volatile.Read(ref _pendingSuccesses);
            if (Interlocked.CompareExchange(ref _pendingSuccesses, packed & ~CountMask, packed) == packed)
            {
                return (packed >> CountBits, (int)(packed & CountMask));
            }
        }
    }

    /// <summary>Takes a newer circuit; an older one of the same epoch is dropped, for news may overtake each other.</summary>
    public void Merge(CircuitSnapshot circuit)
    {
        while (true)
        {
            var known = Volatile.Read(ref _view);
            if (circuit.Epoch == known.Circuit.Epoch && circuit.Version <= known.Circuit.Version)
            {
                return;
            }

            var next = new EndpointView { Descriptor = known.Descriptor, Circuit = circuit };
            if (Interlocked.CompareExchange(ref _view, next, known) == known)
            {
                if (circuit.Epoch != known.Circuit.Epoch)
                {
                    ForgetSuccesses();
                }

                return;
            }
        }
    }

    /// <summary>Takes another registration, unless a newer one is known.</summary>
    public void Replace(EndpointView fresh)
    {
        EndpointView known;
        do
        {
            known = Volatile.Read(ref _view);
            if (fresh.Descriptor.Version <= known.Descriptor.Version)
            {
                return;
            }
        }
        while (Interlocked.CompareExchange(ref _view, fresh, known) != known);

        Volatile.Write(ref _refusesStreamOptions, 0);
        Volatile.Write(ref _tellsNoUsage, 0);
        ForgetSuccesses();
    }

    // Generations start anew with another activation or registration: the known one must not make stragglers of them all.
    private void ForgetSuccesses() => Volatile.Write(ref _pendingSuccesses, 0);
}
