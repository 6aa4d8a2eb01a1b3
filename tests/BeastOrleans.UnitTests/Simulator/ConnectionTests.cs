using System.Net;
using System.Net.Sockets;
using System.Text;
using BeastOrleans.Simulator;
using Microsoft.Extensions.Time.Testing;
using Xunit;
using static BeastOrleans.UnitTests.Simulator.SimulatorClient;

namespace BeastOrleans.UnitTests.Simulator;

public sealed class ConnectionTests
{
    [Fact]
    public async Task A_hang_lasts_until_the_client_leaves_and_the_log_says_when()
    {
        await using var sim = await StartAsync();
        using var leave = new CancellationTokenSource();
        var call = sim.SendAsync(Chat, Body(), """{"hang":true}""", leave.Token);
        var entry = await sim.Server.Requests.WaitForAsync(request => request.Path == Chat, Deadline);
        Assert.Equal(SimulatedOutcome.Pending, entry.Outcome);

        var leftAt = TimeProvider.System.GetUtcNow();
        await leave.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        await entry.WhenFinished.WaitAsync(Deadline);

        Assert.True(entry.Aborted);
        Assert.InRange(entry.AbortedAt!.Value - leftAt, TimeSpan.Zero, TimeSpan.FromSeconds(1));
    }

    [Theory]
    [InlineData("""{"stallAfter":2}""")]
    [InlineData("""{"stallAfter":2,"commentEveryMs":5}""")]
    public async Task A_stall_keeps_the_connection_until_the_client_leaves(string script)
    {
        await using var sim = await StartAsync();
        var response = await sim.SendAsync(Chat, Body(stream: true), script);
        var stream = await response.Content.ReadAsStreamAsync();
        var text = await ReadUntilAsync(stream, " answer");
        var entry = await sim.Server.Requests.WaitForAsync(request => request.Stream, Deadline);
        if (script.Contains("comment", StringComparison.Ordinal))
        {
            await ReadUntilAsync(stream, ": ping");
        }

        Assert.DoesNotContain(" from", text, StringComparison.Ordinal);
        Assert.Equal(SimulatedOutcome.Pending, entry.Outcome);
        Assert.Equal(2, entry.EventsSent);
        response.Dispose();
        await entry.WhenFinished.WaitAsync(Deadline);
        Assert.True(entry.Aborted);
        Assert.Equal(1, sim.Server.Requests.Count);
    }

    [Fact]
    public async Task Latency_and_pace_follow_the_given_clock()
    {
        var clock = new FakeTimeProvider();
        await using var sim = await StartAsync(new SimulatorOptions { TimeProvider = clock });
        var call = sim.SendAsync(Chat, Body(stream: true), """{"latencyMs":60000,"firstTokenMs":60000,"tokensPerSecond":0.1,"tokens":3}""");
        await sim.Server.Requests.WaitForAsync(request => request.Stream, Deadline);
        Assert.False(call.IsCompleted);

        using var response = await AdvanceUntilAsync(clock, call);
        var text = await AdvanceUntilAsync(clock, response.Content.ReadAsStringAsync());

        Assert.Equal("[DONE]", Data(text)[^1]);
        var entry = Assert.Single(sim.Server.Requests.Snapshot());
        Assert.True(entry.FinishedAt - entry.ReceivedAt >= TimeSpan.FromSeconds(60 + 60 + 20));
    }

    [Fact]
    public async Task A_stopped_simulator_refuses_connections_and_restarts_on_its_port()
    {
        await using var sim = await StartAsync();
        var port = sim.Server.Port;
        await sim.PostAsync(Chat, Body());
        var hanging = sim.SendAsync(Chat, Body(model: "hung"), """{"hang":true}""");
        var entry = await sim.Server.Requests.WaitForAsync(request => request.Model == "hung", Deadline);

        await sim.Server.StopAsync();
        await Assert.ThrowsAsync<HttpRequestException>(() => hanging);
        await entry.WhenFinished.WaitAsync(Deadline);
        Assert.Equal(SimulatedOutcome.CutBySimulator, entry.Outcome);
        var refused = await Assert.ThrowsAsync<HttpRequestException>(() => sim.SendAsync(Chat, Body()));
        Assert.Equal(SocketError.ConnectionRefused, Assert.IsType<SocketException>(refused.GetBaseException()).SocketErrorCode);

        await sim.Server.RestartAsync();
        Assert.Equal(port, sim.Server.Port);
        Assert.Equal(HttpStatusCode.OK, (await sim.PostAsync(Chat, Body())).Status);
        Assert.Equal(3, sim.Server.Stats.Received);
    }

