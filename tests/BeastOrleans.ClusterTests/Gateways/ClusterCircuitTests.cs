using System.Net;
using BeastOrleans.Contracts.Endpoints;
using BeastOrleans.Simulator;
using BeastOrleans.Testing;
using Xunit.Abstractions;

namespace BeastOrleans.ClusterTests.Gateways;

/// <summary>One circuit for the whole cluster, seen from three real gateways.</summary>
[Collection(GatewayClusterCollection.Name)]
public sealed class ClusterCircuitTests(GatewayClusterFixture fixture, ITestOutputHelper output)
{
    /// <summary>What is promised is 300 ms; this machine may be busy with other tests.</summary>
    private static readonly TimeSpan HeardWithin = TimeSpan.FromSeconds(2);

    [Fact]
    public async Task An_endpoint_that_fails_on_one_gateway_is_skipped_by_all()
    {
        await using var scene = await GatewayScene.StartAsync(fixture.Cluster);
        var key = await scene.CreateKeyAsync("alice");
        await EveryoneUsesItAsync(scene, key);

        var took = await TransitionAsync(scene, key);
        output.WriteLine($"open at the other gateways after {Milliseconds(took)} ms");

        var calls = scene.CustomCalls;
        foreach (var gateway in new[] { 1, 2 })
        {
            var answer = await scene.ChatAsync(gateway, key);
            Assert.Equal(HttpStatusCode.OK, answer.Answer.Status);
            Assert.Equal("openai:gpt-4", GatewayScene.ServedBy(answer));
            Assert.Equal("unhealthy", answer.Answer.Header("x-beast-fallback-reason"));
        }

        Assert.Equal(calls, scene.CustomCalls);
        Assert.All(took, one => Assert.InRange(one, TimeSpan.FromSeconds(-0.1), HeardWithin));
    }

    [Fact]
    public async Task Twenty_transitions_are_everywhere_within_300_ms()
    {
        if (Environment.GetEnvironmentVariable("BEAST_FULL") != "1")
        {
            output.WriteLine("Skipped: the long run, with BEAST_FULL=1.");
            return;
        }

        await using var scene = await GatewayScene.StartAsync(fixture.Cluster);
        var key = await scene.CreateKeyAsync("alice");
        await EveryoneUsesItAsync(scene, key);
        var all = new List<TimeSpan>();
        for (var i = 0; i < 20; i++)
        {
            all.AddRange(await TransitionAsync(scene, key));
            scene.Custom.ClearScript();
            var closed = await scene.Endpoint.OperateAsync(CircuitAction.Reset);
            all.AddRange(await HeardAsync(scene, closed.Generation, closed.Since));
        }

        all.Sort();
        output.WriteLine($"{all.Count} observations: p50 {all[all.Count / 2].TotalMilliseconds:0.0} ms, max {all[^1].TotalMilliseconds:0.0} ms");
        Assert.True(all[^1] <= TimeSpan.FromMilliseconds(300), $"the slowest took {all[^1].TotalMilliseconds:0} ms");
    }

    [Fact]
    public async Task Two_hundred_requests_over_three_gateways_make_one_probe_and_are_all_answered()
    {
        await using var scene = await GatewayScene.StartAsync(fixture.Cluster);
        var key = await scene.CreateKeyAsync("alice");
        await EveryoneUsesItAsync(scene, key);
        await TransitionAsync(scene, key);
        await Eventually.IsTrueAsync("a probe is due", async () => (await scene.Endpoint.GetCircuitAsync()).Until < TimeProvider.System.GetUtcNow());

        // The probe answers late, so that all others come while it is under way.
        scene.Custom.Script(new SimulatorBehavior { LatencyMs = 8_000 });
        var calls = scene.CustomCalls;
        var requests = Enumerable.Range(0, 200).Select(i => scene.ChatAsync(i % 3, key)).ToList();
        await Eventually.IsTrueAsync("all but the probe are answered", () => requests.Count(request => request.IsCompleted) == 199, TimeSpan.FromSeconds(7));
        var probes = scene.CustomCalls - calls;
        var answers = await Task.WhenAll(requests);

        Assert.Equal(1, probes);
        Assert.Equal(1, scene.CustomCalls - calls);
        Assert.All(answers, answer => Assert.Equal(HttpStatusCode.OK, answer.Answer.Status));
        Assert.Single(answers, answer => GatewayScene.ServedBy(answer) == "custom:mine");
        await Eventually.IsTrueAsync("the probe is counted", async () => (await scene.Endpoint.GetCircuitAsync()).State == CircuitState.HalfOpen);
        output.WriteLine($"1 probe, 199 fallbacks, the slowest of them {answers.Select(a => a.Took).Order().ElementAt(198).TotalMilliseconds:0} ms");
    }

    private static async Task EveryoneUsesItAsync(GatewayScene scene, string key)
    {
        for (var gateway = 0; gateway < 3; gateway++)
        {
            var answer = await scene.ChatAsync(gateway, key);
            Assert.Equal("custom:mine", GatewayScene.ServedBy(answer));
        }
    }

    /// <summary>Opens the circuit by failures on gateway 0; how long after it the two others knew.</summary>
    private static async Task<TimeSpan[]> TransitionAsync(GatewayScene scene, string key)
    {
        scene.Custom.Script(new SimulatorBehavior { ResetBefore = true });
        CircuitSnapshot circuit = CircuitSnapshot.Initial;
        await Eventually.IsTrueAsync("the circuit is open", async () =>
        {
            (await scene.ChatAsync(0, key)).Answer.Require(HttpStatusCode.OK);
            circuit = await scene.Endpoint.GetCircuitAsync();
            return circuit.State == CircuitState.Open;
        });
        return await HeardAsync(scene, circuit.Generation, circuit.Since);
    }

    private static async Task<TimeSpan[]> HeardAsync(GatewayScene scene, long generation, DateTimeOffset since)
    {
        var others = new[] { scene.Cluster.Gateways[1], scene.Cluster.Gateways[2] };
        await Eventually.IsTrueAsync("all have heard", () => others.All(gateway => gateway.HeardAt(scene.EndpointKey, generation) is not null));
        return [.. others.Select(gateway => gateway.HeardAt(scene.EndpointKey, generation)!.Value - since)];
    }

    private static string Milliseconds(TimeSpan[] spans) => string.Join(" and ", spans.Select(span => span.TotalMilliseconds.ToString("0.0")));
}
