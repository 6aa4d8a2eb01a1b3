using System.Net;
using BeastOrleans.ClusterTests.Gateways;
using BeastOrleans.Core.Usage.Rates;
using BeastOrleans.Testing;
using Xunit.Abstractions;

namespace BeastOrleans.ClusterTests.Metering;

/// <summary>One tenant's limit over three gateways, under more demand than there is.</summary>
[Collection(GatewayClusterCollection.Name)]
public sealed class RateLimitTests(GatewayClusterFixture fixture, ITestOutputHelper output)
{
    private const int Limit = 1_200;

    private static readonly TimeSpan Watched = TimeSpan.FromSeconds(12);

    [Fact]
    public async Task A_limit_is_kept_over_all_gateways_and_used_under_demand()
    {
        await using var scene = await GatewayScene.StartAsync(fixture.Cluster);
        var key = await scene.CreateKeyAsync(user: null);
        var put = await fixture.Cluster.Gateways[0].SendAsync(
            HttpMethod.Put, "/admin/v1/limits/tenant:" + scene.Tenant.Value, fixture.Cluster.AdminKey!, new { requestsPerMinute = Limit });
        put.Answer.Require(HttpStatusCode.OK);
        await Eventually.IsTrueAsync("every gateway knows the limit", async () =>
            (await Task.WhenAll(Enumerable.Range(0, 3).Select(gateway => scene.ChatAsync(gateway, key)))).All(answer => answer.Answer.Header("x-ratelimit-limit-requests") is not null));

        var startedAt = TimeProvider.System.GetTimestamp();
        var admitted = 0;
        var refused = 0;
        await Task.WhenAll(Enumerable.Range(0, 12).Select(async client =>
        {
            using var pace = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
            while (TimeProvider.System.GetElapsedTime(startedAt) < Watched && await pace.WaitForNextTickAsync())
            {
                var answer = await scene.ChatAsync(client % 3, key);
                _ = answer.Answer.Status == HttpStatusCode.OK ? Interlocked.Increment(ref admitted) : Interlocked.Increment(ref refused);
            }
        }));

        var minutes = TimeProvider.System.GetElapsedTime(startedAt).TotalMinutes;
        output.WriteLine($"{admitted} admitted and {refused} refused in {minutes * 60:0.0} s; {Limit * minutes:0} and a burst of {Gcra.BurstOf(Limit)} are allowed");
        Assert.InRange(admitted, Limit * minutes * 0.95, (Limit * minutes) + Gcra.BurstOf(Limit) + 1);
        Assert.True(refused > 0);
    }
}
