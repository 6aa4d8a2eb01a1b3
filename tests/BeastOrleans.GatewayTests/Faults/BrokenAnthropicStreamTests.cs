using System.Net;
using System.Text.Json;
using BeastOrleans.GatewayTests.Forwarding;
using BeastOrleans.Simulator;
using BeastOrleans.Testing;
using Xunit;

namespace BeastOrleans.GatewayTests.Faults;

/// <summary>A translated stream that breaks: partial for the client, and in the books no output that the upstream never counted.</summary>
[Collection(FaultCollection.Name)]
public sealed class BrokenAnthropicStreamTests(FaultFixture fixture)
{
    private static readonly Dictionary<string, SimulatorBehavior> Breaks = new()
    {
        ["cut"] = new() { CutAfter = 3 },
        ["clean end"] = new() { EndAfter = 3 },
        ["stall"] = new() { StallAfter = 3, CommentEveryMs = 50 },
        ["error event"] = new() { ErrorEventAfter = 3 },
    };

    [Theory]
    [InlineData("cut", "network")]
    [InlineData("clean end", "network")]
    [InlineData("stall", "timeout")]
    [InlineData("error event", "other")]
    public async Task ABrokenStreamIsPartialAndItsOutputEstimated(string fault, string reason)
    {
        await using var scene = await Scene.StartAsync(fixture.Server, custom: false);
        await scene.Tenant.RegisterModelAsync(
            "mine", scene.Custom.BaseUrl, new { model = "claude-x", dialect = "anthropic", timeouts = new { idleSeconds = 0.4 } });
        scene.Custom.Script(Breaks[fault]);

        var answer = (await scene.ChatAsync(streaming: true)).Require(HttpStatusCode.OK);

        var payloads = Sse.Payloads(answer.Text);
        Assert.Equal("Simulated answer from", Sse.TextOf(payloads[..^1]));
        Assert.Equal(
            "upstream_stream_interrupted",
            JsonSerializer.Deserialize<JsonElement>(payloads[^1]).GetProperty("error").GetProperty("code").GetString());
        Assert.DoesNotContain(Sse.Done, answer.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("\"finish_reason\":\"", answer.Text, StringComparison.Ordinal);
        var attempt = Assert.Single((await scene.DecisionAsync(answer.Header("x-beast-request-id"))).GetProperty("attempts").EnumerateArray());
        Assert.Equal(("partial", reason), (attempt.GetProperty("outcome").GetString(), attempt.GetProperty("reason").GetString()));
        var tokens = attempt.GetProperty("tokens");
        Assert.Equal(("estimated", 6), (tokens.GetProperty("source").GetString(), tokens.GetProperty("output").GetInt32()));
        await Eventually.IsTrueAsync("the circuit counts it", async () => (await scene.CircuitAsync()).GetProperty("failures").GetInt32() == 1);
    }
}
