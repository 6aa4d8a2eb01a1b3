using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using BeastOrleans.GatewayTests.Forwarding;
using BeastOrleans.Simulator;
using BeastOrleans.Testing;
using Xunit;

namespace BeastOrleans.GatewayTests.Process;

/// <summary>SIGTERM: not ready first, then no new connection, then what is under way ends or is ended, and all of it is booked.</summary>
[Collection(ProcessCollection.Name)]
public sealed class StopTests : IAsyncLifetime
{
    private readonly SplitCluster _cluster = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => _cluster.DisposeAsync().AsTask();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_outlasts_the_drain_is_ended_by_a_typed_answer_and_booked(bool streaming)
    {
        await using var upstream = await SimulatorServer.StartAsync();
        var silo = await _cluster.StartSiloAsync();
        var gateway = await _cluster.StartGatewayAsync("--Beast:DrainSeconds=1");
        await SplitCluster.WaitUntilReadyAsync(gateway);
        var key = await _cluster.CreateTenantAsync(gateway, "acme", upstream.BaseUrl);
        upstream.Script(streaming ? new SimulatorBehavior { Tokens = 1_000, InterTokenMs = 100 } : new SimulatorBehavior { LatencyMs = 25_000 });

        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions") { Content = JsonContent.Create(Scene.ChatBody(streaming, "custom:mine")) };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        var sending = gateway.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        await Eventually.IsTrueAsync("the upstream is asked", () => upstream.Stats.Received == 1);
        if (streaming)
        {
            await sending;
        }

        var clock = Stopwatch.StartNew();
        var stopping = gateway.TerminateAsync();
        using var response = await sending;
        var text = await response.Content.ReadAsStringAsync();
        Assert.Equal(0, await stopping);
        Assert.InRange(clock.Elapsed, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(15));
        Assert.Empty(gateway.Errors);
        if (streaming)
        {
            Assert.Contains("upstream_stream_interrupted", text, StringComparison.Ordinal);
            Assert.Contains("this gateway was stopped", text, StringComparison.Ordinal);
            Assert.DoesNotContain("[DONE]", text, StringComparison.Ordinal);
        }
        else
        {
            Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
            Assert.Contains("gateway_stopping", text, StringComparison.Ordinal);
            Assert.Equal("1", Assert.Single(response.Headers.GetValues("retry-after")));
        }

        // The silo has the row: nothing waits in the spool of a gateway that is gone.
        Assert.Empty(Directory.GetFiles(Path.Combine(_cluster.Directory, "gateway0/spool"), "*.spool"));
        var id = Assert.Single(response.Headers.GetValues("x-beast-request-id"));
        var second = await _cluster.StartGatewayAsync();
        await SplitCluster.WaitUntilReadyAsync(second);
        var record = (await second.SendAsync(HttpMethod.Get, "/api/requests/" + id, key)).Require(HttpStatusCode.OK).Json;
        Assert.Equal("abandoned", Assert.Single(record.GetProperty("attempts").EnumerateArray()).GetProperty("outcome").GetString());
        Assert.Equal(0, await second.TerminateAsync());
        Assert.Equal(0, await silo.TerminateAsync());
    }

    [Fact]
    public async Task Before_the_drain_it_is_not_ready_and_serves_all_the_same_with_a_request_to_go_elsewhere()
    {
        await using var upstream = await SimulatorServer.StartAsync();
        await _cluster.StartSiloAsync();
        var gateway = await _cluster.StartGatewayAsync("--Beast:PreStopSeconds=3");
        await SplitCluster.WaitUntilReadyAsync(gateway);
        var key = await _cluster.CreateTenantAsync(gateway, "acme", upstream.BaseUrl);

        var stopping = gateway.TerminateAsync();
        await Eventually.IsTrueAsync("it says that it stops", async () => (await SplitCluster.ReadyAsync(gateway)).Text == "stopping");
        var answer = (await SplitCluster.ChatAsync(gateway, key)).Require(HttpStatusCode.OK);
        Assert.Equal("close", answer.Header("connection"));
        Assert.False(gateway.HasExited);

        Assert.Equal(0, await stopping);
        Assert.Empty(gateway.Errors);
    }

    [Fact]
    public async Task A_silo_alone_stops_with_exit_code_0_under_a_gateway_that_stays_up()
    {
        await using var upstream = await SimulatorServer.StartAsync();
        var silo = await _cluster.StartSiloAsync();
        var gateway = await _cluster.StartGatewayAsync();
        await SplitCluster.WaitUntilReadyAsync(gateway);
        var key = await _cluster.CreateTenantAsync(gateway, "acme", upstream.BaseUrl);
        (await SplitCluster.ChatAsync(gateway, key)).Require(HttpStatusCode.OK);

        Assert.Equal(0, await silo.TerminateAsync());
        Assert.Empty(silo.Errors);
        (await SplitCluster.ChatAsync(gateway, key)).Require(HttpStatusCode.OK);
    }
}
