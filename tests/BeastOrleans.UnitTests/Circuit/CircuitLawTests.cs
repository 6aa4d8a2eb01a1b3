using BeastOrleans.Contracts.Endpoints;
using BeastOrleans.Core.Circuit;
using CsCheck;
using Xunit;

namespace BeastOrleans.UnitTests.Circuit;

public sealed class CircuitLawTests
{
    private const int Schedules = 600;

    [Fact]
    public void Laws_HoldOverRandomSchedules()
    {
        Gen.Int.Sample(seed => Assert.Null(CircuitSchedule.Run(seed, CircuitBreaker.Apply)), iter: Schedules);
        Assert.NotEqual(0, CircuitSchedule.LocalProbes);
    }

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

    [Fact]
    public void Harness_CatchesSecondLocalProbe() => Catches("one live probe of its own", new LocalBehavior
    {
        // Each asker gets a permit of a circuit of its own.
        Ask = (local, asked, now) =>
        {
            local.OnGivenUp(0).OnPermitRequested(asked, now, out var permit);
            return (local, permit);
        },
    });

    [Fact]
    public void Harness_CatchesLocalCircuitThatOverrulesTheGrain() => Catches("wins over a local circuit", new LocalBehavior
    {
        Hear = (local, acknowledged) => local.IsEngaged && local.Unacknowledged <= acknowledged ? local.OnGivenUp(acknowledged) : local.OnHeard(acknowledged),
    });

    [Fact]
    public void Harness_CatchesLocalCircuitThatForgetsTheClustersState() => Catches("while open as last heard", new LocalBehavior
    {
        Evaluate = (local, cluster, now) => local.Evaluate(local.IsEngaged ? CircuitSnapshot.Initial : cluster, now, descriptorVersion: 0),
    });

    [Fact]
    public void Harness_CatchesGatewayThatProbesWhileTheGrainAnswers() => Catches("while the grain answers", new LocalBehavior
    {
        Evaluate = (local, cluster, now) => local.Evaluate(cluster, now, descriptorVersion: 0) is { Kind: LocalAdmissionKind.AskCluster }
            ? new LocalAdmission(LocalAdmissionKind.AskLocal)
            : local.Evaluate(cluster, now, descriptorVersion: 0),
        Ask = (local, asked, now) => (local.OnUnanswered(new CircuitSnapshot { State = CircuitState.HalfOpen }).OnPermitRequested(asked, now, out var permit), permit),
    });

    private static void Catches(string law, ApplyCircuit broken) => Catches(law, broken, LocalBehavior.Real);

    private static void Catches(string law, LocalBehavior broken) => Catches(law, CircuitBreaker.Apply, broken);

    private static void Catches(string law, ApplyCircuit apply, LocalBehavior behavior)
    {
        var caught = Enumerable.Range(1, Schedules).Select(seed => CircuitSchedule.Run(seed, apply, behavior)).FirstOrDefault(found => found is not null);
        Assert.NotNull(caught);
        Assert.Contains(law, caught, StringComparison.Ordinal);
    }
}
