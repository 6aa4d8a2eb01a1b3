namespace BeastOrleans.Gateway.Forwarding;

/// <summary>Which of our limits ended an attempt.</summary>
internal enum Limit
{
    None = 0,

    /// <summary>The whole answer, where it is not streamed live.</summary>
    Answer = 1,

    /// <summary>The first content of a stream.</summary>
    FirstContent = 2,

    /// <summary>The next content of a stream.</summary>
    Idle = 3,

    /// <summary>The request's deadline.</summary>
    Deadline = 4,

    /// <summary>The caller's own, shorter deadline: no endpoint is to blame.</summary>
    Caller = 5,

    /// <summary>This process is being stopped and has waited long enough.</summary>
    Drain = 6,
}

/// <summary>
/// One attempt's clock: cancels its token when the armed limit, the whole answer's or the request's deadline passes,
/// or the client goes away, and can tell afterwards which it was.
/// </summary>
internal sealed class AttemptTimer : IDisposable
{
    /// <summary>A content restarts the idle limit only when this share of it has gone: a timer is not moved for every token.</summary>
    private const int IdleSteps = 32;

    private readonly CancellationTokenSource _source;
    private readonly CancellationToken _client;
    private readonly CancellationToken _drain;
    private readonly CancellationTokenRegistration _clientGone;
    private readonly CancellationTokenRegistration _drained;
    private readonly TimeProvider _time;
    private readonly Deadline _deadline;
    private readonly TimeSpan? _whole;
    private readonly long _startedAt;
    private Limit _armed;
    private long _idleArmedAt;

    /// <param name="whole">For the whole answer; null = unlimited.</param>
    public AttemptTimer(TimeProvider time, Deadline deadline, TimeSpan? whole, CancellationToken client, CancellationToken drain)
    {
        _source = new CancellationTokenSource(Timeout.InfiniteTimeSpan, time);
        _client = client;
        _drain = drain;
        _time = time;
        _deadline = deadline;
        _whole = whole;
        _startedAt = time.GetTimestamp();
        _clientGone = client.UnsafeRegister(static source => ((CancellationTokenSource)source!).Cancel(), _source);
        _drained = drain.UnsafeRegister(static source => ((CancellationTokenSource)source!).Cancel(), _source);
    }

    public CancellationToken Token => _source.Token;

    public bool ClientGone => _client.IsCancellationRequested;

    /// <summary>The length of the limit that is armed.</summary>
    public TimeSpan ArmedFor { get; private set; }

    /// <summary>Which limit fired; <see cref="Limit.None"/> when the client went away instead.</summary>
    public Limit Fired => ClientGone ? Limit.None : _drain.IsCancellationRequested ? Limit.Drain : _armed;

    /// <summary>Starts the clock for a limit; the whole answer's or the request's deadline takes its place when it comes first.</summary>
    public void Arm(Limit limit, TimeSpan after)
    {
        (_armed, ArmedFor) = (limit, after);
        var due = after;
        if (_whole is { } whole && whole - _time.GetElapsedTime(_startedAt) is var rest && rest < due)
        {
            (_armed, ArmedFor, due) = (Limit.Answer, whole, rest);
        }

        if (_deadline.Remaining is var remaining && remaining < due)
        {
            (_armed, ArmedFor, due) = (_deadline.IsCallers ? Limit.Caller : Limit.Deadline, remaining, remaining);
        }

        _source.CancelAfter(due > TimeSpan.Zero ? due : TimeSpan.Zero);
    }

    /// <summary>Starts the clock for the whole answer alone.</summary>
    public void ArmWhole() => Arm(Limit.Answer, _whole!.Value);

    /// <summary>
    /// Starts the clock anew for a stream past its commit, where the deadline no longer counts. It fires up to a
    /// thirty-second late, never early.
    /// </summary>
    public void ArmPastCommit(TimeSpan after)
    {
        var now = _time.GetTimestamp();
        var slack = after / IdleSteps;
        if (_idleArmedAt != 0 && ArmedFor == after && _time.GetElapsedTime(_idleArmedAt, now) < slack)
        {
            return;
        }

        (_armed, ArmedFor, _idleArmedAt) = (Limit.Idle, after, now);
        _source.CancelAfter(after + slack);
    }

    /// <summary>Stops the clock; only the client's leaving, or the end of a drain, cancels now.</summary>
    public void Pause()
    {
        _idleArmedAt = 0;
        _source.CancelAfter(Timeout.InfiniteTimeSpan);
    }

    public void Dispose()
    {
        _clientGone.Dispose();
        _drained.Dispose();
        _source.Dispose();
    }
}
