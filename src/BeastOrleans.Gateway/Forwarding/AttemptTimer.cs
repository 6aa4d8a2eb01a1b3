using BeastOrleans.Gateway.Errors;

namespace BeastOrleans.Gateway.Forwarding;

/// <summary>Which of our limits ended an attempt.</summary>
internal enum Limit
{
    None = 0,

    /// <summary>The whole answer of a request that does not stream.</summary>
    Answer = 1,

    /// <summary>The first content of a stream.</summary>
    FirstContent = 2,

    /// <summary>The next content of a stream.</summary>
    Idle = 3,

    /// <summary>The request's deadline.</summary>
    Deadline = 4,

    /// <summary>The caller's own, shorter deadline: no endpoint is to blame.</summary>
    Caller = 5,
}

/// <summary>
/// One attempt's clock: cancels its token when the armed limit or the request's deadline passes, or the client goes
/// away, and can tell afterwards which it was.
/// </summary>
internal sealed class AttemptTimer : IDisposable
{
    private readonly CancellationTokenSource _source;
    private readonly CancellationTokenRegistration _clientGone;
    private readonly CancellationToken _client;
    private readonly Deadline _deadline;
    private Limit _armed;

    public AttemptTimer(TimeProvider time, Deadline deadline, CancellationToken client)
    {
        _source = new CancellationTokenSource(Timeout.InfiniteTimeSpan, time);
        _client = client;
        _deadline = deadline;
        _clientGone = client.UnsafeRegister(static source => ((CancellationTokenSource)source!).Cancel(), _source);
    }

    public CancellationToken Token => _source.Token;

    public bool ClientGone => _client.IsCancellationRequested;

    public TimeSpan ArmedFor { get; private set; }

    /// <summary>Starts the clock for a limit; the request's deadline takes its place when it comes first.</summary>
    public void Arm(Limit limit, TimeSpan after)
    {
        var rest = _deadline.Remaining;
        (_armed, ArmedFor) = rest < after ? (_deadline.IsCallers ? Limit.Caller : Limit.Deadline, rest) : (limit, after);
        _source.CancelAfter(ArmedFor > TimeSpan.Zero ? ArmedFor : TimeSpan.Zero);
    }

    /// <summary>Starts the clock anew for a stream past its commit, where the deadline no longer counts.</summary>
    public void ArmPastCommit(TimeSpan after)
    {
        (_armed, ArmedFor) = (Limit.Idle, after);
        _source.CancelAfter(after);
    }

    /// <summary>Stops the clock; only the client's leaving cancels now.</summary>
    public void Pause() => _source.CancelAfter(Timeout.InfiniteTimeSpan);

    /// <summary>Which limit fired; <see cref="Limit.None"/> when the client went away instead.</summary>
    public Limit Fired => ClientGone ? Limit.None : _armed;

    public void Dispose()
    {
        _clientGone.Dispose();
        _source.Dispose();
    }
}

/// <summary>The moment at which a request must have been committed.</summary>
internal readonly struct Deadline(TimeProvider time, TimeSpan limit, bool isCallers)
{
    private readonly long _startedAt = time.GetTimestamp();

    /// <summary>The caller's own limit, shorter than ours.</summary>
    public bool IsCallers { get; } = isCallers;

    public TimeSpan Limit { get; } = limit;

    public TimeSpan Remaining => Limit - time.GetElapsedTime(_startedAt);

    public bool Passed => Remaining <= TimeSpan.Zero;

    public GatewayError ToError(IReadOnlyList<AttemptRecord> attempts) =>
        new(504, "timeout_error", "deadline_exceeded", $"No candidate answered within {Limit.TotalSeconds:0.###} s.") { Attempts = attempts };
}
