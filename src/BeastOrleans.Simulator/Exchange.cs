using System.Buffers;
using System.Text;

namespace BeastOrleans.Simulator;

/// <summary>One request on its way: what was asked, which behaviour applies, how it ended.</summary>
internal sealed class Exchange(HttpContext context, Dialect dialect, SimulatorState state)
{
    private SimulatedOutcome _outcome;

    public HttpContext Context { get; } = context;

    public Dialect Dialect { get; } = dialect;

    public SimulatorState State { get; } = state;

    public long Number { get; } = state.Counters.OnReceived();

    public SimulatorBehavior Behavior { get; set; } = state.Options.DefaultBehavior;

    public IncomingRequest Request { get; set; }

    public SimulatedRequest? Entry { get; private set; }

    public CancellationToken ClientLeft => Context.RequestAborted;

    /// <summary>Puts the request into the log and watches the client from here on.</summary>
    public CancellationTokenRegistration Log(in ReadOnlySequence<byte> body)
    {
        var kept = body.Slice(0, Math.Min(body.Length, State.Options.MaxLoggedBodyBytes));
        Entry = new SimulatedRequest
        {
            Number = Number,
            ReceivedAt = State.Options.TimeProvider.GetUtcNow(),
            Method = Context.Request.Method,
            Path = Context.Request.Path.Value + Context.Request.QueryString.Value,
            Headers = Context.Request.Headers.ToDictionary(header => header.Key.ToLowerInvariant(), header => header.Value.ToString(), StringComparer.OrdinalIgnoreCase),
            Body = Encoding.UTF8.GetString(kept),
            BodyTruncated = kept.Length < body.Length,
            Model = Request.Model?.Name ?? "",
            Stream = Request.Stream,
            ConnectionId = Context.Connection.Id,
        };
        State.Log.Add(Entry);
        return ClientLeft.Register(static exchange => ((Exchange)exchange!).OnAborted(), this);
    }

    /// <summary>
    /// Everything is handed to the connection. Called before the last flush: a client that holds the terminal event may
    /// close at once, and that is no abort.
    /// </summary>
    public void Complete() => Finish(SimulatedOutcome.Completed);

    /// <summary>Called before the simulator breaks the connection, so that the abort it causes is not blamed on the client.</summary>
    public void MarkCut() => Finish(SimulatedOutcome.CutBySimulator);

    public void Close()
    {
        if (_outcome == SimulatedOutcome.Pending && ClientLeft.IsCancellationRequested)
        {
            OnAborted();
        }

        Finish(SimulatedOutcome.Completed);
        State.Counters.OnFinished(Entry?.Outcome ?? _outcome, Context.Response.StatusCode);
    }

    private void OnAborted() => Finish(State.IsStopping ? SimulatedOutcome.CutBySimulator : SimulatedOutcome.ClientAborted);

    private void Finish(SimulatedOutcome outcome)
    {
        if (Interlocked.CompareExchange(ref _outcome, outcome, SimulatedOutcome.Pending) == SimulatedOutcome.Pending && Entry is { } entry)
        {
            entry.SetStatus(Context.Response.StatusCode);
            entry.TryFinish(outcome, State.Options.TimeProvider.GetUtcNow());
        }
    }
}
