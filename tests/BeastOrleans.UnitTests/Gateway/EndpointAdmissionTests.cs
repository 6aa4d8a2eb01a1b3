using BeastOrleans.Contracts.Endpoints;
using BeastOrleans.Core.Circuit;
using BeastOrleans.Gateway.Directory;
using BeastOrleans.Gateway.Forwarding;
using BeastOrleans.Testing;
using Xunit;

namespace BeastOrleans.UnitTests.Gateway;

public sealed class EndpointAdmissionTests : IAsyncLifetime
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
    public async Task Closed_CostsNoCall()
    {
        var calls = _cluster.Calls;
        _cluster.Time.Advance(TimeSpan.FromMinutes(1));
        Assert.True((await AdmitAsync()).Admitted);
        Assert.Same(_entry, _cluster.Find());
        Assert.Equal(calls, _cluster.Calls);
    }

    [Fact]
    public async Task HalfOpen_OneOfManyGetsThePermit()
    {
        OpenUntilDue();
        var tickets = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => AdmitAsync()));
        Assert.Single(tickets, ticket => ticket.Admitted);
        Assert.Equal(_cluster.Permit!.Id, tickets.Single(ticket => ticket.Admitted).PermitId);
    }

    [Fact]
    public async Task Failures_OpenItHereWithoutTheGrainsReply()
    {
        _cluster.Fault = FakeCluster.SilentAsync;
        for (var i = 0; i < CircuitRules.FailuresToOpen; i++)
        {
            Fail(await AdmitAsync());
        }

        var refused = await AdmitAsync();
        Assert.False(refused.Admitted);
        Assert.Contains("as this process alone sees it", refused.Why, StringComparison.Ordinal);
        Assert.Equal(CircuitState.Closed, _entry.Circuit.State);
    }

    [Fact]
    public async Task SilentGrain_OneLocalProbeAtATimeAndClosedByTwo()
    {
        OpenUntilDue();
        _cluster.Fault = FakeCluster.SilentAsync;
        var first = await AdmitSilentlyAsync();
        Assert.True(first.Admitted);
        Assert.True(first.Permit!.IsLocal);
        Assert.False((await AdmitAsync()).Admitted);

        Succeed(first);
        var second = await AdmitAsync();
        Assert.True(second.Permit!.IsLocal);
        Succeed(second);
        Assert.Equal((true, null), ((await AdmitAsync()).Admitted, (await AdmitAsync()).PermitId));

        // The grain is back: its state wins.
        _cluster.Fault = null;
        _entry.Heard(_cluster.Circuit, _cluster.Time.GetTimestamp());
        Assert.False(_entry.Local.IsEngaged);
        Assert.False((await AdmitAsync()).Permit!.IsLocal);
    }

    [Fact]
    public async Task FailingGrain_FailsOpenAtOnce()
    {
        OpenUntilDue();
        _cluster.Fault = () => throw new InvalidOperationException("no grain");
        Assert.True((await AdmitAsync()).Permit!.IsLocal);
    }

    [Fact]
    public async Task RejectedCall_IsAskedAgain()
    {
        OpenUntilDue();
        var rejections = 1;
        _cluster.Fault = () => rejections-- > 0 ? throw new SiloUnavailableException("gone") : Task.CompletedTask;
        var ticket = await AdmitAsync();
        Assert.Equal(_cluster.Permit!.Id, ticket.PermitId);
        Assert.False(ticket.Permit!.IsLocal);
    }

    [Fact]
    public async Task PermitGrantedAfterItsAskerLeft_GoesBackAtOnce()
    {
        OpenUntilDue();
        var silence = new TaskCompletionSource();
        _cluster.Fault = () => silence.Task;
        using var client = new CancellationTokenSource();
        var asking = AdmitAsync(client.Token);
        await client.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asking);

        _cluster.Fault = null;
        silence.SetResult();
        await Eventually.IsTrueAsync("the permit is back", () => _cluster.Reports.Any(report => report.Outcome == OutcomeClass.Abandoned));
        Assert.Null(_cluster.Permit);
        Assert.True((await AdmitAsync()).Admitted);
    }

    [Fact]
    public async Task PermitOfAnAttemptThatWasNeverMade_GoesBackOnce()
    {
        OpenUntilDue();
        var ticket = await AdmitAsync();
        _cluster.Reporter.GiveBack(_entry, ticket);
        _cluster.Reporter.GiveBack(_entry, ticket);
        await Eventually.IsTrueAsync("the permit is back", () => _cluster.Permit is null);
        Assert.Single(_cluster.Reports);
    }

    [Fact]
    public async Task ProbeThatStreamsOn_CountsAsASuccessBeforeItsPermitRunsOut()
    {
        OpenUntilDue();
        for (var probe = 0; probe < CircuitRules.SuccessesToClose; probe++)
        {
            var ticket = await AdmitAsync();
            ticket.Permit!.OnContent();
            for (var second = 0; second < 100; second += 20)
            {
                _cluster.Time.Advance(TimeSpan.FromSeconds(20));
                ticket.Permit.OnContent();
            }

            await Eventually.IsTrueAsync("the probe is counted", () => _cluster.Reports.Count(report => report.Outcome == OutcomeClass.Ok) == probe + 1);

            // Its end, whatever it is, is a straggler's.
            Fail(ticket);
        }

        Assert.Equal(CircuitState.Closed, _cluster.Circuit.State);
    }

    [Fact]
    public async Task ProbeWithoutContentAfterTheFirst_ProvesNothing()
    {
        OpenUntilDue();
        var ticket = await AdmitAsync();
        _cluster.Time.Advance(TimeSpan.FromSeconds(90));
        ticket.Permit!.OnContent();
        Assert.True(ticket.Permit.TrySpend());
    }

    [Fact]
    public async Task RefusedByOldNews_SaysHowOldItIs()
    {
        OpenUntilDue();
        _entry.Heard(_cluster.Circuit with { Version = 1_000, Until = _cluster.Time.GetUtcNow().AddSeconds(60) }, _cluster.Time.GetTimestamp());
        _cluster.Time.Advance(TimeSpan.FromSeconds(20));
        Assert.EndsWith("next probe in 40 s, as of 20 s ago", (await AdmitAsync()).Why, StringComparison.Ordinal);
    }

    // Until Patience has passed.
    private async Task<AdmissionTicket> AdmitSilentlyAsync()
    {
        var asking = AdmitAsync();
        Assert.False(asking.IsCompleted);
        _cluster.Time.Advance(EndpointAdmission.Patience);
        return await asking;
    }

    private Task<AdmissionTicket> AdmitAsync(CancellationToken cancellationToken = default) =>
        _cluster.Admission.AdmitAsync(_entry, hasFallback: true, cancellationToken).AsTask();

    private void OpenUntilDue()
    {
        _cluster.Open();
        _entry.Heard(_cluster.Circuit, _cluster.Time.GetTimestamp());
        _cluster.Time.Advance(TimeSpan.FromSeconds(6));
    }

    private void Fail(AdmissionTicket ticket) => _cluster.Reporter.Report(_entry, ticket, Results.Of(OutcomeClass.Timeout), Results.Exchange, Results.Next());

    private void Succeed(AdmissionTicket ticket) => _cluster.Reporter.Report(_entry, ticket, Results.Of(OutcomeClass.Ok), Results.Exchange, Results.Next());
}
