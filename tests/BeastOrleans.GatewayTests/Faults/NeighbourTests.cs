using System.Net;
using BeastOrleans.GatewayTests.Forwarding;
using BeastOrleans.Simulator;
using Xunit;

namespace BeastOrleans.GatewayTests.Faults;

/// <summary>Callers who misbehave share an endpoint with others, and harm them not.</summary>
[Collection(FaultCollection.Name)]
public sealed class NeighbourTests(FaultFixture fixture)
{
    /// <summary>Enough in a row to open a circuit twice over, if they counted.</summary>
    private const int Enough = 12;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task ACallerWithTinyTimeoutsOpensNoCircuit(bool streaming)
    {
        await using var scene = await Scene.StartAsync(fixture.Server, new { model = "llama-3" });
        scene.Custom.Script(new SimulatorBehavior { LatencyMs = 60_000 });

        var answers = await ManyAsync(() => scene.ChatAsync(streaming, "auto", ("x-beast-timeout", "0.05")));

        Assert.All(answers, a => Assert.Equal(HttpStatusCode.GatewayTimeout, a.Status));
        await AssertUnharmedAsync(scene, streaming);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task ACallerWhoSendsNonsenseOpensNoCircuit(bool streaming)
    {
        await using var scene = await Scene.StartAsync(fixture.Server, new { model = "llama-3" });
        scene.Custom.Script(new SimulatorBehavior { Status = 400, ErrorMessage = "nonsense" });

        var answers = await ManyAsync(() => scene.ChatAsync(streaming));

        Assert.All(answers, a => Assert.Equal((HttpStatusCode.BadRequest, "custom:mine=caller"), (a.Status, a.Header("x-beast-attempts"))));
        Assert.Equal(Enough, scene.Custom.Requests.Count);
        await AssertUnharmedAsync(scene, streaming);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task ACallerWithABadKeyReachesNoUpstream(bool streaming)
    {
        await using var scene = await Scene.StartAsync(fixture.Server, new { model = "llama-3" });
        var bad = scene.Tenant.Key[..^1] + (scene.Tenant.Key[^1] == 'A' ? 'B' : 'A');

        var answers = await ManyAsync(() => fixture.Server.SendAsync(HttpMethod.Post, "/v1/chat/completions", bad, Scene.ChatBody(streaming)));

        Assert.All(answers, a => Assert.Equal(HttpStatusCode.Unauthorized, a.Status));
        Assert.Equal(0, scene.Custom.Requests.Count);
        await AssertUnharmedAsync(scene, streaming);
    }

    [Fact]
    public async Task CallersWhoHangUpOpenNoCircuit()
    {
        await using var scene = await Scene.StartAsync(fixture.Server, new { model = "llama-3" });
        scene.Custom.Script(new SimulatorBehavior { Hang = true });
        using var leaving = new CancellationTokenSource();
        var sending = Enumerable.Range(0, Enough).Select(_ => SendAsync(scene, leaving.Token)).ToArray();
        await Testing.Eventually.IsTrueAsync("all are under way", () => scene.Custom.Requests.Count == Enough);

        await leaving.CancelAsync();
        foreach (var task in sending)
        {
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => task);
        }

        await Task.WhenAll(scene.Custom.Requests.Snapshot().Select(r => r.WhenFinished)).WaitAsync(TimeSpan.FromSeconds(5));
        Assert.All(scene.Custom.Requests.Snapshot(), r => Assert.True(r.Aborted));
        await AssertUnharmedAsync(scene, streaming: false);
    }

    private static async Task<T[]> ManyAsync<T>(Func<Task<T>> send) => await Task.WhenAll(Enumerable.Range(0, Enough).Select(_ => send()));

    private static async Task SendAsync(Scene scene, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions") { Content = System.Net.Http.Json.JsonContent.Create(Scene.ChatBody(streaming: false)) };
        request.Headers.Authorization = new("Bearer", scene.Tenant.Key);
        using var response = await scene.Tenant.Server.Http.SendAsync(request, cancellationToken);
    }

    /// <summary>The next caller is served by the custom model, whose circuit has not heard of any of it.</summary>
    private static async Task AssertUnharmedAsync(Scene scene, bool streaming)
    {
        scene.Custom.ClearScript();
        var answer = await scene.ChatAsync(streaming);
        Assert.Equal("custom:mine=ok", answer.Header("x-beast-attempts"));
        Assert.Equal(Scene.TextFrom("llama-3"), Scene.TextOf(answer, streaming));
        await scene.DecisionAsync(answer.Header("x-beast-request-id"));
        var circuit = await scene.CircuitAsync();
        Assert.Equal(("closed", 0), (circuit.GetProperty("state").GetString(), circuit.GetProperty("failures").GetInt32()));
        Assert.Equal(System.Text.Json.JsonValueKind.Null, circuit.GetProperty("hold").ValueKind);
        Assert.Equal(System.Text.Json.JsonValueKind.Null, circuit.GetProperty("suspendedUntil").ValueKind);
        Assert.False(circuit.GetProperty("misconfigured").GetBoolean());
        Assert.Equal(0, scene.Provider.Requests.Count);
    }
}
