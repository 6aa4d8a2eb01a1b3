using System.Text.Json;
using BeastOrleans.Contracts.Endpoints;
using BeastOrleans.Core.Circuit;
using Xunit;

namespace BeastOrleans.UnitTests.Circuit;

public sealed class CircuitBreakerTests
{
    private readonly CircuitDriver _circuit = new();

    [Fact]
    public void Closed_FiveTimeouts_OpensAndSaysWhy()
    {
        _circuit.Report(OutcomeClass.Timeout, times: 4);
        Assert.Equal(CircuitState.Closed, _circuit.State.State);

        _circuit.Report(OutcomeClass.Timeout);

        Assert.Equal(CircuitState.Open, _circuit.State.State);
        Assert.Equal("5 timeouts", _circuit.State.Cause);
        Assert.Contains(new CircuitEffect.Transitioned(CircuitState.Closed, CircuitState.Open, "5 timeouts"), _circuit.Effects);
        Assert.Equal(TimeSpan.FromSeconds(5), _circuit.State.Until - _circuit.Now);
    }

    [Fact]
    public void Closed_SuccessBetween_StartsTheRowAgain()
    {
        _circuit.Report(OutcomeClass.Sick, times: 4);
        _circuit.Report(OutcomeClass.Ok);
        _circuit.Report(OutcomeClass.Sick, times: 4);
        Assert.Equal(CircuitState.Closed, _circuit.State.State);
    }

    [Fact]
    public void Closed_HalfOfTenInWindow_Opens()
    {
        for (var i = 0; i < 5; i++)
        {
            _circuit.Report(OutcomeClass.Ok);
            _circuit.Report(OutcomeClass.Sick);
        }

        Assert.Equal(CircuitState.Open, _circuit.State.State);
        Assert.Equal("5 failures of 10 in 30 s", _circuit.State.Cause);
    }

    [Fact]
    public void Closed_FailuresAmongManyFoldedSuccesses_StaysClosed()
    {
        _circuit.Report(OutcomeClass.Ok, count: 1_000);
        for (var i = 0; i < 100; i++)
        {
            _circuit.Report(OutcomeClass.Sick, times: 4);
            _circuit.Report(OutcomeClass.Ok);
            _circuit.Report(OutcomeClass.Ok, count: 10);
        }

        Assert.Equal(CircuitState.Closed, _circuit.State.State);
    }

    [Fact]
    public void Closed_OldFailuresLeaveTheWindow()
    {
        for (var i = 0; i < 40; i++)
        {
            _circuit.Report(OutcomeClass.Ok);
            _circuit.Report(OutcomeClass.Sick);
            _circuit.Advance(8);
        }

        Assert.Equal(CircuitState.Closed, _circuit.State.State);
    }

    [Theory]
    [InlineData(OutcomeClass.Caller)]
    [InlineData(OutcomeClass.Context)]
    [InlineData(OutcomeClass.Config)]
    [InlineData(OutcomeClass.Abandoned)]
    [InlineData(OutcomeClass.Overload)]
    public void Closed_OutcomesThatAreNoFailures_NeverOpen(OutcomeClass outcome)
    {
        _circuit.Report(outcome, times: 50);
        Assert.Equal(CircuitState.Closed, _circuit.State.State);
        Assert.Equal(0, _circuit.State.ConsecutiveFailures);
    }

    [Fact]
    public void Closed_SameFailureReportedTwice_CountsOnce()
    {
        for (var i = 0; i < 4; i++)
        {
            _circuit.Send(_circuit.Outcome(OutcomeClass.Sick) with { AttemptId = $"a{i}" });
            _circuit.Send(_circuit.Outcome(OutcomeClass.Sick) with { AttemptId = $"a{i}" });
        }

        Assert.Equal(4, _circuit.State.ConsecutiveFailures);
        Assert.True(_circuit.State.CountedAttempts.Length <= CircuitRules.CountedAttemptsKept);
    }

