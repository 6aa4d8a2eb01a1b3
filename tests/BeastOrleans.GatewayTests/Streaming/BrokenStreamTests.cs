using System.Net;
using System.Text.Json;
using BeastOrleans.GatewayTests.Forwarding;
using BeastOrleans.Simulator;
using BeastOrleans.Testing;
using Xunit;

namespace BeastOrleans.GatewayTests.Streaming;

/// <summary>Before the first content another model may still answer; after it a broken stream never looks finished.</summary>
[Collection(GatewayCollection.Name)]
public sealed class BrokenStreamTests(GatewayFixture fixture)
{
    private const string ThreeWords = "Simulated answer from";

    private static readonly Dictionary<string, SimulatorBehavior> Breaks = new()
    {
        ["reset"] = new() { ResetAfter = 3 },
        ["cut"] = new() { CutAfter = 3 },
        ["clean end without a finish"] = new() { EndAfter = 3 },
        ["stall"] = new() { StallAfter = 3, CommentEveryMs = 50 },
        ["error event"] = new() { ErrorEventAfter = 3, ErrorMessage = "the engine died" },
    };

    [Theory]
    [InlineData("reset", "network")]
    [InlineData("cut", "network")]
    [InlineData("clean end without a finish", "network")]
    [InlineData("stall", "timeout")]
    [InlineData("error event", "other")]
    public async Task AStreamBrokenInMidAnswerEndsInATypedErrorAndIsBookedPartial(string fault, string reason)
    {
        await using var scene = await Scene.StartAsync(fixture.Server, new { timeouts = new { idleSeconds = 0.3 } });
        scene.Custom.Script(Breaks[fault]);

        var answer = await scene.ChatAsync(streaming: true);

        Assert.Equal(HttpStatusCode.OK, answer.Status);
        var payloads = Sse.Payloads(answer.Text);
        Assert.Equal(ThreeWords, Sse.TextOf(payloads[..^1]));
        Assert.DoesNotContain(Sse.Done, payloads);
        Assert.DoesNotContain("\"finish_reason\":\"", answer.Text, StringComparison.Ordinal);
        var last = JsonSerializer.Deserialize<JsonElement>(payloads[^1]);
        Assert.Equal("upstream_stream_interrupted", last.GetProperty("error").GetProperty("code").GetString());
        Assert.DoesNotContain("..", last.GetProperty("error").GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.Equal(answer.Header("x-beast-request-id"), last.GetProperty("request_id").GetString());
        Assert.Empty(scene.Provider.Requests.Snapshot());

        var record = await scene.DecisionAsync(answer.Header("x-beast-request-id"));
        var attempt = Assert.Single(record.GetProperty("attempts").EnumerateArray());
        Assert.Equal("partial", attempt.GetProperty("outcome").GetString());
        Assert.Equal(reason, attempt.GetProperty("reason").GetString());
        Assert.True(attempt.GetProperty("tokens").GetProperty("output").GetInt32() > 0);
        Assert.Equal(JsonValueKind.Null, record.GetProperty("served").ValueKind);
        Assert.Equal(reason, record.GetProperty("fallbackReason").GetString());
        await Eventually.IsTrueAsync("the circuit counts it", async () => (await scene.CircuitAsync()).GetProperty("failures").GetInt32() == 1);
    }

    [Fact]
    public async Task AMalformedEventIsDroppedAndTheAnswerCompletes()
    {
        await using var scene = await Scene.StartAsync(fixture.Server, new { model = "llama-3" });
        scene.Custom.Script(new SimulatorBehavior { MalformedEventAt = 1 });

        var answer = await scene.ChatAsync(streaming: true);

        var payloads = Sse.Payloads(answer.Text);
        Assert.Equal(Scene.TextFrom("llama-3").Replace(" answer", "", StringComparison.Ordinal), Sse.TextOf(payloads));
        Assert.Equal(Sse.Done, payloads[^1]);
        Assert.Equal("custom:mine=ok", answer.Header("x-beast-attempts"));
    }

    [Fact]
    public async Task AFinishReasonWithoutDoneIsAWholeAnswer()
    {
        await using var scene = await Scene.StartAsync(fixture.Server, new { model = "llama-3" });
        scene.Custom.Script(new SimulatorBehavior { OmitDone = true });

        var answer = await scene.ChatAsync(streaming: true);

        Assert.Equal(Scene.TextFrom("llama-3"), Scene.TextOf(answer, streaming: true));
        Assert.Equal(Sse.Done, Sse.Payloads(answer.Text)[^1]);
        var record = await scene.DecisionAsync(answer.Header("x-beast-request-id"));
        Assert.Equal("ok", record.GetProperty("attempts")[0].GetProperty("outcome").GetString());
        Assert.Equal(Scene.CustomId, record.GetProperty("served").GetString());
    }

    [Fact]
    public async Task DoneWithoutAFinishReasonIsNoWholeAnswer()
    {
        await using var scene = await Scene.StartAsync(fixture.Server);
        scene.Custom.Script(new SimulatorBehavior
        {
            RawBody = "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"half\"}}]}\n\ndata: [DONE]\n\n",
            ContentType = "text/event-stream",
        });

        var answer = await scene.ChatAsync(streaming: true);

        Assert.Contains("upstream_stream_interrupted", Sse.Payloads(answer.Text)[^1], StringComparison.Ordinal);
        Assert.DoesNotContain(Sse.Done, answer.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("headers and comments, then silence")]
    [InlineData("a role and comments, then silence")]
    public async Task NoContentInTimeFallsBackWhateverElseWasSent(string fault)
    {
        await using var scene = await Scene.StartAsync(fixture.Server, new { timeouts = new { firstContentSeconds = 0.3 } });
        scene.Custom.Script(fault[0] == 'h'
            ? new SimulatorBehavior { FirstTokenMs = 60_000, CommentEveryMs = 50 }
            : new SimulatorBehavior { StallAfter = 0, CommentEveryMs = 50 });

        var answer = await scene.ChatAsync(streaming: true);

        Assert.Equal("custom:mine=timeout;openai:gpt-4=ok", answer.Header("x-beast-attempts"));
        Assert.Equal("timeout", answer.Header("x-beast-fallback-reason"));
        var payloads = Sse.Payloads(answer.Text);
        Assert.Equal(Scene.TextFrom("gpt-4"), Sse.TextOf(payloads));

        // The role chunk that was held for the first model must not be in the second one's answer.
        Assert.Single(payloads, p => p.Contains("\"role\"", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("reset")]
    [InlineData("clean end")]
    [InlineData("error event")]
    [InlineData("bare [DONE]")]
    public async Task AStreamBrokenBeforeItsFirstContentFallsBack(string fault)
    {
        await using var scene = await Scene.StartAsync(fixture.Server);
        scene.Custom.Script(fault switch
        {
            "reset" => new SimulatorBehavior { ResetAfter = 0 },
            "clean end" => new SimulatorBehavior { EndAfter = 0 },
            "error event" => new SimulatorBehavior { ErrorEventFirst = true },
            _ => new SimulatorBehavior { RawBody = "data: [DONE]\n\n", ContentType = "text/event-stream" },
        });

        var answer = await scene.ChatAsync(streaming: true);

        Assert.Equal(HttpStatusCode.OK, answer.Status);
        Assert.Equal(Scene.ProviderId, answer.Header("x-beast-model"));
        Assert.Equal(fault == "error event" ? "other" : "network", answer.Header("x-beast-fallback-reason"));
        Assert.Equal(Scene.TextFrom("gpt-4"), Scene.TextOf(answer, streaming: true));
        Assert.Single(scene.Custom.Requests.Snapshot());
    }

    [Fact]
    public async Task ReasoningIsContent()
    {
        await using var scene = await Scene.StartAsync(fixture.Server, new { timeouts = new { firstContentSeconds = 1.0, idleSeconds = 5.0 } });
        scene.Custom.Script(new SimulatorBehavior { ReasoningTokens = 5, InterTokenMs = 300, Tokens = 2 });

        var answer = await scene.ChatAsync(streaming: true);

        Assert.Equal("custom:mine=ok", answer.Header("x-beast-attempts"));
        Assert.Contains("reasoning_content", answer.Text, StringComparison.Ordinal);
    }
}
