namespace BeastOrleans.Simulator;

/// <summary>Counters since the start, kept over a restart.</summary>
public sealed record SimulatorStats
{
    /// <summary>Requests on the model routes; the control routes do not count.</summary>
    public required long Received { get; init; }

    public required long Active { get; init; }

    public required long Completed { get; init; }

    public required long ClientAborted { get; init; }

    public required long CutBySimulator { get; init; }

    /// <summary>Answers with a status of 400 and above.</summary>
    public required long Errors { get; init; }

    public required long Streams { get; init; }

    /// <summary>Requests by model name; bounded, the rest under an empty name.</summary>
    public required IReadOnlyDictionary<string, long> ByModel { get; init; }
}

/// <summary>The live side of <see cref="SimulatorStats"/>.</summary>
internal sealed class SimulatorCounters
{
    private long _received;
    private long _completed;
    private long _clientAborted;
    private long _cut;
    private long _errors;
    private long _streams;

    public long OnReceived() => Interlocked.Increment(ref _received);

    public void OnStream() => Interlocked.Increment(ref _streams);

    public void OnFinished(SimulatedOutcome outcome, int statusCode)
    {
        switch (outcome)
        {
            case SimulatedOutcome.ClientAborted:
                Interlocked.Increment(ref _clientAborted);
                break;
            case SimulatedOutcome.CutBySimulator:
                Interlocked.Increment(ref _cut);
                break;
            default:
                Interlocked.Increment(ref _completed);
                break;
        }

        if (statusCode >= 400)
        {
            Interlocked.Increment(ref _errors);
        }
    }

    public SimulatorStats Snapshot(ModelCatalog models)
    {
        // Ends are read before starts, so that Active is never negative.
        var completed = Interlocked.Read(ref _completed);
        var aborted = Interlocked.Read(ref _clientAborted);
        var cut = Interlocked.Read(ref _cut);
        var received = Interlocked.Read(ref _received);
        return new SimulatorStats
        {
            Received = received,
            Active = received - completed - aborted - cut,
            Completed = completed,
            ClientAborted = aborted,
            CutBySimulator = cut,
            Errors = Interlocked.Read(ref _errors),
            Streams = Interlocked.Read(ref _streams),
            ByModel = models.RequestsByModel(),
        };
    }
}
