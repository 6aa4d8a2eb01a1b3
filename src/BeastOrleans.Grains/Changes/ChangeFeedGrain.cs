using BeastOrleans.Contracts.Changes;

namespace BeastOrleans.Grains.Changes;

/// <summary>
/// One shard of the change feed. Nothing is stored: a new activation has a new epoch, which tells every poller that news may
/// have been lost. All calls interleave, and a turn ends only where a poll waits, so no step needs a lock.
/// </summary>
[GrainType("change-feed")]
internal sealed class ChangeFeedGrain(TimeProvider time) : Grain, IChangeFeedGrain
{
    /// <summary>The most changes in one answer; a poller that gets so many polls on at once.</summary>
    internal const int MaxBatch = 512;

    /// <summary>The most polls that wait at a time. One more is answered at once, and asks again.</summary>
    internal const int MaxWaiters = 1024;

    private readonly Change[] _ring = new Change[IChangeFeedGrain.Capacity];

    // Random, not the clock: two activations within one tick must differ, and 0 means "no epoch yet".
    private readonly long _epoch = Random.Shared.NextInt64(1, long.MaxValue);

    private TaskCompletionSource _news = NewSource();
    private long _position;
    private int _waiters;

    public Task PublishAsync(Change[] changes)
    {
        if (changes.Length == 0)
        {
            return Task.CompletedTask;
        }

        foreach (var change in changes)
        {
            _ring[_position % _ring.Length] = change;
            _position++;
        }

        var waiting = _news;
        _news = NewSource();
        waiting.SetResult();
        return Task.CompletedTask;
    }

    public async Task<ChangeBatch> PollAsync(long epoch, long position, CancellationToken cancellationToken = default)
    {
        if (epoch == 0)
        {
            return Answer([]);
        }

        if (epoch != _epoch || position < _position - _ring.Length || position > _position)
        {
            return Answer([]) with { Resync = true };
        }

        if (position == _position && _waiters < MaxWaiters)
        {
            await WaitForNewsAsync(cancellationToken);
        }

        // A burst during the wait may have pushed out what this poller has not seen.
        return position < _position - _ring.Length ? Answer([]) with { Resync = true } : After(position);
    }

    private async Task WaitForNewsAsync(CancellationToken cancellationToken)
    {
        _waiters++;
        try
        {
            await _news.Task.WaitAsync(IChangeFeedGrain.MaxWait, time, cancellationToken);
        }
        catch (TimeoutException)
        {
            // No news is an answer too.
        }
        finally
        {
            _waiters--;
        }
    }

    private ChangeBatch After(long position)
    {
        var changes = new Change[Math.Min(_position - position, MaxBatch)];
        for (var i = 0; i < changes.Length; i++)
        {
            changes[i] = _ring[(position + i) % _ring.Length];
        }

        return Answer(changes) with { Position = position + changes.Length };
    }

    private ChangeBatch Answer(Change[] changes) => new() { Epoch = _epoch, Position = _position, Changes = changes };

    // Asynchronous continuations: a waiter must not run inside the publisher's turn.
    private static TaskCompletionSource NewSource() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
