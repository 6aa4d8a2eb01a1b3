using BeastOrleans.GatewayTests.Forwarding;
using BeastOrleans.Simulator;
using Xunit;

namespace BeastOrleans.GatewayTests.Streaming;

/// <summary>What counts as content. Streams that break are in the fault table.</summary>
[Collection(GatewayCollection.Name)]
public sealed class FirstContentTests(GatewayFixture fixture)
{
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

    [Fact]
    public async Task ReasoningIsContent()
    {
        await using var scene = await Scene.StartAsync(fixture.Server, new { timeouts = new { firstContentSeconds = 1.0, idleSeconds = 5.0 } });
        scene.Custom.Script(new SimulatorBehavior { ReasoningTokens = 5, InterTokenMs = 300, Tokens = 2 });

        var answer = await scene.ChatAsync(streaming: true);

        Assert.Equal("custom:mine=ok", answer.Header("x-beast-attempts"));
        Assert.Contains("reasoning_content", answer.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task AnAnswerInSeveralChoicesIsWholeWhenAllAre(bool complete)
    {
        await using var scene = await Scene.StartAsync(fixture.Server);
        scene.Custom.Script(new SimulatorBehavior
        {
            RawBody = Event(0, "\"first\"", "null") + Event(0, "null", "\"stop\"") + (complete ? Event(1, "\"second\"", "null") + Event(1, "null", "\"stop\"") : ""),
            ContentType = "text/event-stream",
        });

        var answer = await scene.PostAsync(new { model = "auto", n = 2, stream = true, messages = new[] { new { role = "user", content = "Hello" } } });

        var last = Sse.Payloads(answer.Text)[^1];
        Assert.True(complete ? last == Sse.Done : last.Contains("upstream_stream_interrupted", StringComparison.Ordinal), answer.Text);

        static string Event(int index, string content, string finish) =>
            $$$"""data: {"choices":[{"index":{{{index}}},"delta":{"content":{{{content}}}},"finish_reason":{{{finish}}}}]}""" + "\n\n";
    }
}
