using BeastOrleans.Contracts.Endpoints;
using BeastOrleans.Core.Circuit;

namespace BeastOrleans.UnitTests.Circuit;

internal delegate CircuitStep ApplyCircuit(CircuitBreakerState state, DateTimeOffset now, CircuitEvent e, double jitter);

/// <summary>
/// One random schedule on a virtual clock: gateways with stale snapshots and local circuits call a flapping endpoint; their
/// reports and the answers are lost, late, doubled and reordered, gateways are cut off from the grain for up to a minute, or
/// crash with attempts in flight. At a random time the endpoint heals (it answers, and promptly) and the faults stop, though
/// their late consequences still arrive; every step is checked against the circuit's laws. One schedule in four has a
/// perfect link: there, no gateway may ever probe on its own.
/// </summary>
internal sealed class CircuitSchedule
{
    private const int Tries = 4;

    private static readonly DateTimeOffset Start = new(2026, 11, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan Recovery = TimeSpan.FromSeconds(180);

    private readonly Random _random;
    private readonly ApplyCircuit _apply;
    private readonly PriorityQueue<Action, (DateTimeOffset At, int Order)> _agenda = new();
    private readonly Dictionary<string, DateTimeOffset> _livePermits = [];
    private readonly ScheduledGateway[] _gateways;
    private readonly DateTimeOffset _healsAt;
    private readonly bool _isPerfectLink;
    private readonly double _loss;
    private CircuitBreakerState _state = CircuitBreakerState.Initial;
    private DateTimeOffset _now = Start;
    private bool _sick;
    private int _order;
    private int _attempts;

    private CircuitSchedule(int seed, ApplyCircuit apply, LocalBehavior behavior)
    {
        _random = new Random(seed);
        _apply = apply;
        _healsAt = Start + Seconds(60, 200);
        _isPerfectLink = _random.Next(4) == 0;
        _loss = _isPerfectLink ? 0 : _random.NextDouble() * 0.3;
        _gateways = [.. Enumerable.Range(0, _random.Next(1, 5)).Select(_ => new ScheduledGateway(behavior))];
    }

    /// <summary>How many probes gateways made on their own, over all schedules of this test run: zero would mean that they were not tested.</summary>
    public static int LocalProbes => Volatile.Read(ref _localProbes);

    private static int _localProbes;

    private bool Healed => _now >= _healsAt;

    private CircuitSnapshot Snapshot => CircuitBreaker.Snapshot(_state, 1);

    /// <summary>The first law that the schedule broke; null when all held.</summary>
    public static string? Run(int seed, ApplyCircuit apply, LocalBehavior? behavior = null)
    {
        var schedule = new CircuitSchedule(seed, apply, behavior ?? LocalBehavior.Real);
        try
        {
            schedule.Play();
            return null;
        }
        catch (LawBrokenException broken)
        {
            return broken.Message;
        }
    }

    private void Play()
    {
        foreach (var gateway in _gateways)
        {
            ScheduleNextRequest(gateway);
            After(Seconds(5, 60), () => CutOff(gateway));
        }

        After(Seconds(0, 10), Flap);
        After(TimeSpan.FromSeconds(10), Probe);
        var end = _healsAt + Recovery;
        while (_agenda.TryPeek(out _, out var next) && next.At <= end)
        {
            _now = next.At;
            _agenda.Dequeue()();
        }

        _now = end;
        Law(_state.State == CircuitState.Closed, $"recovers within {Recovery} of healing, but is {_state.State}");
        Law(_gateways.All(gateway => gateway.IsPassing(_now)), $"recovers within {Recovery} of healing at every gateway");
    }

    private void Flap()
    {
        _sick = !Healed && !_sick;
        if (!Healed)
        {
            After(Seconds(1, 60), Flap);
        }
    }

    private void CutOff(ScheduledGateway gateway)
    {
        if (!Healed && !_isPerfectLink)
        {
            var until = _now + Seconds(5, 60);
            gateway.CutOffUntil = until < _healsAt ? until : _healsAt;
            After(Seconds(60, 120), () => CutOff(gateway));
        }
    }

    private void Probe()
    {
        if (_state.State == CircuitState.Open)
        {
            Apply(_sick && !Healed ? new CircuitEvent.ProbeFailed() : new CircuitEvent.ProbeSucceeded());
        }

        After(TimeSpan.FromSeconds(10), Probe);
    }

    private void ScheduleNextRequest(ScheduledGateway gateway) => After(Seconds(0.1, 4), () => Request(gateway));

    private void Request(ScheduledGateway gateway)
    {
        ScheduleNextRequest(gateway);
        if (!Healed && _random.Next(60) == 0)
        {
            // What is in flight never reports, and what was cached is gone.
            gateway.Crash(Snapshot, _now);
            return;
        }

        if (gateway.WantsNews(_now) && IsThrough(gateway))
        {
            Answer(gateway, gateway.Life, acknowledged: 0);
        }

        var hasFallback = _random.Next(2) == 0;
        var kind = gateway.Evaluate(_now);
        ProbePermit? permit = null;
        if (kind == LocalAdmissionKind.AskCluster && !AskCluster(gateway, hasFallback, out permit, out kind))
        {
            gateway.Unanswered();
            kind = gateway.Evaluate(_now);
        }

        ProbePermit? own = null;
        if (kind == LocalAdmissionKind.AskLocal && (own = gateway.AskLocally(hasFallback, _now)) is not null)
        {
            Interlocked.Increment(ref _localProbes);
            Law(!_isPerfectLink, "no gateway probes on its own while the grain answers");
        }

        if (kind == LocalAdmissionKind.Pass || permit is not null || own is not null)
        {
            Call(gateway, permit, own);
        }
    }

    /// <returns>False when no answer came; the permit may have been granted all the same.</returns>
    private bool AskCluster(ScheduledGateway gateway, bool hasFallback, out ProbePermit? permit, out LocalAdmissionKind kind)
    {
        permit = null;
        kind = LocalAdmissionKind.AskCluster;
        var asked = new CircuitEvent.PermitRequested(hasFallback, $"p{_attempts++}");
        if (!IsThrough(gateway))
        {
            if (_now >= gateway.CutOffUntil && _random.Next(2) == 0)
            {
                Apply(asked);
            }

            return false;
        }

        // Asked twice where the first answer was lost: the same permit.
        var copies = !Healed && !_isPerfectLink && _random.Next(8) == 0 ? 2 : 1;
        for (var copy = 0; copy < copies; copy++)
        {
            permit = Apply(asked).Effects.OfType<CircuitEffect.PermitGranted>().SingleOrDefault()?.Permit;
        }

        gateway.Hear(Snapshot, 0, _now);
        kind = permit is null ? LocalAdmissionKind.Refused : LocalAdmissionKind.AskCluster;
        return true;
    }

    private void Call(ScheduledGateway gateway, ProbePermit? permit, ProbePermit? own)
    {
        var attempt = new OutcomeReport
        {
            AttemptId = $"a{_attempts++}",
            Generation = permit?.Generation ?? gateway.Seen.Generation,
            PermitId = permit?.Id,
            Outcome = OutcomeClass.Ok,
        };
        var locally = attempt with { Generation = own?.Generation ?? gateway.Local.Generation, PermitId = own?.Id };
        var life = gateway.Life;
        After(!Healed && _random.Next(5) == 0 ? Seconds(1, 60) : Seconds(0.05, 1), () => Ended(gateway, life, attempt, locally));
    }

    private void Ended(ScheduledGateway gateway, int life, OutcomeReport attempt, OutcomeReport locally)
    {
        if (gateway.Life != life)
        {
            return;
        }

        var report = attempt with { Outcome = Outcome(), RetryAfter = _random.Next(2) == 0 ? null : Seconds(0, 20) };
        gateway.Ended(locally with { Outcome = report.Outcome, RetryAfter = report.RetryAfter }, _now);
        Send(gateway, life, report, tried: 0);
    }

    private void Send(ScheduledGateway gateway, int life, OutcomeReport report, int tried)
    {
        if (gateway.Life != life)
        {
            return;
        }

        var isAnswered = IsThrough(gateway);
        if (isAnswered || (_now >= gateway.CutOffUntil && _random.Next(2) == 0))
        {
            var copies = !Healed && _random.Next(8) == 0 ? 2 : 1;
            for (var copy = 0; copy < copies; copy++)
            {
                var answers = isAnswered && copy == 0;
                After(!Healed && !_isPerfectLink && _random.Next(10) == 0 ? Seconds(1, 20) : Seconds(0, 0.3), () => Delivered(gateway, life, report, answers));
            }
        }

        if (!isAnswered && CircuitBreaker.IsBlame(report.Outcome))
        {
            After(Seconds(0.5, 3), () => Retry(gateway, life, report, tried + 1));
        }
    }

    private void Retry(ScheduledGateway gateway, int life, OutcomeReport report, int tried)
    {
        if (tried < Tries)
        {
            Send(gateway, life, report, tried);
        }
        else if (gateway.Life == life)
        {
            gateway.GiveUp();
        }
    }

    private OutcomeClass Outcome() => (_random.Next(20), _sick && !Healed) switch
    {
        (0, _) => OutcomeClass.Abandoned,
        (1, _) => OutcomeClass.Caller,
        (2, _) => OutcomeClass.Context,
        (3, false) when !Healed => OutcomeClass.Overload,
        (_, false) => OutcomeClass.Ok,
        (3 or 4, true) => OutcomeClass.Overload,
        ( < 12, true) => OutcomeClass.Timeout,
        (_, true) => OutcomeClass.Sick,
    };

    private void Delivered(ScheduledGateway gateway, int life, OutcomeReport report, bool answers)
    {
        Apply(new CircuitEvent.Reported(report));
        if (report.PermitId is not null)
        {
            _livePermits.Remove(report.PermitId);
        }

        if (answers)
        {
            Answer(gateway, life, CircuitBreaker.IsBlame(report.Outcome) ? 1 : 0);
        }

        // The feed; a gateway that misses it knows when it next asks.
        foreach (var other in _gateways)
        {
            if (IsThrough(other))
            {
                Answer(other, other.Life, acknowledged: 0);
            }
        }
    }

    private void Answer(ScheduledGateway gateway, int life, int acknowledged)
    {
        var news = Snapshot;
        After(Seconds(0, acknowledged > 0 ? 0.2 : 1), () =>
        {
            if (gateway.Life == life)
            {
                gateway.Hear(news, acknowledged, _now);
            }
        });
    }

    private bool IsThrough(ScheduledGateway gateway) => _now >= gateway.CutOffUntil && (Healed || _random.NextDouble() >= _loss);

    private CircuitStep Apply(CircuitEvent e)
    {
        var before = _state;
        var step = _apply(before, _now, e, _random.NextDouble());
        _state = step.State;
        CircuitLaw.Check(before, step, e, _now, _livePermits);
        return step;
    }

    private void After(TimeSpan delay, Action action) => _agenda.Enqueue(action, (_now + delay, _order++));

    private TimeSpan Seconds(double least, double most) => TimeSpan.FromSeconds(least + (_random.NextDouble() * (most - least)));

    internal static void Law(bool holds, string law)
    {
        if (!holds)
        {
            throw new LawBrokenException(law);
        }
    }

    private sealed class LawBrokenException(string law) : Exception(law);
}