    [Fact]
    public void Open_GrowsWithReopenings_CapsAndIsForgiven()
    {
        _circuit.Report(OutcomeClass.Sick, times: 5);
        var lengths = new List<double> { _circuit.OpenSeconds };
        for (var i = 0; i < 4; i++)
        {
            _circuit.Probe(OutcomeClass.Sick);
            lengths.Add(_circuit.OpenSeconds);
        }

        Assert.Equal([5, 10, 20, 20, 20], lengths);
        _circuit.Probe(OutcomeClass.Ok);
        _circuit.Probe(OutcomeClass.Ok);
        _circuit.Report(OutcomeClass.Sick, times: 5);
        Assert.Equal(20, _circuit.OpenSeconds);

        _circuit.Probe(OutcomeClass.Ok);
        _circuit.Probe(OutcomeClass.Ok);
        _circuit.Advance(61);
        _circuit.Report(OutcomeClass.Sick, times: 5);
        Assert.Equal(5, _circuit.OpenSeconds);
    }

    [Theory]
    [InlineData(0.0, 4.0)]
    [InlineData(0.5, 5.0)]
    [InlineData(0.999999999, 6.0)]
    public void Open_JitterSpreadsTheLength(double jitter, double seconds)
    {
        _circuit.Jitter = jitter;
        _circuit.Report(OutcomeClass.Sick, times: 5);
        Assert.Equal(seconds, _circuit.OpenSeconds, precision: 3);
    }

    [Fact]
    public void Open_NothingIsGrantedBeforeUntil_ThenOnePermit()
    {
        _circuit.Report(OutcomeClass.Sick, times: 5);
        Assert.Null(_circuit.Ask());
        _circuit.Advance(5);

        var permit = _circuit.Ask();

        Assert.NotNull(permit);
        Assert.Equal(CircuitState.HalfOpen, _circuit.State.State);
        Assert.Equal(_circuit.State.Generation, permit.Generation);
        Assert.Equal(TimeSpan.FromSeconds(120), permit.ExpiresAt - _circuit.Now);
        Assert.Null(_circuit.Ask());
    }

    [Fact]
    public void HalfOpen_TwoSuccesses_Close()
    {
        _circuit.Report(OutcomeClass.Sick, times: 5);
        _circuit.Probe(OutcomeClass.Ok);
        Assert.Equal(CircuitState.HalfOpen, _circuit.State.State);
        _circuit.Probe(OutcomeClass.Ok);
        Assert.Equal(CircuitState.Closed, _circuit.State.State);
        Assert.Null(_circuit.State.Cause);
        Assert.Equal(0, _circuit.State.ConsecutiveFailures);
    }

    [Theory]
    [InlineData(OutcomeClass.Sick)]
    [InlineData(OutcomeClass.Timeout)]
    [InlineData(OutcomeClass.Overload)]
    public void HalfOpen_FailedProbe_OpensAgain(OutcomeClass outcome)
    {
        _circuit.Report(OutcomeClass.Sick, times: 5);
        _circuit.Probe(OutcomeClass.Ok);
        _circuit.Probe(outcome);
        Assert.Equal(CircuitState.Open, _circuit.State.State);
        Assert.Equal(0, _circuit.State.ProbeSuccesses);
    }

    [Theory]
    [InlineData(OutcomeClass.Abandoned)]
    [InlineData(OutcomeClass.Caller)]
    [InlineData(OutcomeClass.Context)]
    [InlineData(OutcomeClass.Config)]
    [InlineData(OutcomeClass.Credential)]
    public void HalfOpen_NeutralProbe_GivesThePermitBack(OutcomeClass outcome)
    {
        _circuit.Report(OutcomeClass.Sick, times: 5);
        _circuit.Probe(outcome);
        Assert.Equal(CircuitState.HalfOpen, _circuit.State.State);
        Assert.NotNull(_circuit.Ask());
    }

    [Fact]
    public void HalfOpen_ExpiredPermit_IsGrantedAgainAndTheOldOneIsAStraggler()
    {
        _circuit.Report(OutcomeClass.Sick, times: 5);
        _circuit.Advance(5);
        var lost = _circuit.Ask()!;
        _circuit.Advance(120);
        var second = _circuit.Ask();
        Assert.NotNull(second);

        _circuit.Report(OutcomeClass.Sick, permit: lost);

        Assert.Equal(CircuitState.HalfOpen, _circuit.State.State);
        Assert.Equal(second, _circuit.State.Permit);
        Assert.Equal(1, _circuit.State.Statistics.Stragglers);
    }

