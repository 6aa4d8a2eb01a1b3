namespace BeastOrleans.Simulator;

/// <summary>The latest requests, oldest first; bounded by count and by bytes of bodies, the oldest dropped.</summary>
public sealed class RequestLog
{
    private readonly Lock _gate = new();
    private readonly Queue<SimulatedRequest> _entries = new();
    private readonly List<Waiter> _waiters = [];
    private readonly int _maxEntries;
    private readonly long _maxBytes;
    private long _bytes;
    private long _dropped;

    internal RequestLog(int maxEntries, long maxBytes)
    {
        _maxEntries = maxEntries;
        _maxBytes = maxBytes;
    }

    public int Count
    {
        get { lock (_gate) { return _entries.Count; } }
    }

    public long Dropped
    {
        get { lock (_gate) { return _dropped; } }
    }

    public IReadOnlyList<SimulatedRequest> Snapshot()
    {
        lock (_gate)
        {
            return _entries.ToArray();
        }
    }

    public void Clear()
    {
        lock (_gate)
        {
            _entries.Clear();
            _bytes = 0;
        }
    }

    /// <summary>The first logged request that matches, waiting for it to arrive.</summary>
    public async Task<SimulatedRequest> WaitForAsync(Func<SimulatedRequest, bool> match, CancellationToken cancellationToken)
    {
        var waiter = new Waiter(match);
        lock (_gate)
        {
            if (_entries.FirstOrDefault(match) is { } found)
            {
                return found;
            }

            _waiters.Add(waiter);
        }

        try
        {
            return await waiter.Found.Task.WaitAsync(cancellationToken);
        }
        finally
        {
            lock (_gate)
            {
                _waiters.Remove(waiter);
            }
        }
    }

    internal void Add(SimulatedRequest entry)
    {
        lock (_gate)
        {
            _entries.Enqueue(entry);
            _bytes += SizeOf(entry);
            while (_entries.Count > _maxEntries || _bytes > _maxBytes)
            {
                _bytes -= SizeOf(_entries.Dequeue());
                _dropped++;
            }

            foreach (var waiter in _waiters)
            {
                if (waiter.Match(entry))
                {
                    waiter.Found.TrySetResult(entry);
                }
            }
        }
    }

    private static long SizeOf(SimulatedRequest entry) => sizeof(char) * (long)entry.Body.Length;

    private sealed record Waiter(Func<SimulatedRequest, bool> Match)
    {
        public TaskCompletionSource<SimulatedRequest> Found { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
