using BeastOrleans.Contracts.Endpoints;
using BeastOrleans.Core.Circuit;
using Xunit;

namespace BeastOrleans.UnitTests.Circuit;

public sealed class LocalCircuitTests
{
    private DateTimeOffset _now = new(2026, 11, 1, 12, 0, 0, TimeSpan.Zero);
    private LocalCircuit _local = LocalCircuit.Idle;
    private CircuitSnapshot _cluster = new() { Generation = 7, Epoch = 1 };
    private int _ids;

    [Theory]
    [InlineData(CircuitState.Closed, LocalAdmissionKind.Pass)]
    [InlineData(CircuitState.HalfOpen, LocalAdmissionKind.AskCluster)]
    [InlineData(CircuitState.Isolated, LocalAdmissionKind.Refused)]
    public void Idle_TheClusterAloneDecides(CircuitState state, LocalAdmissionKind expected)
    {
        _cluster = _cluster with { State = state };
        Assert.Equal(expected, Evaluate().Kind);
    }

    [Fact]
    public void FiveUnacknowledgedFailures_OpenItWithoutTheGrain()
    {
        Fail(4);
        Assert.Equal(LocalAdmissionKind.Pass, Evaluate().Kind);
        Fail();
        var admission = Evaluate();
        Assert.Equal(LocalAdmissionKind.Refused, admission.Kind);
        Assert.Equal("open since 12:00:00 after 5 timeouts, next probe in 5 s, as this process alone sees it", admission.Why);
    }

    [Fact]
    public void AcknowledgedFailures_AreTheGrainsToJudge()
    {
        Fail(4);
        _local = _local.OnHeard(acknowledged: 4);
        Fail(4);
        Assert.Equal(LocalAdmissionKind.Pass, Evaluate().Kind);
        Assert.Equal(4, _local.Unacknowledged);
    }

    [Fact]
    public void News_WhileFailuresAreUnacknowledged_LeavesItEngaged()
    {
        Fail(5);
        _local = _local.OnHeard(acknowledged: 0);
        Assert.Equal(LocalAdmissionKind.Refused, Evaluate().Kind);
        _local = _local.OnHeard(acknowledged: 5);
        Assert.False(_local.IsEngaged);
        Assert.Equal(LocalAdmissionKind.Pass, Evaluate().Kind);
    }

    [Fact]
    public void GivenUp_StaysEngagedUntilTheGrainIsHeard()
    {
        Fail(5);
        _local = _local.OnGivenUp(5);
        Assert.Equal(LocalAdmissionKind.Refused, Evaluate().Kind);
        _local = _local.OnHeard(acknowledged: 0);
        Assert.Equal(LocalAdmissionKind.Pass, Evaluate().Kind);
    }

    [Fact]
    public void Success_ResetsTheRowOfFailures()
    {
        Fail(4);
        Report(OutcomeClass.Ok);
        Fail(4);
        Assert.Equal(LocalAdmissionKind.Pass, Evaluate().Kind);
    }

    [Fact]
    public void Overload_HoldsBeforeTheGrainSaysSo()
    {
        Report(OutcomeClass.Overload, retryAfter: TimeSpan.FromSeconds(30));
        Assert.StartsWith("overloaded until 12:00:30", Evaluate().Why, StringComparison.Ordinal);
    }

    [Fact]
    public void Unanswered_StandsInWithOneProbeAtATime()
    {
        _cluster = _cluster with { State = CircuitState.Open, Since = _now.AddSeconds(-6), Until = _now.AddSeconds(-1), Cause = "5 timeouts" };
        Assert.Equal(LocalAdmissionKind.AskCluster, Evaluate().Kind);
        _local = _local.OnUnanswered(_cluster);
        Assert.Equal(LocalAdmissionKind.AskLocal, Evaluate().Kind);
        Assert.NotNull(Ask());
        Assert.Null(Ask());
    }

    [Fact]
    public void StandingIn_TwoGoodProbesCloseItAgainstTheLastKnownState()
    {
        StandIn();
        Report(OutcomeClass.Ok, Ask());
        Assert.Equal(LocalAdmissionKind.AskLocal, Evaluate().Kind);
        Report(OutcomeClass.Ok, Ask());
        Assert.Equal(LocalAdmissionKind.Pass, Evaluate().Kind);
    }

