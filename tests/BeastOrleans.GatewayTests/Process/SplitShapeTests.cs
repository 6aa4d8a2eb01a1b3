using System.Net;
using BeastOrleans.GatewayTests.Api;
using BeastOrleans.Simulator;
using BeastOrleans.Testing;
using Xunit;
using Xunit.Abstractions;

namespace BeastOrleans.GatewayTests.Process;

/// <summary>Roles <c>silo</c> and <c>gateway</c> as separate processes.</summary>
[Collection(ProcessCollection.Name)]
public sealed class SplitShapeTests(ITestOutputHelper output) : IAsyncLifetime
{
    /// <summary>Past the freshness of keys (15 s).</summary>
    private static readonly TimeSpan FrozenFor = TimeSpan.FromSeconds(20);

    private readonly SplitCluster _cluster = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => _cluster.DisposeAsync().AsTask();

    [Fact]
    public async Task A_gateway_comes_up_before_its_silo_says_503_and_serves_once_one_is_there()
    {
        await using var upstream = await SimulatorServer.StartAsync();
        var gateway = await _cluster.StartGatewayAsync();

        var notReady = await SplitCluster.ReadyAsync(gateway);
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "no silo answers yet"), (notReady.Status, notReady.Text));
        var refused = await gateway.SendAsync(HttpMethod.Get, "/v1/models", "bst_whatever");
        refused.AssertError(503, "cluster_unavailable");
        Assert.Equal("2", refused.Header("retry-after"));

        var silo = await _cluster.StartSiloAsync();
        await SplitCluster.WaitUntilReadyAsync(gateway);
        var key = await _cluster.CreateTenantAsync(gateway, "acme", upstream.BaseUrl);
        (await SplitCluster.ChatAsync(gateway, key)).Require(HttpStatusCode.OK);
        await Eventually.IsTrueAsync("the request is booked", async () =>
            (await gateway.SendAsync(HttpMethod.Get, "/api/models/custom/monitoring", key)).Require(HttpStatusCode.OK)
                .Json.GetProperty("metrics").GetProperty("requests").GetProperty("total").GetInt32() == 1);

        // The gateway has no database and no key-encryption key: nothing of either is in its directory.
        var files = Directory.GetFiles(Path.Combine(_cluster.Directory, "gateway0"), "*", SearchOption.AllDirectories).Select(Path.GetFileName);
        Assert.DoesNotContain(files, name => name!.Contains("beast.db", StringComparison.Ordinal) || name.Contains("master", StringComparison.Ordinal));
        using var noApi = await gateway.Http.GetAsync(new Uri(_cluster.SiloOperations, "/v1/models"));
        Assert.Equal(HttpStatusCode.NotFound, noApi.StatusCode);

        Assert.Equal(0, await gateway.TerminateAsync());
        Assert.Empty(Directory.GetFiles(Path.Combine(_cluster.Directory, "gateway0/spool"), "*.spool"));
        Assert.Equal(0, await silo.TerminateAsync());
        Assert.Empty(gateway.Errors + silo.Errors);
    }

    [Fact]
    public async Task A_frozen_silo_costs_no_request_of_a_user_seen_lately_and_thaws_into_a_working_cluster()
    {
        await using var upstream = await SimulatorServer.StartAsync();
        var silo = await _cluster.StartSiloAsync();
        var gateway = await _cluster.StartGatewayAsync();
        await SplitCluster.WaitUntilReadyAsync(gateway);
        var key = await _cluster.CreateTenantAsync(gateway, "acme", upstream.BaseUrl);
        (await SplitCluster.ChatAsync(gateway, key)).Require(HttpStatusCode.OK);

        await silo.SignalAsync("STOP");
        var frozenAt = TimeProvider.System.GetTimestamp();
        var slowest = TimeSpan.Zero;
        var count = 0;
        using var pace = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
        while (TimeProvider.System.GetElapsedTime(frozenAt) < FrozenFor && await pace.WaitForNextTickAsync())
        {
            var sentAt = TimeProvider.System.GetTimestamp();
            (await SplitCluster.ChatAsync(gateway, key)).Require(HttpStatusCode.OK);
            slowest = TimeSpan.FromTicks(Math.Max(slowest.Ticks, TimeProvider.System.GetElapsedTime(sentAt).Ticks));
            count++;
        }

        await silo.SignalAsync("CONT");
        output.WriteLine($"{count} requests in {FrozenFor.TotalSeconds:0} s of a frozen silo, the slowest {slowest.TotalMilliseconds:0} ms");

        // The key's patience and the plan's, and what a busy machine adds; a grain's own limit is 2 s.
        Assert.InRange(slowest, TimeSpan.Zero, TimeSpan.FromSeconds(1.5));
        Assert.Contains("does not answer", gateway.Output, StringComparison.Ordinal);
        await Eventually.IsTrueAsync("a write goes through again", async () =>
            (await gateway.SendAsync(HttpMethod.Post, "/admin/v1/tenants", _cluster.AdminKey, new { id = "later" })).Status is HttpStatusCode.Created or HttpStatusCode.Conflict);
        await Eventually.IsTrueAsync("all requests are booked", async () =>
        {
            var answer = await gateway.SendAsync(HttpMethod.Get, "/api/models/custom/monitoring", key);
            return answer.Status == HttpStatusCode.OK && answer.Json.GetProperty("metrics").GetProperty("requests").GetProperty("total").GetInt32() == count + 1;
        });
    }

    [Fact]
    public async Task A_gateway_that_never_met_a_silo_stops_with_exit_code_0()
    {
        var gateway = await _cluster.StartGatewayAsync();
        Assert.Equal(0, await gateway.TerminateAsync());
        Assert.Empty(gateway.Errors);
    }

    [Fact]
    public async Task Users_seen_lately_are_served_while_the_only_silo_is_dead_and_all_is_well_when_it_is_back()
    {
        await using var upstream = await SimulatorServer.StartAsync();
        var silo = await _cluster.StartSiloAsync();
        var gateway = await _cluster.StartGatewayAsync();
        await SplitCluster.WaitUntilReadyAsync(gateway);
        var key = await _cluster.CreateTenantAsync(gateway, "acme", upstream.BaseUrl);
        (await SplitCluster.ChatAsync(gateway, key)).Require(HttpStatusCode.OK);

        await silo.KillAsync();
        for (var i = 0; i < 20; i++)
        {
            (await SplitCluster.ChatAsync(gateway, key)).Require(HttpStatusCode.OK);
        }

        await _cluster.StartSiloAsync();
        await Eventually.IsTrueAsync("a write goes through again", async () =>
            (await gateway.SendAsync(HttpMethod.Post, "/admin/v1/tenants", _cluster.AdminKey, new { id = "later" })).Status is HttpStatusCode.Created or HttpStatusCode.Conflict);

        // What was answered meanwhile waits in the spool and is booked now.
        await Eventually.IsTrueAsync("all 21 requests are booked", async () =>
        {
            var answer = await gateway.SendAsync(HttpMethod.Get, "/api/models/custom/monitoring", key);
            return answer.Status == HttpStatusCode.OK && answer.Json.GetProperty("metrics").GetProperty("requests").GetProperty("total").GetInt32() == 21;
        });
        Assert.Equal(0, await gateway.TerminateAsync());
    }
}