    [Fact]
    public void HalfOpen_LateReportOfPermitNotGrantedAgain_StillCounts()
    {
        _circuit.Report(OutcomeClass.Sick, times: 5);
        _circuit.Advance(5);
        var slow = _circuit.Ask()!;
        _circuit.Advance(130);
        _circuit.Report(OutcomeClass.Ok, permit: slow);
        Assert.Equal(1, _circuit.State.ProbeSuccesses);
    }

    [Fact]
    public void HalfOpen_LoneRequest_LeavesTheFirstSecondToOthersButHeals()
    {
        _circuit.Report(OutcomeClass.Sick, times: 5);
        _circuit.Ask(hasFallback: true);
        _circuit.Advance(5);
        Assert.Null(_circuit.Ask(hasFallback: false));
        _circuit.Advance(1);
        Assert.NotNull(_circuit.Ask(hasFallback: false));
    }

    [Fact]
    public void HalfOpen_LoneRequestWithoutOthers_ProbesAtOnceAndAtMostOnceASecond()
    {
        _circuit.Report(OutcomeClass.Sick, times: 5);
        _circuit.Advance(5);
        var permit = _circuit.Ask(hasFallback: false);
        Assert.NotNull(permit);
        _circuit.Report(OutcomeClass.Abandoned, permit: permit);
        Assert.Null(_circuit.Ask(hasFallback: false));
        _circuit.Advance(1);
        Assert.NotNull(_circuit.Ask(hasFallback: false));
    }

    [Fact]
    public void ActiveProbe_BringsHalfOpenForwardAndClosesNothing()
    {
        _circuit.Report(OutcomeClass.Sick, times: 5);
        _circuit.Apply(new CircuitEvent.ProbeFailed());
        Assert.Null(_circuit.Ask());
        _circuit.Apply(new CircuitEvent.ProbeSucceeded());
        Assert.Equal(CircuitState.Open, _circuit.State.State);
        Assert.NotNull(_circuit.Ask());
    }

    [Fact]
    public void ActiveProbe_DisprovedByARequest_IsNotListenedToUntilItFails()
    {
        _circuit.Report(OutcomeClass.Sick, times: 5);
        _circuit.Apply(new CircuitEvent.ProbeSucceeded());
        _circuit.Report(OutcomeClass.Sick, permit: _circuit.Ask());
        _circuit.Apply(new CircuitEvent.ProbeSucceeded());
        Assert.Null(_circuit.Ask());

        _circuit.Apply(new CircuitEvent.ProbeFailed());
        _circuit.Apply(new CircuitEvent.ProbeSucceeded());
        Assert.NotNull(_circuit.Ask());
    }

    [Fact]
    public void Operator_IsolateClosesNothingUntilCloseOrReset()
    {
        _circuit.Apply(new CircuitEvent.Operated(CircuitAction.Isolate));
        _circuit.Report(OutcomeClass.Ok, times: 10);
        _circuit.Advance(10_000);
        Assert.Null(_circuit.Ask());
        Assert.Equal(CircuitState.Isolated, _circuit.State.State);

        _circuit.Apply(new CircuitEvent.Operated(CircuitAction.Close));
        Assert.Equal(CircuitState.Closed, _circuit.State.State);
        Assert.Equal(10, _circuit.State.Statistics.Successes);
    }

    [Fact]
    public void Operator_ResetForgetsHoldsAndStatisticsButNotGenerations()
    {
        _circuit.Report(OutcomeClass.Overload);
        var (generation, version) = (_circuit.State.Generation, _circuit.State.Version);
        _circuit.Apply(new CircuitEvent.Operated(CircuitAction.Reset));
        Assert.Null(_circuit.State.HoldUntil);
        Assert.Equal(default, _circuit.State.Statistics);
        Assert.True(_circuit.State.Generation > generation && _circuit.State.Version > version);
    }

    [Fact]
    public void State_SurvivesJson()
    {
        _circuit.Report(OutcomeClass.Ok, count: 7);
        _circuit.Report(OutcomeClass.Sick, times: 5);
        _circuit.Advance(5);
        _circuit.Ask();
        var json = JsonSerializer.Serialize(_circuit.State);
        var back = JsonSerializer.Deserialize<CircuitBreakerState>(json)!;
        Assert.Equal(json, JsonSerializer.Serialize(back));
        Assert.Equal(CircuitBreaker.Snapshot(_circuit.State, 3), CircuitBreaker.Snapshot(back, 3));
        Assert.Equal(_circuit.State.Permit, back.Permit);
    }
}
