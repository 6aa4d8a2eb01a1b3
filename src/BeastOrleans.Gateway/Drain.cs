namespace BeastOrleans.Gateway;

/// <summary>
/// The end of a gateway's life. From <see cref="Begin"/> on clients are asked to connect elsewhere; at <see cref="End"/> whatever
/// is still under way is ended: streams by a typed event, the rest by an error that may be tried again.
/// </summary>
public sealed class Drain : IDisposable
{
    /// <summary>A power of two. Every request leaves and takes a registration: one source would be one lock for all of them.</summary>
    private const int Stripes = 64;

    private readonly CancellationTokenSource[] _ends = new CancellationTokenSource[Stripes];
    private volatile bool _hasBegun;
    private volatile bool _hasEnded;

    public Drain()
    {
        for (var i = 0; i < Stripes; i++)
        {
            _ends[i] = new CancellationTokenSource();
        }
    }

    public bool HasBegun => _hasBegun;

    public bool HasEnded => _hasEnded;

    /// <summary>Cancelled at <see cref="End"/>. Asked for by each request anew.</summary>
    internal CancellationToken Token => _ends[Environment.CurrentManagedThreadId & (Stripes - 1)].Token;

    public void Begin() => _hasBegun = true;

    public void End()
    {
        _hasBegun = true;
        _hasEnded = true;
        foreach (var end in _ends)
        {
            end.Cancel();
        }
    }

    public void Dispose()
    {
        foreach (var end in _ends)
        {
            end.Dispose();
        }
    }
}
