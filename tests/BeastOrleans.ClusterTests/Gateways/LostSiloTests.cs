using System.Net;
using BeastOrleans.Testing;
using Xunit.Abstractions;

namespace BeastOrleans.ClusterTests.Gateways;

/// <summary>A silo that dies or freezes costs no request of a user seen lately. Each test breaks a cluster of its own.</summary>
public sealed class LostSiloTests(ITestOutputHelper output) : IAsyncLifetime
{
    private const int Users = 24;

    /// <summary>Past the freshness of keys (15 s) and plans (1 s), and past the time in which the cluster buries a dead silo.</summary>
    private static readonly TimeSpan WatchedFor = TimeSpan.FromSeconds(20);

    /// <summary>The key's patience, the plan's, and what a busy machine adds. The promise is that nobody waits for a grain's own limit of 2 s.</summary>
    private static readonly TimeSpan Slowest = TimeSpan.FromSeconds(1.5);

    private BeastCluster _cluster = null!;

    public async Task InitializeAsync() =>
        _cluster = await BeastCluster.StartAsync(new BeastClusterOptions { Silos = 3, WithGateways = true });

    public async Task DisposeAsync() => await _cluster.DisposeAsync();

    [Fact]
    public Task A_killed_silo_costs_no_request() => RunAsync(() => _cluster.Cluster.KillSiloAsync(_cluster.Silos[2]), mustDegrade: false);

    [Fact]
    public Task A_frozen_silo_costs_no_request() => RunAsync(
        () =>
        {
            _cluster.Freezer.Freeze(_cluster.Silos[2].SiloAddress);
            return Task.CompletedTask;
        },
        mustDegrade: true);

    private async Task RunAsync(Func<Task> breakSiloAsync, bool mustDegrade)
    {
        await using var scene = await GatewayScene.StartAsync(_cluster);
        var keys = await SeenUsersAsync(scene);

        await breakSiloAsync();
        var brokenAt = TimeProvider.System.GetTimestamp();
        var answers = new List<TimedAnswer>();
        using var pace = new PeriodicTimer(TimeSpan.FromMilliseconds(200));
        while (TimeProvider.System.GetElapsedTime(brokenAt) < WatchedFor && await pace.WaitForNextTickAsync())
        {
            answers.AddRange(await Task.WhenAll(keys.Select((key, user) => scene.ChatAsync(user % 2, key))));
        }

        var slowest = answers.Max(answer => answer.Took);
        var degraded = answers.Count(answer => answer.Took >= TimeSpan.FromMilliseconds(240));
        output.WriteLine($"{answers.Count} requests of {Users} users in {WatchedFor.TotalSeconds:0} s, the slowest {slowest.TotalMilliseconds:0} ms, {degraded} took 240 ms or more");
        Assert.All(answers, answer => Assert.Equal(HttpStatusCode.OK, answer.Answer.Status));
        Assert.All(answers, answer => Assert.Equal("custom:mine", GatewayScene.ServedBy(answer)));
        Assert.InRange(slowest, TimeSpan.Zero, Slowest);
        if (mustDegrade)
        {
            await AnyIsMarkedDegradedAsync(scene, keys, answers);
        }
    }

    /// <summary>Users seen by both of the gateways that stay; the selectors of at least three are on the silo that goes.</summary>
    private async Task<string[]> SeenUsersAsync(GatewayScene scene)
    {
        var management = _cluster.Client.GetGrain<IManagementGrain>(0);
        var others = new List<string>();
        var victims = new List<string>();
        for (var user = 0; user < 10 * Users && (victims.Count < 3 || victims.Count + others.Count < Users); user++)
        {
            var key = await scene.CreateKeyAsync($"user{user}");
            foreach (var gateway in new[] { 2, 0, 1 })
            {
                (await scene.ChatAsync(gateway, key)).Answer.Require(HttpStatusCode.OK);
            }

            var address = await management.GetActivationAddress(_cluster.Client.Selector(scene.Tenant, Make.User($"user{user}")));
            (_cluster.Silos[2].SiloAddress.Equals(address) ? victims : others).Add(key);
        }

        Assert.True(victims.Count >= 3, "no selector lives on the silo that is to go");
        return [.. victims.Concat(others).Take(Users)];
    }

    // The selectors of some users are on the frozen silo for good: their requests say so in the decision record.
    private static async Task AnyIsMarkedDegradedAsync(GatewayScene scene, string[] keys, List<TimedAnswer> answers)
    {
        var slow = answers.Select((answer, i) => (Answer: answer, User: i % Users)).OrderByDescending(one => one.Answer.Took).Take(Users).ToArray();
        await Eventually.IsTrueAsync("a request is marked degraded", async () =>
        {
            foreach (var (answer, user) in slow)
            {
                var path = "/api/requests/" + answer.Answer.Header("x-beast-request-id");
                var record = await scene.Cluster.Gateways[user % 2].SendAsync(HttpMethod.Get, path, keys[user]);
                if (record.Answer.Status == HttpStatusCode.OK && record.Answer.Json.GetProperty("degraded").GetBoolean())
                {
                    return true;
                }
            }

            return false;
        });
    }
}
