using BeastOrleans.Contracts.Endpoints;
using BeastOrleans.Contracts.Identity;
using BeastOrleans.Contracts.Selection;
using BeastOrleans.Contracts.Tenants;
using BeastOrleans.Testing;
using Orleans.TestingHost;

namespace BeastOrleans.ClusterTests;

/// <summary>What outlives a restart and a killed silo. Clusters of their own: these tests end silos.</summary>
public sealed class SurvivalTests
{
    [Fact]
    public async Task Configuration_keys_and_an_open_circuit_survive_a_restart_of_the_whole_cluster()
    {
        await using var cluster = await BeastCluster.StartAsync(new BeastClusterOptions { Silos = 1 });
        var (tenant, user) = (Make.Tenant(), Make.User());
        await cluster.Client.Tenant(tenant).CreateAsync();
        await cluster.Client.Tenant(tenant).PutProviderAsync(Make.Provider());
        await cluster.Client.Selector(tenant, user).RegisterModelAsync(Make.Model());
        var key = cluster.Client.GetGrain<IVirtualKeyGrain>(GrainKeys.VirtualKey(new string('a', 64)));
        await key.CreateAsync(new KeyIdentity { KeyId = "key_" + tenant, Tenant = tenant, User = user });
        var opened = await Make.OpenAsync(cluster.Client.Endpoint(EndpointOwner.OfUser(tenant, user)));

        await cluster.RestartAsync();

        var plan = await cluster.Client.Selector(tenant, user).PlanAsync(new PlanRequest());
        Assert.Equal(["custom:mine", "openai:gpt-4"], plan.Candidates.Select(c => c.ModelId));
        Assert.Equal(user, (await cluster.Client.GetGrain<IVirtualKeyGrain>(GrainKeys.VirtualKey(new string('a', 64))).AuthenticateAsync())!.User);
        var circuit = await cluster.Client.Endpoint(EndpointOwner.OfUser(tenant, user)).GetCircuitAsync();
        Assert.Equal(CircuitState.Open, circuit.State);
        Assert.Equal(opened.Generation, circuit.Generation);
    }

    [Fact]
    public async Task A_killed_silos_users_are_served_by_the_others()
    {
        await using var cluster = await BeastCluster.StartAsync(new BeastClusterOptions { Silos = 3 });
        var tenant = Make.Tenant();
        await cluster.Client.Tenant(tenant).CreateAsync();
        await cluster.Client.Tenant(tenant).RegisterModelAsync(Make.Model());
        var users = Enumerable.Range(0, 30).Select(i => Make.User($"user{i}")).ToArray();
        await Task.WhenAll(users.Select(user => PlanAsync(cluster, tenant, user)));

        // Not the first: the test's client and the in-memory membership live there.
        await cluster.Cluster.KillSiloAsync((InProcessSiloHandle)cluster.Silos[^1]);

        // A gateway would use its cached plan in the meantime; here the selectors themselves come back on other silos.
        await Eventually.IsTrueAsync("every user has a plan again", async () =>
        {
            try
            {
                var plans = await Task.WhenAll(users.Select(user => PlanAsync(cluster, tenant, user)));
                return plans.All(plan => plan.Candidates[0].ModelId == "custom:mine");
            }
            catch (Exception e) when (e is TimeoutException or Orleans.Runtime.OrleansException)
            {
                return false;
            }
        });
    }

    private static Task<RoutePlan> PlanAsync(BeastCluster cluster, TenantId tenant, UserId user) =>
        cluster.At(0).Selector(tenant, user).PlanAsync(new PlanRequest());
}
