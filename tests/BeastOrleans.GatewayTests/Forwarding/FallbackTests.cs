using System.Net;
using BeastOrleans.Simulator;
using BeastOrleans.Testing;
using Xunit;

namespace BeastOrleans.GatewayTests.Forwarding;

/// <summary>One request, one answer: whatever is wrong with the custom model, the provider answers, and the headers say why.</summary>
[Collection(GatewayCollection.Name)]
public sealed class FallbackTests(GatewayFixture fixture)
{
    private static readonly Dictionary<string, SimulatorBehavior> Behaviors = new()
    {
        ["reset before any byte"] = new() { ResetBefore = true },
        ["no answer in time"] = new() { Hang = true },
        ["500"] = new() { Status = 500 },
        ["503"] = new() { Status = 503 },
        ["503 with Retry-After"] = new() { Status = 503, RetryAfter = "60" },
        ["429"] = new() { Status = 429, RetryAfter = "60" },
        ["404"] = new() { Status = 404 },
        ["401"] = new() { Status = 401 },
        ["malformed JSON"] = new() { RawBody = "{\"id\":\"chatcmpl-1\",\"choices\":[{\"index\":0," },
        ["HTML"] = new() { Html = true },
        ["an empty body"] = new() { EmptyBody = true },
        ["an error in a good status"] = new() { RawBody = """{"error":{"message":"boom","type":"server_error"}}""" },
        ["a redirect"] = new() { Redirect = "http://127.0.0.1:1/v1" },
    };

    public static TheoryData<string, string, bool> Faults
    {
        get
        {
            var data = new TheoryData<string, string, bool>();
            foreach (var streaming in (bool[])[false, true])
            {
                data.Add("a refused connection", "network", streaming);
                data.Add("reset before any byte", "network", streaming);
                data.Add("no answer in time", "timeout", streaming);
                data.Add("500", "other", streaming);
                data.Add("503", "other", streaming);
                data.Add("503 with Retry-After", "overload", streaming);
                data.Add("429", "overload", streaming);
                data.Add("404", "other", streaming);
                data.Add("401", "other", streaming);
                data.Add("malformed JSON", "other", streaming);
                data.Add("HTML", "other", streaming);
                data.Add("an empty body", "other", streaming);
                data.Add("an error in a good status", "other", streaming);
                data.Add("a redirect", "other", streaming);
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task TheProviderAnswersInPlaceOfACustomModelWith(string fault, string reason, bool streaming)
    {
        var model = fault == "no answer in time" ? (object)new { timeouts = new { attemptSeconds = 0.3 } } : new { };
        await using var scene = await Scene.StartAsync(fixture.Server, model);
        if (Behaviors.TryGetValue(fault, out var behavior))
        {
            scene.Custom.Script(behavior);
        }
        else
        {
            await scene.Custom.StopAsync();
        }

        var answer = await scene.ChatAsync(streaming);

        Assert.Equal(HttpStatusCode.OK, answer.Status);
        Assert.Equal(Scene.TextFrom("gpt-4"), Scene.TextOf(answer, streaming));
        Assert.Equal(Scene.ProviderId, answer.Header("x-beast-model"));
        Assert.Equal("provider", answer.Header("x-beast-model-type"));
        Assert.Equal(reason, answer.Header("x-beast-fallback-reason"));

        // A reset or a 5xx before any byte may be tried once more at the same endpoint, as the retry budget has it.
        Assert.Matches($"^(custom:mine={reason};){{1,2}}openai:gpt-4=ok$", answer.Header("x-beast-attempts"));
        Assert.Single(scene.Provider.Requests.Snapshot());
        Assert.Equal(
            fault == "a refused connection" ? 0 : answer.Header("x-beast-attempts")!.Split(';').Length - 1,
            scene.Custom.Requests.Snapshot().Count);
    }

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