    [Fact]
    public void StandingIn_AFailedProbeOpensIt()
    {
        StandIn();
        Report(OutcomeClass.Timeout, Ask());
        Assert.Equal(LocalAdmissionKind.Refused, Evaluate().Kind);
        _now = _now.AddSeconds(30);
        Assert.Equal(LocalAdmissionKind.AskLocal, Evaluate().Kind);
    }

    [Theory]
    [InlineData(OutcomeClass.Abandoned)]
    [InlineData(OutcomeClass.Caller)]
    public void StandingIn_ANeutralProbeGivesThePermitBack(OutcomeClass outcome)
    {
        StandIn();
        Report(outcome, Ask());
        Assert.NotNull(Ask());
    }

    [Fact]
    public void Heard_TheClustersStateWins()
    {
        StandIn();
        Report(OutcomeClass.Ok, Ask());
        Report(OutcomeClass.Ok, Ask());
        _local = _local.OnHeard(acknowledged: 0);
        Assert.Equal(LocalAdmissionKind.AskCluster, Evaluate().Kind);
    }

    [Fact]
    public void Heard_AProbeUnderWayIsStillTheOnlyOne()
    {
        StandIn();
        var probe = Ask();
        _local = _local.OnHeard(acknowledged: 0).OnUnanswered(_cluster);
        Assert.Null(Ask());
        Report(OutcomeClass.Ok, probe);
        Assert.NotNull(Ask());
        Assert.Equal(0, _local.Breaker.ProbeSuccesses);
    }

    [Fact]
    public void Straggler_OfAFormerLocalCircuitCountsForNothing()
    {
        Fail(5);
        var before = _local;
        _local = _local.OnReported(Outcome(OutcomeClass.Sick) with { Generation = 0 }, _now, 0.5);
        Assert.Equal(before.Breaker with { Statistics = _local.Breaker.Statistics }, _local.Breaker);
    }

    [Fact]
    public void Isolated_StaysSoThoughTheGrainIsSilent()
    {
        _cluster = _cluster with { State = CircuitState.Isolated };
        _local = _local.OnUnanswered(_cluster);
        Assert.Equal(LocalAdmissionKind.Refused, Evaluate().Kind);
    }

    [Fact]
    public void Suspended_IsTriedByOneWhenTheGrainIsSilent()
    {
        _cluster = _cluster with { SuspendedUntil = _now.AddSeconds(-1), SuspendedVersion = 1 };
        Assert.Equal(LocalAdmissionKind.AskCluster, Evaluate().Kind);
        _local = _local.OnUnanswered(_cluster);
        Assert.Equal(LocalAdmissionKind.AskLocal, Evaluate().Kind);
        Report(OutcomeClass.Ok, Ask());
        Assert.Equal(LocalAdmissionKind.Pass, Evaluate().Kind);
    }

    [Fact]
    public void Evaluate_IdleAndClosed_AllocatesNothing()
    {
        Evaluate();
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1_000; i++)
        {
            Evaluate();
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private void StandIn()
    {
        _cluster = _cluster with { State = CircuitState.Open, Since = _now.AddSeconds(-6), Until = _now.AddSeconds(-1), Cause = "5 timeouts" };
        _local = _local.OnUnanswered(_cluster);
    }

    private LocalAdmission Evaluate() => _local.Evaluate(_cluster, _now, descriptorVersion: 1);

    private ProbePermit? Ask()
    {
        _local = _local.OnPermitRequested(new CircuitEvent.PermitRequested(HasFallback: true, $"p{_ids++}"), _now, out var permit);
        return permit;
    }

    private void Fail(int times = 1)
    {
        for (var i = 0; i < times; i++)
        {
            Report(OutcomeClass.Timeout);
        }
    }

    private void Report(OutcomeClass outcome, ProbePermit? permit = null, TimeSpan? retryAfter = null)
    {
        var report = Outcome(outcome) with { RetryAfter = retryAfter };
        _local = _local.OnReported(permit is null ? report : report with { PermitId = permit.Id, Generation = permit.Generation }, _now, jitter: 0.5);
    }

    private OutcomeReport Outcome(OutcomeClass outcome) =>
        new() { AttemptId = $"a{_ids++}", Generation = _local.Generation, Outcome = outcome, DescriptorVersion = 1 };
}
