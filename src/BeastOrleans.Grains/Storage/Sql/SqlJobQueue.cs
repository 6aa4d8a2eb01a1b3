using System.Diagnostics.CodeAnalysis;
using System.Threading.Channels;

namespace BeastOrleans.Grains.Storage.Sql;

/// <summary>
/// A bounded queue that callers enter asynchronously and dedicated threads leave by blocking: a semaphore counts the jobs,
/// so that a thread waits without a pool thread to wake it (the pool may be the very thing that is starved).
/// </summary>
#pragma warning disable CA1001 // The semaphore holds no handle, and a caller may still be counting its job in while the database closes.
internal sealed class SqlJobQueue(int capacity, int consumers)
#pragma warning restore CA1001
{
    private readonly Channel<SqlJob> _channel = Channel.CreateBounded<SqlJob>(
        new BoundedChannelOptions(capacity) { FullMode = BoundedChannelFullMode.Wait, SingleReader = consumers == 1 });

    private readonly SemaphoreSlim _available = new(0);

    public int Count => _channel.Reader.Count;

    /// <summary>Enters a job, waiting for a place, and then for what it gives.</summary>
    /// <exception cref="ObjectDisposedException">The database is closing.</exception>
    public async Task<T> RunAsync<T>(SqlJob<T> job, CancellationToken cancellationToken)
    {
        try
        {
            await _channel.Writer.WriteAsync(job, cancellationToken);
        }
        catch (ChannelClosedException)
        {
            throw new ObjectDisposedException(nameof(ISqlDatabase), "The database is closing: nothing more can be read or written.");
        }

        _available.Release();
        return await job.Task;
    }

    /// <summary>No job enters any more; those inside are still handed out.</summary>
    public void Close()
    {
        if (_channel.Writer.TryComplete())
        {
            _available.Release(consumers);
        }
    }

    /// <summary>Blocks until there is a job; false when the queue is closed and empty.</summary>
    public bool TryTake([NotNullWhen(true)] out SqlJob? job)
    {
        _available.Wait();
        return _channel.Reader.TryRead(out job);
    }

    /// <summary>Takes the next job only if it is there already and may share a commit. For a single consumer.</summary>
    public bool TryTakeGroupable([NotNullWhen(true)] out SqlJob? job)
    {
        job = null;
        return _channel.Reader.TryPeek(out var next)
            && next.Groupable
            && _available.Wait(0)
            && _channel.Reader.TryRead(out job);
    }
}
