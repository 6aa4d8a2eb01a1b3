using BeastOrleans.Contracts.Endpoints;
using BeastOrleans.Core.Circuit;

namespace BeastOrleans.Gateway.Directory;

/// <content>
/// How long ago the endpoint's grain was heard, and what this process decides meanwhile. All that a healthy endpoint's
/// request reads here are two fields.
/// </content>
internal sealed partial class EndpointEntry
{
    /// <summary>How long a descriptor is used after news of it may have been lost.</summary>
    private static readonly TimeSpan UsableUnconfirmedFor = TimeSpan.FromMinutes(5);

    /// <summary>A grain that does not answer is not asked more often than this.</summary>
    private static readonly TimeSpan AskInterval = TimeSpan.FromSeconds(1);

    private LocalCircuit _local = LocalCircuit.Idle;
    private long _heardAt = usedAt;

    /// <summary>Timestamp since when news of this endpoint may have been lost; 0 = none was.</summary>
    private long _unconfirmedSince;

    private long _askedAt;
    private int _isAsking;
    private int _isSendingSuccesses;

    /// <summary>What this process knows beyond what the grain said.</summary>
    public LocalCircuit Local => Volatile.Read(ref _local);

    /// <summary>Closed for the cluster and for this process.</summary>
    public bool IsClosed => Circuit.State == CircuitState.Closed && Local.Breaker.State == CircuitState.Closed;

    public bool IsUnconfirmed => Volatile.Read(ref _unconfirmedSince) != 0;

    public TimeSpan HeardAgo(TimeProvider time) => time.GetElapsedTime(Volatile.Read(ref _heardAt));

    public bool IsStale(TimeProvider time) => HeardAgo(time) > CircuitRules.StaleAfter;

    /// <summary>
    /// The grain should be asked, in the background. A closed circuit of long ago needs no question: it is called, and the
    /// outcome's report is answered with the circuit.
    /// </summary>
    public bool NeedsHearing(TimeProvider time)
    {
        if (IsUnconfirmed)
        {
            return true;
        }

        var circuit = Circuit;
        return (Local.IsEngaged || circuit.State != CircuitState.Closed || circuit.HoldUntil is not null || circuit.SuspendedUntil is not null)
            && IsStale(time);
    }

    /// <summary>False when news may have been lost for so long that its descriptor must be read again first.</summary>
    public bool IsUsable(TimeProvider time) =>
        Volatile.Read(ref _unconfirmedSince) is var since && (since == 0 || time.GetElapsedTime(since) <= UsableUnconfirmedFor);

    /// <summary>News may have been lost: the endpoint is used on, and heard anew at its next use.</summary>
    public void MarkUnconfirmed(long now) => Interlocked.CompareExchange(ref _unconfirmedSince, now == 0 ? 1 : now, 0);

    /// <summary>The descriptor was read.</summary>
    public void Confirm() => Volatile.Write(ref _unconfirmedSince, 0);

    /// <summary>One question at a time, and not too often; <see cref="EndAsking"/> follows a true.</summary>
    public bool TryBeginAsking(TimeProvider time)
    {
        var askedAt = Volatile.Read(ref _askedAt);
        if ((askedAt != 0 && time.GetElapsedTime(askedAt) < AskInterval) || Interlocked.Exchange(ref _isAsking, 1) != 0)
        {
            return false;
        }

        Volatile.Write(ref _askedAt, time.GetTimestamp());
        return true;
    }

    public void EndAsking() => Volatile.Write(ref _isAsking, 0);

    /// <summary>One batch of successes at a time: while a grain does not answer they add up here instead of on the wire.</summary>
    public bool TryBeginSuccesses() => Interlocked.Exchange(ref _isSendingSuccesses, 1) == 0;

    public void EndSuccesses() => Volatile.Write(ref _isSendingSuccesses, 0);

    /// <summary>The grain spoke: its state wins over what this process thought alone.</summary>
    /// <param name="acknowledged">How many failures of this process it has now counted.</param>
    public void Heard(CircuitSnapshot circuit, long now, int acknowledged = 0)
    {
        Merge(circuit);
        Volatile.Write(ref _heardAt, now);
        if (Local.IsEngaged)
        {
            Change(static (local, count) => local.OnHeard(count), acknowledged);
        }
    }

    /// <summary>An attempt ended; <paramref name="report"/> carries the local generation and permit.</summary>
    public void Conclude(OutcomeReport report, DateTimeOffset now) =>
        Change(static (local, e) => local.OnReported(e.Report, e.Now, e.Jitter), (Report: report, Now: now, Jitter: Random.Shared.NextDouble()));

    /// <summary>The grain could not be asked for a permit.</summary>
    public void Unanswered() => Change(static (local, circuit) => local.OnUnanswered(circuit), Circuit);

    /// <summary>So many failures will not be acknowledged.</summary>
    public void GiveUp(int reports) => Change(static (local, count) => local.OnGivenUp(count), reports);

    /// <summary>A permit of this process's own; null when another of its requests holds one.</summary>
    public ProbePermit? AskLocally(CircuitEvent.PermitRequested asked, DateTimeOffset now)
    {
        while (true)
        {
            var known = Local;
            var next = known.OnPermitRequested(asked, now, out var permit);
            if (Interlocked.CompareExchange(ref _local, next, known) == known)
            {
                return permit;
            }
        }
    }

    private void Change<T>(Func<LocalCircuit, T, LocalCircuit> change, T argument)
    {
        while (true)
        {
            var known = Local;
            var next = change(known, argument);
            if (ReferenceEquals(next, known) || Interlocked.CompareExchange(ref _local, next, known) == known)
            {
                return;
            }
        }
    }
}
