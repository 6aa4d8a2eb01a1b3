using System.Collections.Concurrent;
using System.Net;
using BeastOrleans.GatewayTests.Api;
using BeastOrleans.GatewayTests.Forwarding;
using BeastOrleans.GatewayTests.Wire;
using BeastOrleans.Simulator;
using BeastOrleans.Testing;
using Xunit;

namespace BeastOrleans.GatewayTests.Streaming;

[Collection(WireCollection.Name)]
public sealed class DyingUpstreamTests(WireFixture fixture)
{
    private const int Requests = 200;

    /// <summary>Attempts at the primary beyond those that were under way: the retry budget, 20 saved up and 3 a second.</summary>
    private const int MostRetries = 10;

    /// <summary>All of them are at the primary when it dies; those that come after go elsewhere.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Two_hundred_requests_at_a_dying_primary_are_all_answered_and_booked_once(bool stream)
    {
        const int After = 50;
        await using var scene = await Scene.StartAsync(fixture.Server);
        scene.Custom.Script(new SimulatorBehavior { Hang = true });
        var sending = Task.WhenAll(Enumerable.Range(0, Requests).Select(_ => AskAsync()));
        await Eventually.IsTrueAsync("all are under way", () => scene.Custom.Requests.Count == Requests);

        await scene.Custom.StopAsync();
        var answers = (await sending).Concat(await Task.WhenAll(Enumerable.Range(0, After).Select(_ => AskAsync()))).ToArray();

        Assert.All(answers, a => Assert.Equal((HttpStatusCode.OK, Scene.ProviderId), (a.Status, a.Header("x-beast-model"))));
        Assert.All(answers, a => Assert.True(!stream || Sse.IsFinished(a.Text)));
        Assert.Equal(Requests + After, scene.Provider.Requests.Count);
        var attempts = answers.Select(a => a.Header("x-beast-attempts")!.Split(';')).ToArray();
        var primary = attempts.Sum(a => a.Count(one => one.StartsWith("custom:mine=", StringComparison.Ordinal)));
        Assert.InRange(primary, Requests, Requests + MostRetries);

        await Eventually.IsTrueAsync("all are in the ledger", async () => Count(await scene.CountsAsync(), "total") >= Requests + After);
        var counts = await scene.CountsAsync();
        Assert.Equal((Requests + After, 0, Requests + After), (Count(counts, "total"), Count(counts, "success"), Count(counts, "fallbacks")));
        foreach (var (answer, made) in answers.Zip(attempts))
        {
            var rows = (await scene.DecisionAsync(answer.Header("x-beast-request-id"))).GetProperty("attempts").EnumerateArray();
            Assert.Equal(made, rows.Select(r => $"{r.Text("modelId")}={(r.Text("reason") == "none" ? "ok" : r.Text("reason"))}"));
        }

        Task<ApiAnswer> AskAsync() => scene.ChatAsync(stream);
    }

    [Fact]
    public async Task No_request_is_lost_while_the_primary_dies_and_it_serves_again_after_its_return()
    {
        await using var scene = await Scene.StartAsync(fixture.Server);
        scene.Custom.Script(new SimulatorBehavior { LatencyMs = 100 });
        var answers = new ConcurrentBag<ApiAnswer>();
        var sending = Parallel.ForEachAsync(
            Enumerable.Range(0, Requests),
            new ParallelOptions { MaxDegreeOfParallelism = 80 },
            async (_, _) => answers.Add(await scene.ChatAsync(streaming: false)));
        await Eventually.IsTrueAsync("some requests are answered, others under way", () => answers.Count >= 20);
        await scene.Custom.StopAsync();
        await sending;

        Assert.All(answers, a => Assert.True(a.Status == HttpStatusCode.OK, a.Text));
        Assert.Equal(Requests, answers.Select(a => a.Header("x-beast-request-id")).Distinct().Count());
        var byProvider = answers.Count(a => a.Header("x-beast-model") == Scene.ProviderId);
        Assert.InRange(byProvider, 1, Requests - 20);
        Assert.Equal(byProvider, scene.Provider.Requests.Count);

        await Eventually.IsTrueAsync("all are in the ledger", async () => Count(await scene.CountsAsync(), "total") >= Requests);
        var counts = await scene.CountsAsync();
        Assert.Equal((Requests, Requests - byProvider, byProvider), (Count(counts, "total"), Count(counts, "success"), Count(counts, "fallbacks")));
        await Eventually.IsTrueAsync("the circuit is open", async () => (await scene.CircuitAsync()).Text("state") is "open" or "half_open");

        await scene.Custom.RestartAsync();
        scene.Custom.ClearScript();
        await Eventually.IsTrueAsync(
            "the custom model serves again",
            async () =>
            {
                var answer = await scene.ChatAsync(streaming: false);
                Assert.Equal(HttpStatusCode.OK, answer.Status);
                return answer.Header("x-beast-model") == Scene.CustomId;
            },
            TimeSpan.FromSeconds(35));
    }

    [Fact]
    public async Task Streams_that_had_begun_when_the_primary_dies_end_as_partial_and_the_others_are_the_providers()
    {
        await using var scene = await Scene.StartAsync(fixture.Server);
        scene.Custom.Script(new SimulatorBehavior { Tokens = 5_000, InterTokenMs = 20 });
        var begun = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => scene.OpenStreamAsync()));
        await scene.Custom.StopAsync();
        foreach (var response in begun)
        {
            using (response)
            {
                var text = await response.Content.ReadAsStringAsync();
                Assert.Contains("upstream_stream_interrupted", text, StringComparison.Ordinal);
                Assert.DoesNotContain("[DONE]", text, StringComparison.Ordinal);
            }
        }

        var after = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => scene.ChatAsync(streaming: true)));
        Assert.All(after, a => Assert.Equal((HttpStatusCode.OK, Scene.ProviderId, true), (a.Status, a.Header("x-beast-model"), Sse.IsFinished(a.Text))));
        await Eventually.IsTrueAsync("all are in the ledger", async () => Count(await scene.CountsAsync(), "total") == 40);
        Assert.Equal(0, Count(await scene.CountsAsync(), "success"));
    }

    private static int Count(System.Text.Json.JsonElement counts, string name) => counts.GetProperty(name).GetInt32();
}
