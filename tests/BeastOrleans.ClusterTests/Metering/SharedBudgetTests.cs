using System.Net;
using BeastOrleans.ClusterTests.Gateways;
using BeastOrleans.Contracts.Identity;
using BeastOrleans.Contracts.Metering;
using BeastOrleans.Testing;
using Xunit.Abstractions;

namespace BeastOrleans.ClusterTests.Metering;

/// <summary>One budget spent through four gateways at once: never over, and hardly anything left lying about.</summary>
[Collection(GatewayClusterCollection.Name)]
public sealed class SharedBudgetTests(GatewayClusterFixture fixture, ITestOutputHelper output)
{
    private static readonly bool Full = Environment.GetEnvironmentVariable("BEAST_FULL") == "1";

    // A dollar's worth in the long run, a fifth of it in the quick one.
    private static readonly int Calls = Full ? 1_000 : 200;

    private static readonly int Clients = Full ? 200 : 40;

    [Fact]
    public async Task A_budget_for_so_many_calls_admits_so_many_over_four_gateways()
    {
        var cluster = fixture.Cluster;
        await using var scene = await GatewayScene.StartAsync(cluster);
        await using var fourth = await BeastGatewayNode.StartAsync(cluster.Client);
        BeastGatewayNode[] gateways = [.. cluster.Gateways, fourth];
        var key = await scene.CreateKeyAsync("alice");
        (await gateways[0].SendAsync(
            HttpMethod.Post, "/api/models/custom", key,
            new { name = "priced", baseUrl = scene.Custom.BaseUrl + "/v1", price = new { inputPerMTok = 0, outputPerMTok = 0, perRequest = 0.001 } })).Answer.Require(HttpStatusCode.Created);
        var scope = MeteredScope.OfTenant(scene.Tenant);
        (await gateways[0].SendAsync(HttpMethod.Put, "/admin/v1/budgets/" + scope.Text, cluster.AdminKey!, new { limitUsd = Calls * 0.001m })).Answer.Require(HttpStatusCode.OK);

        // Every gateway knows the budget before the crowd comes: a plan may be a second old.
        var admitted = 0;
        foreach (var gateway in gateways)
        {
            await Eventually.IsTrueAsync("the budget is used", async () =>
            {
                admitted += await AskAsync(gateway, key) == HttpStatusCode.OK ? 1 : 0;
                return await HeldAsync(cluster, scope) > 0;
            });
        }

        var refusedForGood = 0;
        await Task.WhenAll(Enumerable.Range(0, Clients).Select(async client =>
        {
            var gateway = gateways[client % gateways.Length];
            for (var i = 0; i < 400; i++)
            {
                using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(60));
                var answer = (await SendAsync(gateway, key, deadline.Token)).Answer;
                if (answer.Status == HttpStatusCode.OK)
                {
                    Interlocked.Increment(ref admitted);
                    continue;
                }

                Assert.Equal(HttpStatusCode.PaymentRequired, answer.Status);
                if (answer.Header("x-should-retry") == "false")
                {
                    Interlocked.Increment(ref refusedForGood);
                    return;
                }

                await Task.Delay(TimeSpan.FromMilliseconds(200), deadline.Token);
            }
        }));

        await Eventually.IsTrueAsync("all is in the ledger and given back", async () => await HeldAsync(cluster, scope) == 0);
        var budget = (await cluster.Client.GetGrain<IBudgetGrain>(GrainKeys.Budget(scope)).GetAsync())!;
        output.WriteLine($"admitted {admitted}, posted {budget.Posted}, refused for good {refusedForGood}");
        Assert.Equal(Clients, refusedForGood);
        Assert.InRange(admitted, Calls - (Calls / 100), Calls);
        Assert.True(budget.Posted <= budget.Definition.Limit, $"posted {budget.Posted}");
    }

    private static async Task<HttpStatusCode> AskAsync(BeastGatewayNode gateway, string key) => (await SendAsync(gateway, key)).Answer.Status;

    private static Task<TimedAnswer> SendAsync(BeastGatewayNode gateway, string key, CancellationToken cancellationToken = default) => gateway.SendAsync(
        HttpMethod.Post, "/v1/chat/completions", key, new { model = "custom:priced", messages = new[] { new { role = "user", content = "Hello" } } }, cancellationToken);

    private static async Task<long> HeldAsync(BeastCluster cluster, MeteredScope scope) =>
        (await cluster.Client.GetGrain<IBudgetGrain>(GrainKeys.Budget(scope)).GetAsync())!.Leased.Nano;
}
