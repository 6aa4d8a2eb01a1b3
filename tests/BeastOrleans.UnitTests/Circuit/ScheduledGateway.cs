using BeastOrleans.Contracts.Endpoints;
using BeastOrleans.Core.Circuit;
using static BeastOrleans.UnitTests.Circuit.CircuitSchedule;

namespace BeastOrleans.UnitTests.Circuit;

/// <summary>One gateway of a schedule: what it last heard, its local circuit, and the laws of both.</summary>
internal sealed class ScheduledGateway(LocalBehavior behavior)
{
    private readonly Dictionary<string, DateTimeOffset> _liveProbes = [];
    private DateTimeOffset _heardAt;
    private int _permits;

    public CircuitSnapshot Seen { get; private set; } = CircuitSnapshot.Initial;

    public LocalCircuit Local { get; private set; } = LocalCircuit.Idle;

    /// <summary>Grows with every crash: what an earlier life sent is answered to nobody.</summary>
    public int Life { get; private set; }

    public DateTimeOffset CutOffUntil { get; set; }

    public bool WantsNews(DateTimeOffset now) =>
        (Local.IsEngaged || Seen.State != CircuitState.Closed || Seen.HoldUntil is not null) && now - _heardAt > CircuitRules.StaleAfter;

    /// <summary>Whether a call may be made without a permit.</summary>
    public bool IsPassing(DateTimeOffset now) => Local.Evaluate(Seen, now, descriptorVersion: 0).Kind == LocalAdmissionKind.Pass;

    public void Crash(CircuitSnapshot readAtStart, DateTimeOffset now)
    {
        Life++;
        Seen = readAtStart;
        Local = LocalCircuit.Idle;
        _heardAt = now;
        _liveProbes.Clear();
    }

    public LocalAdmissionKind Evaluate(DateTimeOffset now)
    {
        var kind = behavior.Evaluate(Local, Seen, now).Kind;
        if (kind != LocalAdmissionKind.Refused)
        {
            Law(!(Seen.State == CircuitState.Open && Seen.Until > now) && !(Seen.HoldUntil > now), "admits nothing while open as last heard");
            Law(!(Local is { IsEngaged: true, Breaker.State: CircuitState.Open } && Local.Breaker.Until > now), "admits nothing while its own circuit is open");
        }

        Law(kind != LocalAdmissionKind.Pass || Local.StandsIn || Seen.State == CircuitState.Closed, "passes without a permit only what was closed");
        return kind;
    }

    public ProbePermit? AskLocally(bool hasFallback, DateTimeOffset now)
    {
        var (next, permit) = behavior.Ask(Local, new CircuitEvent.PermitRequested(hasFallback, $"l{_permits++}"), now);
        Local = next;
        if (permit is not null)
        {
            Law(_liveProbes.Values.All(expiry => expiry <= now), "has at most one live probe of its own");
            _liveProbes[permit.Id] = permit.ExpiresAt;
        }

        return permit;
    }

    public void Unanswered() => Local = Local.OnUnanswered(Seen);

    public void Ended(OutcomeReport report, DateTimeOffset now)
    {
        var before = Local;
        Local = behavior.Report(before, report, now);
        if (report.PermitId is not null)
        {
            _liveProbes.Remove(report.PermitId);
        }

        var unchanged = Local.Breaker with { Statistics = before.Breaker.Statistics };
        Law(report.Generation >= before.Generation || unchanged == before.Breaker, "a local straggler changes statistics only");
        Law(report.Outcome is not (OutcomeClass.Abandoned or OutcomeClass.Caller or OutcomeClass.Context)
            || unchanged with { Permit = before.Breaker.Permit } == before.Breaker, "a cancelled call is neutral to the local circuit");
    }

    public void Hear(CircuitSnapshot news, int acknowledged, DateTimeOffset now)
    {
        Seen = Seen.Version > news.Version ? Seen : news;
        _heardAt = now;
        var before = Local;
        Local = behavior.Hear(Local, acknowledged);
        Law(Local.Unacknowledged > 0 || !Local.IsEngaged, "what the grain says wins over a local circuit that it knows all of");
        Law(Local.Generation >= before.Generation, "local generations do not go back");
    }

    public void GiveUp() => Local = Local.OnGivenUp(1);
}
