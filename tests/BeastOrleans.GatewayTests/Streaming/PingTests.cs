using System.Net;
using System.Text.Json;
using BeastOrleans.GatewayTests.Forwarding;
using BeastOrleans.Simulator;
using BeastOrleans.Testing;
using Xunit;

namespace BeastOrleans.GatewayTests.Streaming;

/// <summary>A client that waits for a buffered stream is kept connected by comments; once one was sent, only the stream can tell the end.</summary>
public sealed class PingTests(PingTests.Fixture fixture) : IClassFixture<PingTests.Fixture>
{
    private const string Ping = ": ping\n\n";

    private static readonly (string, string) Buffered = ("x-beast-stream", "buffered");

    [Fact]
    public async Task ASlowAnswerComesAfterPingsAndIsWhole()
    {
        await using var scene = await Scene.StartAsync(fixture.Server, new { model = "llama-3" });
        scene.Custom.Script(new SimulatorBehavior { FirstTokenMs = 400 });

        var answer = await scene.ChatAsync(streaming: true, "auto", Buffered);

        Assert.StartsWith(Ping, answer.Text, StringComparison.Ordinal);
        Assert.Equal("text/event-stream; charset=utf-8", answer.Header("Content-Type"));
        Assert.NotNull(answer.Header("x-beast-request-id"));
        Assert.Equal(Scene.TextFrom("llama-3"), Scene.TextOf(answer, streaming: true));
        Assert.Equal(Sse.Done, Sse.Payloads(answer.Text)[^1]);
    }

    [Fact]
    public async Task AFailureAfterPingsIsTheStreamsLastEventAndNamesEveryAttempt()
    {
        await using var scene = await Scene.StartAsync(fixture.Server);
        scene.Custom.Script(new SimulatorBehavior { LatencyMs = 400, Status = 500 });
        scene.Provider.Script(new SimulatorBehavior { Status = 500 });

        var answer = await scene.ChatAsync(streaming: true, "auto", Buffered);

        Assert.Equal(HttpStatusCode.OK, answer.Status);
        var last = JsonSerializer.Deserialize<JsonElement>(Assert.Single(Sse.Payloads(answer.Text)));
        Assert.Equal("upstream_failed", last.GetProperty("error").GetProperty("code").GetString());
        Assert.Equal(3, last.GetProperty("attempts").GetArrayLength());
        var record = await scene.DecisionAsync(last.GetProperty("request_id").GetString());
        Assert.Equal(3, record.GetProperty("attempts").GetArrayLength());
    }

    [Fact]
    public async Task ACallersMistakeAfterPingsIsTheStreamsLastEvent()
    {
        await using var scene = await Scene.StartAsync(fixture.Server);
        scene.Custom.Script(new SimulatorBehavior { LatencyMs = 400, Status = 400, ErrorMessage = "messages must alternate" });

        var answer = await scene.ChatAsync(streaming: true, "auto", Buffered);

        Assert.Contains("messages must alternate", Assert.Single(Sse.Payloads(answer.Text)), StringComparison.Ordinal);
        Assert.Empty(scene.Provider.Requests.Snapshot());
    }

    public sealed class Fixture : IAsyncLifetime
    {
        public BeastServer Server { get; private set; } = null!;

        public async Task InitializeAsync() => Server = await BeastServer.StartAsync(null, "--Beast:PingSeconds=0.05");

        public async Task DisposeAsync() => await Server.DisposeAsync();
    }
}
