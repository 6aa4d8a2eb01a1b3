using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using BeastOrleans.GatewayTests.Forwarding;
using BeastOrleans.Simulator;
using BeastOrleans.Testing;
using Xunit;

namespace BeastOrleans.GatewayTests.Streaming;

/// <summary>A stream that its client let us hold back: what breaks while it is held was never seen, so another model answers.</summary>
[Collection(GatewayCollection.Name)]
public sealed class HeldStreamTests(GatewayFixture fixture)
{
    private static readonly (string, string) Buffered = ("x-beast-stream", "buffered");

    private static readonly Dictionary<string, SimulatorBehavior> Breaks = new()
    {
        ["reset"] = new() { ResetAfter = 3 },
        ["cut"] = new() { CutAfter = 3 },
        ["clean end without a finish"] = new() { EndAfter = 3 },
        ["stall"] = new() { StallAfter = 3, CommentEveryMs = 50 },
        ["error event"] = new() { ErrorEventAfter = 3, ErrorMessage = "the engine died" },
        ["slow trickle"] = new() { InterTokenMs = 150, Tokens = 100 },
    };

    [Theory]
    [InlineData("reset", "network")]
    [InlineData("cut", "network")]
    [InlineData("clean end without a finish", "network")]
    [InlineData("stall", "timeout")]
    [InlineData("error event", "other")]
    [InlineData("slow trickle", "timeout")]
    public async Task ABufferedStreamThatBreaksInMidAnswerIsAnsweredWholeByTheFallback(string fault, string reason)
    {
        await using var scene = await Scene.StartAsync(
            fixture.Server, new { timeouts = new { idleSeconds = 0.3, attemptSeconds = 1.0 }, price = new { inputPerMTok = 1, outputPerMTok = 1 } });
        scene.Custom.Script(Breaks[fault]);

        var answer = await scene.ChatAsync(streaming: true, "auto", Buffered);

        Assert.Equal(HttpStatusCode.OK, answer.Status);
        Assert.Equal($"custom:mine={reason};openai:gpt-4=ok", answer.Header("x-beast-attempts"));
        Assert.Equal(reason, answer.Header("x-beast-fallback-reason"));
        var payloads = Sse.Payloads(answer.Text);
        Assert.Equal(Scene.TextFrom("gpt-4"), Sse.TextOf(payloads));
        Assert.Equal(Sse.Done, payloads[^1]);
        Assert.Single(payloads, p => p.Contains("\"role\"", StringComparison.Ordinal));

        // The fallback gets the client's own request: the text of two models is never sewn together.
        Assert.DoesNotContain("assistant", Assert.Single(scene.Provider.Requests.Snapshot()).Body, StringComparison.Ordinal);
        var record = await scene.DecisionAsync(answer.Header("x-beast-request-id"));
        var broken = record.GetProperty("attempts")[0];
        Assert.Equal(reason, broken.GetProperty("reason").GetString());
        Assert.True(broken.GetProperty("tokens").GetProperty("output").GetInt32() > 0);
        Assert.True(broken.GetProperty("costUsd").GetDecimal() > 0);
        Assert.Equal(Scene.ProviderId, record.GetProperty("served").GetString());
    }

    [Fact]
    public async Task ABufferedStreamThatFinishesIsTheSameStreamAndItsHeadersSayWhatItCost()
    {
        await using var scene = await Scene.StartAsync(fixture.Server, new { model = "llama-3", price = new { inputPerMTok = 1, outputPerMTok = 1 } });

        var live = await scene.ChatAsync(streaming: true);
        var buffered = await scene.ChatAsync(streaming: true, "auto", Buffered);

        Assert.Equal("custom:mine=ok", buffered.Header("x-beast-attempts"));
        Assert.Equal(Sse.Payloads(live.Text).Length, Sse.Payloads(buffered.Text).Length);
        Assert.Equal(Scene.TextFrom("llama-3"), Scene.TextOf(buffered, streaming: true));
        Assert.True(decimal.Parse(buffered.Header("x-beast-cost-usd")!, System.Globalization.CultureInfo.InvariantCulture) > 0);
        Assert.Null(live.Header("x-beast-cost-usd"));
    }

