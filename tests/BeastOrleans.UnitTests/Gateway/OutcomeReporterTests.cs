using BeastOrleans.Contracts.Endpoints;
using BeastOrleans.Core.Circuit;
using BeastOrleans.Gateway.Directory;
using BeastOrleans.Gateway.Forwarding;
using BeastOrleans.Testing;
using Xunit;

namespace BeastOrleans.UnitTests.Gateway;

public sealed class OutcomeReporterTests : IAsyncLifetime
{
    private readonly FakeCluster _cluster = new();
    private EndpointEntry _entry = null!;

    public async Task InitializeAsync()
    {
        await _cluster.Reporter.StartAsync(CancellationToken.None);
        _entry = (await _cluster.ResolveAsync())!;
    }

    public async Task DisposeAsync()
    {
        await _cluster.Reporter.StopAsync(CancellationToken.None);
        _cluster.Dispose();
    }

    [Fact]
    public async Task Failure_IsUnacknowledgedUntilTheGrainAnswers()
    {
        var answer = new TaskCompletionSource();
        _cluster.Fault = () => answer.Task;
        Report(OutcomeClass.Timeout);
        Assert.Equal(1, _entry.Local.Unacknowledged);
        answer.SetResult();
        await Eventually.IsTrueAsync("it is acknowledged", () => !_entry.Local.IsEngaged);
        Assert.Equal(1, _entry.Circuit.Failures);
    }

    [Fact]
    public async Task Failure_ThatDidNotArrive_IsSentAgainAndCountsOnce()
    {
        var faults = 2;
        _cluster.Fault = () => faults-- > 0 ? throw new TimeoutException("slow") : Task.CompletedTask;
        Report(OutcomeClass.Timeout);
        await AdvanceUntilAsync("it is acknowledged", () => !_entry.Local.IsEngaged);
        Assert.Equal(1, _cluster.Circuit.Failures);
    }

    [Fact]
    public async Task Failure_ThatNeverArrives_IsGivenUpAndLeavesTheLocalCircuitEngaged()
    {
        _cluster.Fault = () => throw new TimeoutException("slow");
        for (var i = 0; i < CircuitRules.FailuresToOpen; i++)
        {
            Report(OutcomeClass.Timeout);
        }

        await AdvanceUntilAsync("all are given up", () => _entry.Local.Unacknowledged == 0);
        Assert.True(_entry.Local.IsEngaged);

        _cluster.Fault = null;
        _entry.Heard(_cluster.Circuit, _cluster.Time.GetTimestamp());
        Assert.False(_entry.Local.IsEngaged);
    }

    [Fact]
    public async Task SilentGrain_ATryIsNotWaitedForLongerThanTwoSeconds()
    {
        _cluster.Fault = FakeCluster.SilentAsync;
        Report(OutcomeClass.Timeout);
        await AdvanceUntilAsync("it is given up", () => _entry.Local.Unacknowledged == 0);
        Assert.Equal(1 + 4, _cluster.Calls);
    }

    [Fact]
    public async Task DroppedAtTheBound_CountsAsGivenUp()
    {
        await _cluster.Reporter.StopAsync(CancellationToken.None);
        for (var i = 0; i < 10_003; i++)
        {
            Report(OutcomeClass.Timeout);
        }

        Assert.Equal(10_000, _entry.Local.Unacknowledged);
    }

    [Fact]
    public async Task Successes_AreFoldedAndOneBatchIsUnderWayAtATime()
    {
        var answer = new TaskCompletionSource();
        _cluster.Fault = () => answer.Task;
        Report(OutcomeClass.Ok);
        Report(OutcomeClass.Ok);
        await AdvanceUntilAsync("the batch is sent", () => _cluster.Calls == 2);
        Report(OutcomeClass.Ok);
        _cluster.Time.Advance(TimeSpan.FromSeconds(1));
        answer.SetResult();
        await AdvanceUntilAsync("the rest is sent", () => _cluster.Reports.Count == 2);
        Assert.Equal([2, 1], _cluster.Reports.Select(report => report.Count));
        Assert.Equal(3, _cluster.Calls);
    }

    private void Report(OutcomeClass outcome) => _cluster.Reporter.Report(
        _entry, AdmissionTicket.Pass(_entry.Circuit.Generation, _entry.Local.Generation), Results.Of(outcome), Results.Exchange, Results.Next());

    // Time passes in small steps: what is under way on other threads sets its timers in between.
    private Task<TimeSpan> AdvanceUntilAsync(string what, Func<bool> condition) => Eventually.IsTrueAsync(what, () =>
    {
        if (condition())
        {
            return true;
        }

        _cluster.Time.Advance(TimeSpan.FromMilliseconds(250));
        return false;
    });
}
