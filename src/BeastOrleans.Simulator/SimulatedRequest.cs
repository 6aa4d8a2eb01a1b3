namespace BeastOrleans.Simulator;

/// <summary>How a logged request ended.</summary>
public enum SimulatedOutcome
{
    /// <summary>Still being answered.</summary>
    Pending,

    /// <summary>Everything the behaviour asked for was sent.</summary>
    Completed,

    /// <summary>The client left first.</summary>
    ClientAborted,

    /// <summary>The simulator broke the connection, as scripted or because it was stopped.</summary>
    CutBySimulator,
}

/// <summary>One request as the simulator saw it. Headers are kept with their values: keys sent here are fake.</summary>
public sealed class SimulatedRequest
{
    private readonly TaskCompletionSource _finished = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _gate = new();
    private SimulatedOutcome _outcome;
    private DateTimeOffset? _finishedAt;
    private int _eventsSent;
    private int _statusCode;

    /// <summary>1 for the first request of this simulator.</summary>
    public required long Number { get; init; }

    public required DateTimeOffset ReceivedAt { get; init; }

    public required string Method { get; init; }

    /// <summary>Path and query.</summary>
    public required string Path { get; init; }

    /// <summary>Names are lower case and compare without it; several values are joined by a comma.</summary>
    public required IReadOnlyDictionary<string, string> Headers { get; init; }

    public required string Body { get; init; }

    public required bool BodyTruncated { get; init; }

    public required string Model { get; init; }

    public required bool Stream { get; init; }

    /// <summary>Same for requests on one kept-alive connection.</summary>
    public required string ConnectionId { get; init; }

    public string? Authorization => Headers.GetValueOrDefault("authorization");

    public SimulatedOutcome Outcome
    {
        get { lock (_gate) { return _outcome; } }
    }

    public bool Completed => Outcome == SimulatedOutcome.Completed;

    /// <summary>The client left before the answer was complete.</summary>
    public bool Aborted => Outcome == SimulatedOutcome.ClientAborted;

    /// <summary>When the client's leaving was seen.</summary>
    public DateTimeOffset? AbortedAt => Aborted ? FinishedAt : null;

    public DateTimeOffset? FinishedAt
    {
        get { lock (_gate) { return _finishedAt; } }
    }

    /// <summary>Content events (deltas) written so far.</summary>
    public int EventsSent => Volatile.Read(ref _eventsSent);

    /// <summary>Status sent; 0 while none was.</summary>
    public int StatusCode => Volatile.Read(ref _statusCode);

    /// <summary>Completes with the outcome known. A client can hold the whole answer slightly before.</summary>
    public Task WhenFinished => _finished.Task;

    internal void CountEvent() => Interlocked.Increment(ref _eventsSent);

    internal void SetStatus(int statusCode) => Volatile.Write(ref _statusCode, statusCode);

    /// <summary>The first outcome stands: an abort that our own cut causes is no client abort.</summary>
    internal bool TryFinish(SimulatedOutcome outcome, DateTimeOffset now)
    {
        lock (_gate)
        {
            if (_outcome != SimulatedOutcome.Pending)
            {
                return false;
            }

            _outcome = outcome;
            _finishedAt = now;
        }

        _finished.TrySetResult();
        return true;
    }
}
