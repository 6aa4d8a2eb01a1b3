using System.Net;
using BeastOrleans.GatewayTests.Forwarding;
using BeastOrleans.Simulator;
using BeastOrleans.Testing;
using Xunit;

namespace BeastOrleans.GatewayTests.Faults;

/// <summary>A half-open circuit heals by real requests: one that says nothing of the endpoint must not use up the permit.</summary>
[Collection(FaultCollection.Name)]
public sealed class ProbeTests(FaultFixture fixture)
{
    [Fact]
    public async Task AProbeWhoseStreamOptionsAreRefusedGoesOnWithoutThem()
    {
        await using var scene = await Scene.StartAsync(fixture.Server, new { model = "llama-3" });
        await OpenAsync(scene);
        scene.Custom.Script(new SimulatorBehavior { RefuseStreamOptions = true });

        await Eventually.IsTrueAsync("a stream is the probe", async () =>
            (await scene.ChatAsync(streaming: true)).Header("x-beast-attempts") == "custom:mine=other;custom:mine=ok");
        await ClosesAsync(scene);
    }

    [Fact]
    public async Task AProbeThatCannotBeSaidGivesItsPermitBack()
    {
        await using var scene = await Scene.StartAsync(fixture.Server, new { model = "llama-3", dialect = "anthropic" });
        await OpenAsync(scene);
        object twice = new { model = "auto", n = 2, messages = new[] { new { role = "user", content = "Hello" } } };

        await Eventually.IsTrueAsync("the probe is refused for its words", async () =>
            (await scene.PostAsync(twice)).Header("x-beast-attempts") == "custom:mine=other;openai:gpt-4=ok");
        Assert.Equal(Scene.CustomId, (await scene.ChatAsync(streaming: false)).Header("x-beast-model"));
        await ClosesAsync(scene);
    }

    [Fact]
    public async Task AMalformedRequestGivesItsPermitBack()
    {
        await using var scene = await Scene.StartAsync(fixture.Server, new { model = "llama-3", dialect = "anthropic" });
        await OpenAsync(scene);
        object malformed = new { model = "auto", stop = 5, messages = new[] { new { role = "user", content = "Hello" } } };

        await Eventually.IsTrueAsync("the probe is the caller's mistake", async () => (await scene.PostAsync(malformed)).Status == HttpStatusCode.BadRequest);
        Assert.Equal(Scene.CustomId, (await scene.ChatAsync(streaming: false)).Header("x-beast-model"));
        await ClosesAsync(scene);
    }

    [Fact]
    public async Task ACandidateThatCouldNotBeAskedIsTheNewsWhereAnotherCannotSayIt()
    {
        await using var scene = await Scene.StartAsync(fixture.Server, new { dialect = "anthropic" }, provider: false);
        await scene.RegisterAsync("other", scene.Provider);
        (await scene.Tenant.SendAsync(HttpMethod.Put, "/api/policy", new { fallbacks = new[] { "custom:other" } })).Require(HttpStatusCode.OK);
        await scene.OperateAsync("custom:other", "isolate");
        object twice = new { model = Scene.CustomId, n = 2, messages = new[] { new { role = "user", content = "Hello" } } };

        ApiAnswer? answer = null;
        await Eventually.IsTrueAsync("the isolation is known here", async () => (answer = await scene.PostAsync(twice)).Status == HttpStatusCode.ServiceUnavailable);

        Assert.Equal("no_healthy_endpoint", answer!.Json.GetProperty("error").GetProperty("code").GetString());
        Assert.Contains("custom:other: not called", answer.Text, StringComparison.Ordinal);
    }

    private static async Task OpenAsync(Scene scene)
    {
        scene.Custom.Script(new SimulatorBehavior { Html = true });
        for (var i = 0; i < 5; i++)
        {
            (await scene.ChatAsync(streaming: false)).Require(HttpStatusCode.OK);
        }

        await scene.SeesCircuitAsync("open");
        scene.Custom.Script(new SimulatorBehavior());
    }

    private static Task<TimeSpan> ClosesAsync(Scene scene) => Eventually.IsTrueAsync("the circuit closes", async () =>
    {
        (await scene.ChatAsync(streaming: false)).Require(HttpStatusCode.OK);
        return (await scene.CircuitAsync()).GetProperty("state").GetString() == "closed";
    });
}
