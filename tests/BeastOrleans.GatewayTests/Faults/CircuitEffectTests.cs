using System.Net;
using BeastOrleans.GatewayTests.Forwarding;
using BeastOrleans.Simulator;
using BeastOrleans.Testing;
using Xunit;

namespace BeastOrleans.GatewayTests.Faults;

/// <summary>What faults do to the requests that come after them.</summary>
[Collection(FaultCollection.Name)]
public sealed class CircuitEffectTests(FaultFixture fixture)
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task AnOpenCircuitCostsTheNextRequestNothing(bool streaming)
    {
        await using var scene = await Scene.StartAsync(fixture.Server, new { timeouts = new { attemptSeconds = 0.2, firstContentSeconds = 0.2 } });
        scene.Custom.Script(new SimulatorBehavior { Hang = true });
        for (var i = 0; i < 5; i++)
        {
            Assert.Equal("custom:mine=timeout;openai:gpt-4=ok", (await scene.ChatAsync(streaming)).Header("x-beast-attempts"));
        }

        await scene.SeesCircuitAsync("open");
        Assert.Equal("5 timeouts", (await scene.CircuitAsync()).GetProperty("cause").GetString());
        var startedAt = TimeProvider.System.GetTimestamp();
        var answer = await scene.ChatAsync(streaming);

        // Far below the limit that each request before it had to wait for.
        Assert.InRange(TimeProvider.System.GetElapsedTime(startedAt), TimeSpan.Zero, TimeSpan.FromSeconds(0.19));
        Assert.Equal(("openai:gpt-4=ok", "unhealthy"), (answer.Header("x-beast-attempts"), answer.Header("x-beast-fallback-reason")));
        Assert.Equal(5, scene.Custom.Requests.Snapshot().Count(r => r.Method == "POST"));
        var record = await scene.DecisionAsync(answer.Header("x-beast-request-id"));
        Assert.Single(record.GetProperty("attempts").EnumerateArray());
        Assert.Contains("after 5 timeouts", record.GetProperty("plan")[0].GetProperty("skipped").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(401)]
    [InlineData(402)]
    [InlineData(403)]
    public async Task TwoRefusalsOfTheCredentialSuspendAndANewKeyLiftsIt(int status)
    {
        await using var scene = await Scene.StartAsync(fixture.Server, new { model = "llama-3", apiKey = "sk-old-0123456789" });
        scene.Custom.Script(new SimulatorBehavior { Status = status });

        await scene.ChatAsync(streaming: false);
        Assert.Equal("closed", (await scene.CircuitAsync()).GetProperty("state").GetString());
        await scene.ChatAsync(streaming: true);
        await Eventually.IsTrueAsync("the suspension is known here", async () =>
            (await scene.Tenant.SendAsync(HttpMethod.Post, "/api/models/select", new { })).Json.GetProperty("modelId").GetString() == Scene.ProviderId);
        var skipped = await scene.ChatAsync(streaming: false);

        Assert.Equal(("openai:gpt-4=ok", "unhealthy"), (skipped.Header("x-beast-attempts"), skipped.Header("x-beast-fallback-reason")));
        Assert.Equal(2, scene.Custom.Requests.Count);
        var circuit = await scene.CircuitAsync();
        Assert.Equal(("closed", 0), (circuit.GetProperty("state").GetString(), circuit.GetProperty("failures").GetInt32()));
        Assert.InRange(circuit.GetProperty("suspendedUntil").GetDateTimeOffset() - TimeProvider.System.GetUtcNow(), TimeSpan.FromSeconds(270), TimeSpan.FromSeconds(300));

        scene.Custom.ClearScript();
        (await scene.Tenant.SendAsync(HttpMethod.Patch, "/api/models/custom/mine", new { apiKey = "sk-new-0123456789" })).Require(HttpStatusCode.OK);
        Assert.Equal("custom:mine=ok", (await scene.ChatAsync(streaming: false)).Header("x-beast-attempts"));
    }

    [Fact]
    public async Task AHoldIsAtMostTenMinutes()
    {
        await using var scene = await Scene.StartAsync(fixture.Server);
        scene.Custom.Script(new SimulatorBehavior { Status = 429, RetryAfter = "3600" });

        await scene.ChatAsync(streaming: false);
        await Eventually.IsTrueAsync("it is held", async () => (await scene.CircuitAsync()).GetProperty("hold").ValueKind != System.Text.Json.JsonValueKind.Null);

        Assert.InRange(
            (await scene.CircuitAsync()).GetProperty("hold").GetDateTimeOffset() - TimeProvider.System.GetUtcNow(), TimeSpan.FromSeconds(570), TimeSpan.FromSeconds(600));
    }

    /// <summary>The context error is the caller's, however often it comes: the larger model is asked once for each request.</summary>
    [Fact]
    public async Task ContextErrorsNeverOpenTheCircuit()
    {
        await using var scene = await Scene.StartAsync(fixture.Server, new { contextTokens = 1000 });
        scene.Custom.Script(new SimulatorBehavior { Status = 400, ErrorCode = "context_length_exceeded" });
        for (var i = 0; i < 8; i++)
        {
            Assert.Equal("custom:mine=other;openai:gpt-4=ok", (await scene.ChatAsync(streaming: i % 2 == 0)).Header("x-beast-attempts"));
        }

        var circuit = await scene.CircuitAsync();
        Assert.Equal(("closed", 0, false), (circuit.GetProperty("state").GetString(), circuit.GetProperty("failures").GetInt32(), circuit.GetProperty("misconfigured").GetBoolean()));
        Assert.Equal(8, scene.Provider.Requests.Count);
    }

    /// <summary>A 400 that quotes <c>stream_options</c> from somebody's prompt must not cost everybody the upstream's usage.</summary>
    [Fact]
    public async Task AQuotationOfStreamOptionsDoesNotSwitchUsageOff()
    {
        await using var scene = await Scene.StartAsync(fixture.Server, new { model = "llama-3" });
        scene.Custom.ScriptSteps(new SimulatorBehavior { Status = 400, ErrorMessage = "The prompt 'what are stream_options?' is refused." });

        var refused = await scene.ChatAsync(streaming: true);
        var next = await scene.ChatAsync(streaming: true);

        Assert.Equal((HttpStatusCode.BadRequest, "custom:mine=caller"), (refused.Status, refused.Header("x-beast-attempts")));
        Assert.All(scene.Custom.Requests.Snapshot(), r => Assert.Contains("stream_options", r.Body, StringComparison.Ordinal));
        var tokens = (await scene.DecisionAsync(next.Header("x-beast-request-id"))).GetProperty("attempts")[0].GetProperty("tokens");
        Assert.Equal(("reported", 16), (tokens.GetProperty("source").GetString(), tokens.GetProperty("output").GetInt32()));
    }
}
