using System.Threading.Channels;

namespace BeastOrleans.Gateway.Events;

/// <summary>One thing that happened.</summary>
/// <param name="Kind">The SSE event's name.</param>
/// <param name="User">Whom it concerns; null = the tenant.</param>
/// <param name="Data">Its JSON.</param>
internal sealed record FeedEvent(string Kind, string? User, object Data)
{
    public decimal CostUsd { get; init; }

    public decimal SavedUsd { get; init; }
}

/// <summary>One connection's queue. Bounded: who reads too slowly is let go, and nobody else waits for it.</summary>
internal sealed class EventListener(string? user)
{
    /// <summary>Events waiting to be written.</summary>
    public const int Capacity = 256;

    private readonly Channel<FeedEvent> _events = Channel.CreateBounded<FeedEvent>(new BoundedChannelOptions(Capacity) { SingleReader = true });
    private int _missed;

    public ChannelReader<FeedEvent> Events => _events.Reader;

    /// <summary>Events that found no room.</summary>
    public int Missed => Volatile.Read(ref _missed);

    /// <summary>False when there was no room: what is queued is still written, then the connection ends.</summary>
    public bool Offer(FeedEvent happened)
    {
        if (user is not null && happened.User is not null && happened.User != user)
        {
            return true;
        }

        if (_events.Writer.TryWrite(happened))
        {
            return true;
        }

        Interlocked.Increment(ref _missed);
        _events.Writer.TryComplete();
        return false;
    }
}
