using BeastOrleans.Contracts.Endpoints;
using BeastOrleans.Core.Circuit;
using Xunit;

namespace BeastOrleans.UnitTests.Circuit;

/// <summary>A circuit, a clock, and short words for what tests do to them.</summary>
internal sealed class CircuitDriver
{
    private int _ids;

    public DateTimeOffset Now { get; private set; } = new(2026, 11, 1, 12, 0, 0, TimeSpan.Zero);

    public CircuitBreakerState State { get; private set; } = CircuitBreakerState.Initial;

    public IReadOnlyList<CircuitEffect> Effects { get; private set; } = [];

    /// <summary>The middle: no spread.</summary>
    public double Jitter { get; set; } = 0.5;

    public double OpenSeconds => (State.Until!.Value - Now).TotalSeconds;

    public double HoldSeconds => (State.HoldUntil!.Value - Now).TotalSeconds;

    public CircuitSnapshot Snapshot => CircuitBreaker.Snapshot(State, epoch: 1);

    public void Advance(double seconds) => Now += TimeSpan.FromSeconds(seconds);

    public void Apply(CircuitEvent e)
    {
        var step = CircuitBreaker.Apply(State, Now, e, Jitter);
        State = step.State;
        Effects = step.Effects;
    }

    public OutcomeReport Outcome(OutcomeClass outcome) => new()
    {
        AttemptId = $"attempt-{_ids++}",
        Generation = State.Generation,
        Outcome = outcome,
        DescriptorVersion = 1,
    };

    public void Send(OutcomeReport report) => Apply(new CircuitEvent.Reported(report));

    public void Report(OutcomeClass outcome, int times = 1, int count = 1, TimeSpan? retryAfter = null, ProbePermit? permit = null, long version = 1)
    {
        for (var i = 0; i < times; i++)
        {
            var report = Outcome(outcome) with { Count = count, RetryAfter = retryAfter, DescriptorVersion = version };
            Send(permit is null ? report : report with { PermitId = permit.Id, Generation = permit.Generation });
        }
    }

    public ProbePermit? Ask(bool hasFallback = true)
    {
        Apply(new CircuitEvent.PermitRequested(hasFallback, $"permit-{_ids++}"));
        return Effects.OfType<CircuitEffect.PermitGranted>().SingleOrDefault()?.Permit;
    }

    /// <summary>Waits until a probe is due, makes it, and reports.</summary>
    public void Probe(OutcomeClass outcome)
    {
        Now = State.Until > Now ? State.Until.Value : Now;
        Now = State.HoldUntil > Now ? State.HoldUntil.Value : Now;
        var permit = Ask();
        Assert.NotNull(permit);
        Report(outcome, permit: permit);
    }
}
