using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using BeastOrleans.GatewayTests.Forwarding;
using BeastOrleans.Simulator;
using BeastOrleans.Testing;
using Xunit;

namespace BeastOrleans.GatewayTests.Streaming;

/// <summary>A client that leaves, or that has less patience than we, is nobody's failure, and its upstream is let go.</summary>
[Collection(GatewayCollection.Name)]
public sealed class DisconnectTests(GatewayFixture fixture)
{
    private static readonly TimeSpan Promised = TimeSpan.FromSeconds(1);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task AClientThatLeavesBeforeTheAnswerFreesTheUpstreamWithinASecond(bool streaming)
    {
        await using var scene = await Scene.StartAsync(fixture.Server);
        scene.Custom.Script(new SimulatorBehavior { Hang = true });
        using var client = new CancellationTokenSource();
        using var request = NewRequest(scene, streaming);
        var sending = fixture.Server.Http.SendAsync(request, client.Token);
        var seen = await SeenAsync(scene);

        await client.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sending);
        await seen.WhenFinished.WaitAsync(Promised);

        Assert.True(seen.Aborted);
        Assert.Empty(scene.Provider.Requests.Snapshot());
        Assert.Equal(0, (await scene.CircuitAsync()).GetProperty("failures").GetInt32());
    }

    [Fact]
    public async Task AClientThatLeavesInMidStreamIsBookedAbandonedAndBilled()
    {
        await using var scene = await Scene.StartAsync(fixture.Server, new { price = new { inputPerMTok = 1, outputPerMTok = 1 } });
        scene.Custom.Script(new SimulatorBehavior { StallAfter = 3 });
        using var request = NewRequest(scene, streaming: true);
        using var response = await fixture.Server.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        var requestId = Assert.Single(response.Headers.GetValues("x-beast-request-id"));
        var seen = await SeenAsync(scene);

        // Cancelled, not disposed: a disposed response is drained for a while by this client's own handler.
        using var client = new CancellationTokenSource();
        var reading = response.Content.CopyToAsync(Stream.Null, client.Token);
        await client.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading);
        await seen.WhenFinished.WaitAsync(Promised);

        Assert.True(seen.Aborted);
        var record = await scene.DecisionAsync(requestId);
        var attempt = Assert.Single(record.GetProperty("attempts").EnumerateArray());
        Assert.Equal("abandoned", attempt.GetProperty("outcome").GetString());
        Assert.Equal("none", attempt.GetProperty("reason").GetString());
        Assert.True(attempt.GetProperty("costUsd").GetDecimal() > 0);
        Assert.Equal(0, (await scene.CircuitAsync()).GetProperty("failures").GetInt32());
        Assert.Empty(scene.Provider.Requests.Snapshot());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task ALimitThatTheCallerShortenedIs504AndHarmsNoCircuit(bool streaming)
    {
        await using var scene = await Scene.StartAsync(fixture.Server);
        scene.Custom.Script(new SimulatorBehavior { Hang = true });

        for (var i = 0; i < 6; i++)
        {
            var answer = await scene.ChatAsync(streaming, "auto", ("x-beast-timeout", "0.2"));

            Assert.Equal(HttpStatusCode.GatewayTimeout, answer.Status);
            Assert.Equal("deadline_exceeded", answer.Json.GetProperty("error").GetProperty("code").GetString());
            Assert.Equal("custom:mine=timeout", answer.Header("x-beast-attempts"));
        }

        Assert.Equal("closed", (await scene.CircuitAsync()).GetProperty("state").GetString());
        Assert.Equal(0, (await scene.CircuitAsync()).GetProperty("failures").GetInt32());
        Assert.Empty(scene.Provider.Requests.Snapshot());
    }

    [Fact]
    public async Task TheCallersLimitEndsAtTheCommit()
    {
        await using var scene = await Scene.StartAsync(fixture.Server);
        scene.Custom.Script(new SimulatorBehavior { InterTokenMs = 400, Tokens = 8 });

        var answer = await scene.ChatAsync(streaming: true, "auto", ("x-beast-timeout", "2"));

        Assert.Equal(Sse.Done, Sse.Payloads(answer.Text)[^1]);
    }

    private static HttpRequestMessage NewRequest(Scene scene, bool streaming)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions") { Content = JsonContent.Create(Scene.ChatBody(streaming)) };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", scene.Tenant.Key);
        return request;
    }

    private static async Task<SimulatedRequest> SeenAsync(Scene scene)
    {
        using var limit = new CancellationTokenSource(Eventually.DefaultLimit);
        return await scene.Custom.Requests.WaitForAsync(_ => true, limit.Token);
    }
}
