using BeastOrleans.Contracts.Selection;
using BeastOrleans.Contracts.Usage;
using BeastOrleans.Testing;

namespace BeastOrleans.ClusterTests.Selection;

[Collection(ClusterCollection.Name)]
public sealed class ConfigurationFreshnessTests(ClusterFixture fixture)
{
    private static readonly TimeSpan PromisedDelay = TimeSpan.FromSeconds(1);

    private BeastCluster Cluster => fixture.Cluster;

    [Fact]
    public async Task The_next_plan_with_the_returned_version_has_the_write_wherever_its_selector_lives()
    {
        var tenant = Make.Tenant();
        await Cluster.At(0).Tenant(tenant).CreateAsync();

        // Nine users: their selectors, and so the caches that answer, are spread over the silos. All are warm.
        var users = Enumerable.Range(0, 9).Select(i => Make.User($"user{i}")).ToArray();
        await Task.WhenAll(users.Select(user => Cluster.At(1).Selector(tenant, user).PlanAsync(new PlanRequest())));

        for (var i = 0; i < 5; i++)
        {
            var name = $"model{i}";
            var written = await Cluster.At(0).Tenant(tenant).RegisterModelAsync(Make.Model(name));
            var plans = await Task.WhenAll(users.Select(user => Cluster.At(1).Selector(tenant, user).PlanAsync(
                new PlanRequest { Model = $"custom:{name}", MinTenantVersion = written.Version })));

            Assert.All(plans, plan => Assert.Equal($"custom:{name}", plan.Candidates[0].ModelId));
            Assert.All(plans, plan => Assert.Equal(written.Version, plan.TenantVersion));
        }
    }

    [Fact]
    public async Task Everybody_else_sees_the_write_within_a_second()
    {
        var (tenant, user) = (Make.Tenant(), Make.User());
        await Cluster.At(0).Tenant(tenant).CreateAsync();
        var selector = Cluster.At(2).Selector(tenant, user);
        await selector.PlanAsync(new PlanRequest());

        var written = await Cluster.At(0).Tenant(tenant).RegisterModelAsync(Make.Model());

        await Eventually.IsTrueAsync(
            "the plan has the model", async () => (await selector.PlanAsync(new PlanRequest())).TenantVersion == written.Version, PromisedDelay);
    }

    [Fact]
    public async Task A_users_own_write_is_in_the_users_next_plan()
    {
        var (tenant, user) = (Make.Tenant(), Make.User());
        await Cluster.At(0).Tenant(tenant).CreateAsync();
        await Cluster.At(0).Selector(tenant, user).RegisterModelAsync(Make.Model());

        var plan = await Cluster.At(1).Selector(tenant, user).PlanAsync(new PlanRequest());

        Assert.Equal("custom:mine", plan.Candidates[0].ModelId);
        Assert.True(plan.HadCustom);
    }

    [Fact]
    public async Task A_price_is_in_the_next_plan_that_carries_its_version()
    {
        var tenant = Make.Tenant();
        await Cluster.At(0).Tenant(tenant).CreateAsync();
        await Cluster.At(0).Tenant(tenant).PutProviderAsync(Make.Provider());
        var model = $"openai:priced-{tenant}";
        var price = new ModelPrice { InputPerMTok = Money.FromUsd(30), OutputPerMTok = Money.FromUsd(60) };

        var priced = await Cluster.At(0).Platform().PutPriceAsync(model, price);
        var plan = await Cluster.At(2).Selector(tenant, Make.User()).PlanAsync(
            new PlanRequest { Model = model, MinPlatformVersion = priced.Version });

        Assert.Equal(price.Quote(priced.Value!.Version), plan.Candidates[0].Price);
    }

    [Fact]
    public async Task A_version_that_does_not_exist_does_not_stop_planning()
    {
        var tenant = Make.Tenant();
        await Cluster.At(0).Tenant(tenant).CreateAsync();

        var plan = await Cluster.At(0).Selector(tenant, Make.User()).PlanAsync(new PlanRequest { MinTenantVersion = 1_000_000 });

        Assert.Equal(1, plan.TenantVersion);
    }
}
