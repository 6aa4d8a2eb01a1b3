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

        Assert.Single(await SilosOfAsync(Cluster.Client.Selector(tenant, user)));
        Assert.Single(await SilosOfAsync(Cluster.Client.Endpoint(owner)));
    }

    [Fact]
    public async Task Many_users_are_spread_over_the_silos()
    {
        var tenant = Make.Tenant();
        await Cluster.Client.Tenant(tenant).CreateAsync();
        var selectors = Enumerable.Range(0, 60).Select(i => Cluster.Client.Selector(tenant, Make.User($"user{i}"))).ToArray();

        await Task.WhenAll(selectors.Select(selector => selector.PlanAsync(new PlanRequest())));

        var silos = await SilosOfAsync(selectors);
        Assert.Equal(60, silos.Length);
        Assert.Equal(3, silos.Distinct().Count());
    }

    /// <summary>One entry for each activation of these grains.</summary>
    private async Task<SiloAddress[]> SilosOfAsync(params IAddressable[] grains)
    {
        var ids = grains.Select(grain => grain.GetGrainId()).ToHashSet();
        var activations = await Cluster.Client.GetGrain<IManagementGrain>(0).GetDetailedGrainStatistics();
        return [.. activations.Where(activation => ids.Contains(activation.GrainId)).Select(activation => activation.SiloAddress)];
    }
}
