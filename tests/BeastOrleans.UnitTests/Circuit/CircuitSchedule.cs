using BeastOrleans.Contracts.Endpoints;
using BeastOrleans.Core.Circuit;

namespace BeastOrleans.UnitTests.Circuit;

internal delegate CircuitStep ApplyCircuit(CircuitBreakerState state, DateTimeOffset now, CircuitEvent e, double jitter);

/// <summary>
/// One random schedule on a virtual clock: gateways with stale snapshots call a flapping endpoint; their reports
/// are lost, late, doubled and reordered, gateways crash with attempts in flight. At a random time the endpoint
/// heals (it answers, and promptly) and the faults stop, though their late consequences still arrive; every step is checked against the circuit's laws.
/// </summary>
internal sealed class CircuitSchedule
{
    private static readonly DateTimeOffset Start = new(2026, 11, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan Recovery = TimeSpan.FromSeconds(180);

    private readonly Random _random;
    private readonly ApplyCircuit _apply;
    private readonly PriorityQueue<Action, (DateTimeOffset At, int Order)> _agenda = new();
    private readonly Dictionary<string, DateTimeOffset> _livePermits = [];
    private readonly CircuitSnapshot[] _seen;
    private readonly int[] _incarnation;
    private readonly DateTimeOffset _healsAt;
    private readonly double _loss;
    private CircuitBreakerState _state = CircuitBreakerState.Initial;
    private DateTimeOffset _now = Start;
    private bool _sick;
    private int _order;
    private int _attempts;

    private CircuitSchedule(int seed, ApplyCircuit apply)
    {
        _random = new Random(seed);
        _apply = apply;
        _healsAt = Start + Seconds(60, 200);
        _loss = _random.NextDouble() * 0.3;
        var gateways = _random.Next(1, 5);
        _seen = Enumerable.Repeat(CircuitSnapshot.Initial, gateways).ToArray();
        _incarnation = new int[gateways];
    }

    private bool Healed => _now >= _healsAt;

    /// <summary>The first law that the schedule broke; null when all held.</summary>
    public static string? Run(int seed, ApplyCircuit apply)
    {
        var schedule = new CircuitSchedule(seed, apply);
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
        for (var gateway = 0; gateway < _seen.Length; gateway++)
        {
            ScheduleNextRequest(gateway);
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
    }

    private void Flap()
    {
        _sick = !Healed && !_sick;
        if (!Healed)
        {
            After(Seconds(1, 60), Flap);
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

    private void ScheduleNextRequest(int gateway) => After(Seconds(0.1, 4), () => Request(gateway));

    private void Request(int gateway)
    {
        ScheduleNextRequest(gateway);
        if (!Healed && _random.Next(60) == 0)
        {
            // A crash: what is in flight never reports, and what was cached is gone.
            _incarnation[gateway]++;
            _seen[gateway] = CircuitBreaker.Snapshot(_state, 1);
            return;
        }

        var admission = CircuitGate.Evaluate(_seen[gateway], _now);
        if (admission.Kind == AdmissionKind.Refused)
        {
            return;
        }

        ProbePermit? permit = null;
        if (admission.Kind == AdmissionKind.NeedsPermit)
        {
            permit = AskPermit();
            _seen[gateway] = CircuitBreaker.Snapshot(_state, 1);
            if (permit is null)
            {
                return;
            }
        }

        var attempt = new OutcomeReport
        {
            AttemptId = $"a{_attempts++}",
            Generation = permit?.Generation ?? _seen[gateway].Generation,
            PermitId = permit?.Id,
            Outcome = OutcomeClass.Ok,
        };
        var incarnation = _incarnation[gateway];
        After(!Healed && _random.Next(5) == 0 ? Seconds(1, 60) : Seconds(0.05, 1), () => Ended(gateway, incarnation, attempt));
    }

    private ProbePermit? AskPermit()
    {
        var step = Apply(new CircuitEvent.PermitRequested(_random.Next(2) == 0, $"p{_attempts++}"));
        return step.Effects.OfType<CircuitEffect.PermitGranted>().SingleOrDefault()?.Permit;
    }

    private void Ended(int gateway, int incarnation, OutcomeReport attempt)
    {
        if (_incarnation[gateway] != incarnation || (!Healed && _random.NextDouble() < _loss))
        {
            return;
        }

        var report = attempt with { Outcome = Outcome(), RetryAfter = _random.Next(2) == 0 ? null : Seconds(0, 20) };
        var copies = !Healed && _random.Next(8) == 0 ? 2 : 1;
        for (var copy = 0; copy < copies; copy++)
        {
            After(!Healed && _random.Next(10) == 0 ? Seconds(1, 20) : Seconds(0, 0.3), () => Delivered(gateway, report));
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

    private void Delivered(int gateway, OutcomeReport report)
    {
        Apply(new CircuitEvent.Reported(report));
        if (report.PermitId is not null)
        {
            _livePermits.Remove(report.PermitId);
        }

        // The reply; the other gateways hear of it a little later, or not at all until they ask again.
        _seen[gateway] = CircuitBreaker.Snapshot(_state, 1);
        var news = _seen[gateway];
        for (var other = 0; other < _seen.Length; other++)
        {
            var to = other;
            if (Healed || _random.NextDouble() >= _loss)
            {
                After(Seconds(0, 1), () => _seen[to] = _seen[to].Version > news.Version ? _seen[to] : news);
            }
        }
    }

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