    [Fact]
    public async Task ThePolicyMayHoldStreamsAndARequestMayAskForThemLive()
    {
        await using var scene = await Scene.StartAsync(fixture.Server);
        scene.Custom.Script(new SimulatorBehavior { CutAfter = 3 });
        (await scene.Tenant.SendAsync(HttpMethod.Put, "/api/policy", new { stream = "buffered" })).Require(HttpStatusCode.OK);

        var held = await scene.ChatAsync(streaming: true);
        var live = await scene.ChatAsync(streaming: true, "auto", ("x-beast-stream", "live"));

        Assert.Equal("custom:mine=network;openai:gpt-4=ok", held.Header("x-beast-attempts"));
        Assert.Contains("upstream_stream_interrupted", live.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task TheSeedsChatForgetsWhatABrokenAttemptHadSaid()
    {
        await using var scene = await Scene.StartAsync(fixture.Server);
        scene.Custom.Script(new SimulatorBehavior { CutAfter = 3 });

        var answer = await scene.Tenant.SendAsync(HttpMethod.Post, "/api/codebase/chat", new { message = "Hello", stream = true }, Buffered);

        var whole = JsonSerializer.Deserialize<JsonElement>(Sse.Payloads(answer.Text)[^2]);
        Assert.Equal(Scene.TextFrom("gpt-4"), whole.GetProperty("message").GetString());
        Assert.Equal("network", whole.GetProperty("fallback").GetProperty("reason").GetString());
    }

    [Fact]
    public async Task WhatBreaksWithinTheHoldFallsBack()
    {
        await using var scene = await Scene.StartAsync(fixture.Server);
        scene.Custom.Script(new SimulatorBehavior { CutAfter = 3 });

        var answer = await scene.ChatAsync(streaming: true, "auto", ("x-beast-hold", "2000"));

        Assert.Equal("custom:mine=network;openai:gpt-4=ok", answer.Header("x-beast-attempts"));
        Assert.Equal(Scene.TextFrom("gpt-4"), Scene.TextOf(answer, streaming: true));
    }

    [Fact]
    public async Task AfterTheHoldTheStreamIsLiveThoughItsUpstreamIsSilent()
    {
        await using var scene = await Scene.StartAsync(fixture.Server, new { timeouts = new { idleSeconds = 5.0 } });
        scene.Custom.Script(new SimulatorBehavior { StallAfter = 3 });
        using var request = NewRequest(scene, ("x-beast-hold", "100"));
        using var response = await fixture.Server.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);

        // The head comes when the hold ends; the stall would have lasted five seconds.
        Assert.Equal("custom:mine=ok", Assert.Single(response.Headers.GetValues("x-beast-attempts")));
        var text = await response.Content.ReadAsStringAsync();
        Assert.Contains("upstream_stream_interrupted", Sse.Payloads(text)[^1], StringComparison.Ordinal);
        Assert.Equal("Simulated answer from", Sse.TextOf(Sse.Payloads(text)[..^1]));
    }

    [Fact]
    public async Task AClientThatLeavesWhileItsAnswerIsHeldFreesTheUpstream()
    {
        await using var scene = await Scene.StartAsync(fixture.Server, new { price = new { inputPerMTok = 1, outputPerMTok = 1 } });
        scene.Custom.Script(new SimulatorBehavior { StallAfter = 3 });
        using var client = new CancellationTokenSource();
        using var request = NewRequest(scene, Buffered);
        var sending = fixture.Server.Http.SendAsync(request, client.Token);
        SimulatedRequest? seen = null;
        await Eventually.IsTrueAsync(
            "the upstream has said something",
            () => Task.FromResult((seen = scene.Custom.Requests.Snapshot() is [{ EventsSent: > 0 } first, ..] ? first : null) is not null));

        await client.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sending);
        await seen!.WhenFinished.WaitAsync(TimeSpan.FromSeconds(1));

        Assert.True(seen.Aborted);
        Assert.Empty(scene.Provider.Requests.Snapshot());
    }

    [Fact]
    public async Task AHoldAndALimitThatEndTogetherEndInAnAnswerOrATypedError()
    {
        await using var scene = await Scene.StartAsync(fixture.Server, new { timeouts = new { idleSeconds = 0.2 } });
        scene.Custom.Script(new SimulatorBehavior { StallAfter = 3 });

        var answers = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => scene.ChatAsync(streaming: true, "auto", ("x-beast-hold", "200"))));

        foreach (var answer in answers)
        {
            Assert.Equal(HttpStatusCode.OK, answer.Status);
            var payloads = Sse.Payloads(answer.Text);
            Assert.True(payloads[^1] == Sse.Done || payloads[^1].Contains("upstream_stream_interrupted", StringComparison.Ordinal), answer.Text);
            Assert.NotEmpty((await scene.DecisionAsync(answer.Header("x-beast-request-id"))).GetProperty("attempts").EnumerateArray());
        }
    }

    private static HttpRequestMessage NewRequest(Scene scene, (string Name, string Value) header)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions") { Content = JsonContent.Create(Scene.ChatBody(streaming: true)) };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", scene.Tenant.Key);
        request.Headers.Add(header.Name, header.Value);
        return request;
    }
}
