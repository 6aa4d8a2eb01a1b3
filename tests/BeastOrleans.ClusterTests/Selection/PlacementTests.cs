using BeastOrleans.Contracts.Identity;
using BeastOrleans.Contracts.Selection;
using BeastOrleans.Testing;

namespace BeastOrleans.ClusterTests.Selection;

[Collection(ClusterCollection.Name)]
public sealed class PlacementTests(ClusterFixture fixture)
{
    private BeastCluster Cluster => fixture.Cluster;

    [Fact]
    public async Task A_user_has_one_selector_and_an_endpoint_one_circuit_in_the_whole_cluster()
    {
        var (tenant, user) = (Make.Tenant(), Make.User());
        await Cluster.Client.Tenant(tenant).CreateAsync();
        var owner = EndpointOwner.OfUser(tenant, user);

        await Task.WhenAll(Enumerable.Range(0, 90).Select(i => i % 2 == 0
            ? Cluster.At(i % 3).Selector(tenant, user).PlanAsync(new PlanRequest())
            : (Task)Cluster.At(i % 3).Endpoint(owner).GetCircuitAsync()));

        Assert.Single(await ActivationsAsync(Cluster.Client.Selector(tenant, user)));
        Assert.Single(await ActivationsAsync(Cluster.Client.Endpoint(owner)));
    }

    [Fact]
    public async Task Many_users_are_spread_over_more_than_one_silo()
    {
        var tenant = Make.Tenant();
        await Cluster.Client.Tenant(tenant).CreateAsync();
        var selectors = Enumerable.Range(0, 60).Select(i => Cluster.Client.Selector(tenant, Make.User($"user{i}"))).ToArray();

        await Task.WhenAll(selectors.Select(selector => selector.PlanAsync(new PlanRequest())));

        var homes = (await ActivationsAsync(selectors)).Select(activation => activation.SiloAddress).Distinct();
        // Placement follows each silo's load, so an exact share is nobody's promise.
        Assert.True(homes.Count() > 1);
    }

    /// <summary>Every activation of these grains in the cluster, as the silos themselves list them.</summary>
    private async Task<DetailedGrainStatistic[]> ActivationsAsync(params IAddressable[] grains)
    {
        var wanted = grains.Select(grain => grain.GetGrainId()).ToHashSet();
        var all = await Cluster.Client.GetGrain<IManagementGrain>(0).GetDetailedGrainStatistics();
        return Array.FindAll(all, statistic => wanted.Contains(statistic.GrainId));
    }
}
