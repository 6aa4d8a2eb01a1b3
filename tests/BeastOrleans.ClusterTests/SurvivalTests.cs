using System.Security.Cryptography;
using BeastOrleans.Contracts.Changes;
using BeastOrleans.Contracts.Endpoints;
using BeastOrleans.Contracts.Identity;
using BeastOrleans.Contracts.Selection;
using BeastOrleans.Contracts.Tenants;
using BeastOrleans.Testing;

namespace BeastOrleans.ClusterTests;

/// <summary>What is left after silos die or all restart. Each test breaks a cluster of its own.</summary>
public sealed class SurvivalTests : IAsyncLifetime
{
    private BeastCluster _cluster = null!;

    public async Task InitializeAsync() => _cluster = await BeastCluster.StartAsync(new BeastClusterOptions { Silos = 3 });

    public async Task DisposeAsync() => await _cluster.DisposeAsync();

    [Fact]
    public async Task Everything_configured_survives_a_restart_of_the_whole_cluster()
    {
        var (tenant, user) = (Make.Tenant(), Make.User());
        var digest = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32));
        await _cluster.Client.Tenant(tenant).CreateAsync();
        await _cluster.Client.Tenant(tenant).RegisterModelAsync(Make.Model("shared"));
        await _cluster.Client.Tenant(tenant).PutProviderAsync(Make.Provider());
        await _cluster.Client.Selector(tenant, user).RegisterModelAsync(Make.Model("mine"));
        await _cluster.Client.Selector(tenant, user).PutPolicyAsync(new RoutePolicy { PatienceSeconds = 1 });
        await _cluster.Client.GetGrain<IVirtualKeyGrain>(GrainKeys.VirtualKey(digest)).CreateAsync(
            new KeyIdentity { KeyId = "key_1", Tenant = tenant, User = user, AllowedModels = ["custom:*"] });
        var opened = await Make.OpenAsync(_cluster.Client.Endpoint(EndpointOwner.OfUser(tenant, user)));
        var adminKey = await _cluster.Client.Platform().EnsureAdminKeyAsync(reset: false);
        var before = await _cluster.Client.Selector(tenant, user).PlanAsync(new PlanRequest());

        await _cluster.RestartAsync();

        var after = await _cluster.Client.Selector(tenant, user).PlanAsync(new PlanRequest());
        Assert.Equal(["custom:mine", "custom:shared", "openai:gpt-4"], after.Candidates.Select(candidate => candidate.ModelId));
        Assert.Equal(before.Hash, after.Hash);
        Assert.Equal(1, after.Policy.PatienceSeconds);

        var view = await _cluster.Client.Selector(tenant, user).ResolveAsync(after.Candidates[0].Key, 0, 0);
        Assert.Equal("sk-test-0123456789", view!.Descriptor.ApiKey);
        Assert.Equal((CircuitState.Open, opened.Generation), (view.Circuit.State, view.Circuit.Generation));

        var identity = await _cluster.Client.GetGrain<IVirtualKeyGrain>(GrainKeys.VirtualKey(digest)).AuthenticateAsync();
        Assert.Equal((tenant, user), (identity!.Tenant, identity.User));
        Assert.NotNull(adminKey);
        Assert.Null(await _cluster.Client.Platform().EnsureAdminKeyAsync(reset: false));
    }

    [Fact]
    public async Task The_users_of_a_killed_silo_are_served_by_the_others()
    {
        var tenant = Make.Tenant();
        await _cluster.Client.Tenant(tenant).CreateAsync();
        await _cluster.Client.Tenant(tenant).RegisterModelAsync(Make.Model("shared"));
        var users = Enumerable.Range(0, 12).Select(i => Make.User($"user{i}")).ToArray();
        await Task.WhenAll(users.Select(user => _cluster.Client.Selector(tenant, user).PlanAsync(new PlanRequest())));

        await _cluster.Cluster.KillSiloAsync(_cluster.Silos[2]);

        foreach (var user in users)
        {
            await Eventually.IsTrueAsync($"{user} is served", async () =>
            {
                try
                {
                    return (await _cluster.At(0).Selector(tenant, user).PlanAsync(new PlanRequest())).Candidates[0].ModelId == "custom:shared";
                }
                catch (Exception exception) when (exception is OrleansException or TimeoutException)
                {
                    return false;
                }
            });
        }
    }

    [Fact]
    public async Task A_feed_whose_silo_died_begins_a_new_epoch_at_another()
    {
        // A shard for each try, until one lives on the silo that is killed.
        var victim = _cluster.Silos[2];
        var (key, first) = await FeedOnAsync(victim.SiloAddress);

        await _cluster.Cluster.KillSiloAsync(victim);

        ChangeBatch? batch = null;
        await Eventually.IsTrueAsync("the feed answers again", async () =>
        {
            try
            {
                batch = await _cluster.At(0).GetGrain<IChangeFeedGrain>(key).PollAsync(first.Epoch, first.Position);
                return true;
            }
            catch (Exception exception) when (exception is OrleansException or TimeoutException)
            {
                return false;
            }
        });
        Assert.True(batch!.Resync);
        Assert.NotEqual(first.Epoch, batch.Epoch);
    }

    private async Task<(string Key, ChangeBatch First)> FeedOnAsync(SiloAddress silo)
    {
        var management = _cluster.Client.GetGrain<IManagementGrain>(0);
        for (var shard = 100; shard < 200; shard++)
        {
            var feed = _cluster.Client.GetGrain<IChangeFeedGrain>(GrainKeys.ChangeFeed(shard));
            var first = await feed.PollAsync(0, 0);
            if (silo.Equals(await management.GetActivationAddress(feed)))
            {
                return (GrainKeys.ChangeFeed(shard), first);
            }
        }

        throw new InvalidOperationException("A hundred shards and none on this silo.");
    }
}
