using System.Net;
using BeastOrleans.Simulator;
using BeastOrleans.Testing;
using Xunit;

namespace BeastOrleans.GatewayTests.Forwarding;

/// <summary>What a fallback leaves: the record of it, and what the requests that follow do. The faults themselves are in the fault table.</summary>
[Collection(GatewayCollection.Name)]
public sealed class FallbackTests(GatewayFixture fixture)
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task TheDecisionRecordTellsPlanAttemptsAndMoney(bool streaming)
    {
        await using var scene = await Scene.StartAsync(fixture.Server, new { model = "llama-3" });
        scene.Custom.Script(new SimulatorBehavior { Status = 429, RetryAfter = "60", ErrorMessage = "Slow down" });

        var answer = await scene.ChatAsync(streaming);
        var record = await scene.DecisionAsync(answer.Header("x-beast-request-id"));

        Assert.Equal("auto", record.GetProperty("requested").GetString());
        Assert.Equal(Scene.ProviderId, record.GetProperty("served").GetString());
        Assert.Equal(200, record.GetProperty("status").GetInt32());
        Assert.Equal("overload", record.GetProperty("fallbackReason").GetString());
        Assert.False(record.GetProperty("degraded").GetBoolean());
        Assert.Equal(2, record.GetProperty("plan").GetArrayLength());
        Assert.Equal(Scene.CustomId, record.GetProperty("plan")[0].GetProperty("modelId").GetString());
        var attempts = record.GetProperty("attempts");
        Assert.Equal(2, attempts.GetArrayLength());
        Assert.Equal("overload", attempts[0].GetProperty("outcome").GetString());
        Assert.Equal("llama-3", attempts[0].GetProperty("model").GetString());
        Assert.Equal(429, attempts[0].GetProperty("status").GetInt32());
        Assert.Equal("ok", attempts[1].GetProperty("outcome").GetString());
        Assert.Equal("reported", attempts[1].GetProperty("tokens").GetProperty("source").GetString());
        Assert.Equal(16, attempts[1].GetProperty("tokens").GetProperty("output").GetInt32());
        Assert.Equal(0.00099m, record.GetProperty("costUsd").GetDecimal());
        Assert.Equal(0m, record.GetProperty("savedUsd").GetDecimal());
    }

    [Fact]
    public async Task AnOverloadedEndpointIsWaitedForWithinThePatience()
    {
        await using var scene = await Scene.StartAsync(fixture.Server);
        scene.Custom.ScriptSteps(new SimulatorBehavior { Status = 429, RetryAfter = "1" });

        var answer = await scene.ChatAsync(streaming: false);

        Assert.Equal(Scene.CustomId, answer.Header("x-beast-model"));
        Assert.Equal("custom:mine=overload;custom:mine=ok", answer.Header("x-beast-attempts"));
        Assert.Null(answer.Header("x-beast-fallback-reason"));
        Assert.Empty(scene.Provider.Requests.Snapshot());
    }

    [Fact]
    public async Task AHeldEndpointIsLeftAloneUntilItsTime()
    {
        await using var scene = await Scene.StartAsync(fixture.Server);
        scene.Custom.Script(new SimulatorBehavior { Status = 429, RetryAfter = "60" });
        await scene.ChatAsync(streaming: false);
        await Eventually.IsTrueAsync("the hold is known", async () =>
            (await scene.Tenant.SendAsync(HttpMethod.Post, "/api/models/select", new { })).Json.GetProperty("modelId").GetString() == Scene.ProviderId);

        var answer = await scene.ChatAsync(streaming: false);

        Assert.Equal("openai:gpt-4=ok", answer.Header("x-beast-attempts"));
        Assert.Equal("unhealthy", answer.Header("x-beast-fallback-reason"));
        Assert.Single(scene.Custom.Requests.Snapshot());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task FiveFailuresOpenTheCircuitAndAResetClosesIt(bool streaming)
    {
        await using var scene = await Scene.StartAsync(fixture.Server);
        scene.Custom.Script(new SimulatorBehavior { Html = true });
        for (var i = 0; i < 5; i++)
        {
            Assert.Equal("other", (await scene.ChatAsync(streaming)).Header("x-beast-fallback-reason"));
        }

        await scene.SeesCircuitAsync("open");
        scene.Custom.Requests.Clear();
        var skipped = await scene.ChatAsync(streaming);
        scene.Custom.ClearScript();
        await scene.OperateAsync(Scene.CustomId, "reset");
        var healed = await scene.ChatAsync(streaming);

        Assert.Equal(HttpStatusCode.OK, skipped.Status);
        Assert.Equal("openai:gpt-4=ok", skipped.Header("x-beast-attempts"));
        Assert.Equal("unhealthy", skipped.Header("x-beast-fallback-reason"));
        var record = await scene.DecisionAsync(skipped.Header("x-beast-request-id"));
        Assert.StartsWith("open since", record.GetProperty("plan")[0].GetProperty("skipped").GetString(), StringComparison.Ordinal);
        Assert.Equal(Scene.CustomId, healed.Header("x-beast-model"));
        Assert.Null(healed.Header("x-beast-fallback-reason"));
        Assert.Single(scene.Custom.Requests.Snapshot(), r => r.Method == "POST");
    }

    [Fact]
    public async Task AHealedEndpointIsFoundAgainWithoutAnybodysHelp()
    {
        await using var scene = await Scene.StartAsync(fixture.Server);
        scene.Custom.Script(new SimulatorBehavior { Html = true });
        for (var i = 0; i < 5; i++)
        {
            await scene.ChatAsync(streaming: false);
        }

        await scene.SeesCircuitAsync("open");
        scene.Custom.ClearScript();

        await Eventually.IsTrueAsync("the custom model answers again", async () =>
            (await scene.ChatAsync(streaming: false)).Require(HttpStatusCode.OK).Header("x-beast-model") == Scene.CustomId);
        await Eventually.IsTrueAsync("its circuit is closed", async () =>
        {
            await scene.ChatAsync(streaming: false);
            return (await scene.CircuitAsync()).GetProperty("state").GetString() == "closed";
        });
    }
}