    [Fact]
    public async Task A_stall_behind_the_finish_reason_keeps_the_connection_without_done()
    {
        await using var sim = await StartAsync();
        var response = await sim.SendAsync(Chat, Body(stream: true), """{"stallAfterFinish":true}""");
        var text = await ReadUntilAsync(await response.Content.ReadAsStreamAsync(), "\"finish_reason\":\"stop\"");
        var entry = await sim.Server.Requests.WaitForAsync(request => request.Stream, Deadline);

        Assert.DoesNotContain("[DONE]", text, StringComparison.Ordinal);
        Assert.Equal(SimulatedOutcome.Pending, entry.Outcome);
        response.Dispose();
        await entry.WhenFinished.WaitAsync(Deadline);
        Assert.True(entry.Aborted);
    }

    [Fact]
    public async Task A_cut_by_the_simulator_is_no_client_abort()
    {
        await using var sim = await StartAsync();
        await sim.ReadUntilBrokenAsync(Chat, Body(stream: true), """{"cutAfter":1}""");
        var entry = Assert.Single(sim.Server.Requests.Snapshot());
        await entry.WhenFinished.WaitAsync(Deadline);

        Assert.Equal(SimulatedOutcome.CutBySimulator, entry.Outcome);
        Assert.Null(entry.AbortedAt);
    }

    [Fact]
    public async Task The_log_shows_what_was_sent_and_the_control_routes_repeat_it()
    {
        await using var sim = await StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Post, Chat + "?a=1");
        request.Headers.Add("authorization", "Bearer fake-key");
        request.Content = new StringContent(Body());
        using (var response = await sim.SendAsync(request))
        {
            await response.Content.ReadAsStringAsync();
        }

        var entry = Assert.Single(sim.Server.Requests.Snapshot());
        await entry.WhenFinished.WaitAsync(Deadline);
        var (_, listed) = await sim.CallAsync(HttpMethod.Get, "/_sim/requests?limit=5");
        var (_, stats) = await sim.CallAsync(HttpMethod.Get, "/_sim/stats");
        var first = Json(listed).GetProperty("requests")[0];

        Assert.Equal((Chat + "?a=1", "Bearer fake-key", Body(), "m1", 200, true), (entry.Path, entry.Authorization, entry.Body, entry.Model, entry.StatusCode, entry.Completed));
        Assert.Equal(Body(), first.GetProperty("body").GetString());
        Assert.Equal("completed", first.GetProperty("outcome").GetString());
        Assert.Equal("Bearer fake-key", first.GetProperty("headers").GetProperty("authorization").GetString());
        Assert.Equal(1, Json(stats).GetProperty("received").GetInt64());
        Assert.Equal(1, Json(stats).GetProperty("byModel").GetProperty("m1").GetInt64());

        await sim.CallAsync(HttpMethod.Delete, "/_sim/requests");
        Assert.Equal(0, sim.Server.Requests.Count);
    }

    [Fact]
    public async Task A_logged_body_is_bounded_and_says_so()
    {
        await using var sim = await StartAsync(new SimulatorOptions { MaxLoggedBodyBytes = 10 });
        await sim.PostAsync(Chat, Body());
        var entry = Assert.Single(sim.Server.Requests.Snapshot());

        Assert.Equal((Body()[..10], true), (entry.Body, entry.BodyTruncated));
    }

    [Fact]
    public async Task Benchmark_mode_answers_and_scripts_but_logs_nothing()
    {
        await using var sim = await StartAsync(new SimulatorOptions { BenchmarkMode = true });
        sim.Server.ScriptSteps(new SimulatorBehavior { Status = 500 });

        Assert.Equal(HttpStatusCode.InternalServerError, (await sim.PostAsync(Chat, Body())).Status);
        var (_, text) = await sim.PostAsync(Chat, Body(stream: true));
        Assert.Equal("[DONE]", Data(text)[^1]);
        Assert.Equal(0, sim.Server.Requests.Count);
        Assert.Equal(2, sim.Server.Stats.Received);
    }

    [Theory]
    [InlineData("/nope")]
    [InlineData("/v1/chat/completions/x")]
    public async Task An_unknown_route_is_404_with_a_body(string path)
    {
        await using var sim = await StartAsync();
        var (status, text) = await sim.CallAsync(HttpMethod.Post, path, "{}");

        Assert.Equal(HttpStatusCode.NotFound, status);
        Assert.True(Json(text).TryGetProperty("error", out _));
    }

    private static async Task<string> ReadUntilAsync(Stream stream, string mark)
    {
        var text = new StringBuilder();
        var buffer = new byte[1];
        while (!text.ToString().Contains(mark, StringComparison.Ordinal))
        {
            await stream.ReadExactlyAsync(buffer, Deadline);
            text.Append((char)buffer[0]);
        }

        return text.ToString();
    }

    /// <summary>Moves the clock on until the answer is there; how the steps fall between its waits does not matter.</summary>
    private static async Task<T> AdvanceUntilAsync<T>(FakeTimeProvider clock, Task<T> task)
    {
        var deadline = Deadline;
        while (!task.IsCompleted)
        {
            deadline.ThrowIfCancellationRequested();
            clock.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }

        return await task;
    }
}
