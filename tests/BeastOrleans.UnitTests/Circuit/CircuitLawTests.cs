using BeastOrleans.Contracts.Endpoints;
using BeastOrleans.Core.Circuit;
using CsCheck;
using Xunit;

namespace BeastOrleans.UnitTests.Circuit;

public sealed class CircuitLawTests
{
    private const int Schedules = 600;

    [Fact]
    public void Laws_HoldOverRandomSchedules() =>
        Gen.Int.Sample(seed => Assert.Null(CircuitSchedule.Run(seed, CircuitBreaker.Apply)), iter: Schedules);

    [Fact]
    public void Harness_CatchesSecondPermit() => Catches("at most one live permit", (state, now, e, jitter) =>
        CircuitBreaker.Apply(e is CircuitEvent.PermitRequested ? state with { Permit = null } : state, now, e, jitter));

    [Fact]
    public void Harness_CatchesCountedStragglers() => Catches("straggler", (state, now, e, jitter) =>
        CircuitBreaker.Apply(
            state,
            now,
            e is CircuitEvent.Reported r ? new CircuitEvent.Reported(r.Report with { Generation = state.Generation, PermitId = state.Permit?.Id }) : e,
            jitter));

    [Fact]
    public void Harness_CatchesShortenedOpening() => Catches("never shortened", (state, now, e, jitter) =>
    {
        var step = CircuitBreaker.Apply(state, now, e, jitter);
        return state.State == CircuitState.Open && e is CircuitEvent.Reported ? step with { State = step.State with { Until = now } } : step;
    });

    [Fact]
    public void Harness_CatchesPermitThatNeverExpires() => Catches("recovers", (state, now, e, jitter) =>
        CircuitBreaker.Apply(
            e is CircuitEvent.PermitRequested && state.Permit is { } p ? state with { Permit = p with { ExpiresAt = DateTimeOffset.MaxValue } } : state,
            now,
            e,
            jitter));

    [Fact]
    public void Harness_CatchesAbandonedProbeThatCloses() => Catches("neutral", (state, now, e, jitter) =>
        CircuitBreaker.Apply(
            state,
            now,
            e is CircuitEvent.Reported { Report.Outcome: OutcomeClass.Abandoned } r ? new CircuitEvent.Reported(r.Report with { Outcome = OutcomeClass.Ok }) : e,
            jitter));

    [Fact]
    public void Harness_CatchesActiveProbeThatCloses() => Catches("active probe", (state, now, e, jitter) =>
        CircuitBreaker.Apply(state, now, e is CircuitEvent.ProbeSucceeded ? new CircuitEvent.Operated(CircuitAction.Close) : e, jitter));

    private static void Catches(string law, ApplyCircuit broken)
    {
        var caught = Enumerable.Range(1, Schedules).Select(seed => CircuitSchedule.Run(seed, broken)).FirstOrDefault(found => found is not null);
        Assert.NotNull(caught);
        Assert.Contains(law, caught, StringComparison.Ordinal);
    }
}
