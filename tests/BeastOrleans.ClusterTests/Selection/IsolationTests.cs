using BeastOrleans.Contracts.Identity;
using BeastOrleans.Contracts.Selection;
using BeastOrleans.Testing;

namespace BeastOrleans.ClusterTests.Selection;

/// <summary>Nobody resolves what belongs to somebody else, however the key is spelled.</summary>
[Collection(ClusterCollection.Name)]
public sealed class IsolationTests(ClusterFixture fixture)
{
    private static readonly UserId Alice = Make.User("alice");
    private static readonly UserId Bob = Make.User("bob");

    private BeastCluster Cluster => fixture.Cluster;

    [Theory]
    [InlineData("custom:mine")]
    [InlineData("openai:gpt-4")]
    public async Task An_endpoint_is_resolved_by_those_it_belongs_to_and_by_nobody_else(string modelId)
    {
        var (acme, umbrella) = (await TenantAsync(), await TenantAsync());
        Assert.True(ModelId.TryParse(modelId, out var model));
        foreach (var tenant in new[] { acme, umbrella })
        {
            await Cluster.Client.Tenant(tenant).RegisterModelAsync(Make.Model());
            await Cluster.Client.Tenant(tenant).PutProviderAsync(Make.Provider());
            foreach (var user in new[] { Alice, Bob })
            {
                await Cluster.Client.Selector(tenant, user).RegisterModelAsync(Make.Model());
                await Cluster.Client.Selector(tenant, user).PutProviderAsync(Make.Provider());
            }
        }

        var callers = from tenant in new[] { acme, umbrella } from user in new[] { Alice, Bob } select (tenant, user);
        var owners = from tenant in new[] { acme, umbrella }
            from owner in new[] { EndpointOwner.OfTenant(tenant), EndpointOwner.OfUser(tenant, Alice), EndpointOwner.OfUser(tenant, Bob) }
            select owner;
        foreach (var (tenant, user) in callers)
        {
            foreach (var owner in owners)
            {
                var view = await Cluster.At(1).Selector(tenant, user).ResolveAsync(GrainKeys.Endpoint(owner, model), 0, 0);
                var isOwn = owner.Tenant == tenant && (owner.Kind == OwnerKind.Tenant || owner.User == user);
                Assert.Equal(isOwn, view is not null);
                Assert.Equal(isOwn, view?.Descriptor.ApiKey is not null);
            }
        }
    }

    [Fact]
    public async Task A_key_that_is_not_spelled_as_it_is_built_resolves_nothing()
    {
        var tenant = await TenantAsync();
        await Cluster.Client.Tenant(tenant).RegisterModelAsync(Make.Model());
        var selector = Cluster.Client.Selector(tenant, Alice);

        Assert.NotNull(await selector.ResolveAsync($"t:{tenant}/e:custom:mine", 0, 0));
        foreach (var spelling in new[] { $"t:{tenant}/e:custom:%6Dine", $"t:{tenant}/u:/e:custom:mine", "e:custom:mine", "", "p/e:custom:%zz" })
        {
            Assert.Null(await selector.ResolveAsync(spelling, 0, 0));
        }
    }

    [Fact]
    public async Task User_ids_that_look_alike_to_a_store_are_different_users()
    {
        var tenant = await TenantAsync();
        string[] ids = ["a", "A", "0a", "a+b", "a b", "a/b", "a%2Fb", "42", "042", "6f9619ff-8b86-d011-b42d-00cf4fc964ff", "6F9619FF8B86D011B42D00CF4FC964FF"];
        foreach (var id in ids)
        {
            var written = await Cluster.Client.Selector(tenant, Make.User(id)).PutPolicyAsync(new RoutePolicy { Baseline = "openai:" + id });
            Assert.Equal(1, written.Version);
        }

        foreach (var id in ids)
        {
            var selector = Cluster.Client.Selector(tenant, Make.User(id));
            await Cluster.DeactivateAsync(selector);
            Assert.Equal("openai:" + id, (await selector.GetPolicyAsync()).Baseline);
        }
    }

    [Fact]
    public async Task What_was_removed_is_resolved_no_more()
    {
        var tenant = await TenantAsync();
        var key = GrainKeys.Endpoint(EndpointOwner.OfTenant(tenant), ModelId.Custom("mine"));
        await Cluster.Client.Tenant(tenant).RegisterModelAsync(Make.Model());

        var removed = await Cluster.At(0).Tenant(tenant).RemoveModelAsync("mine");

        Assert.Null(await Cluster.At(1).Selector(tenant, Alice).ResolveAsync(key, removed.Version, 0));
        Assert.Null(await Cluster.Client.Endpoint(EndpointOwner.OfTenant(tenant)).GetDescriptorAsync());
    }

    [Fact]
    public async Task A_list_has_own_then_shared_models_then_providers_each_once_and_only_what_the_key_allows()
    {
        var tenant = await TenantAsync();
        await Cluster.Client.Selector(tenant, Alice).RegisterModelAsync(Make.Model("mine"));
        await Cluster.Client.Tenant(tenant).RegisterModelAsync(Make.Model("mine"));
        await Cluster.Client.Tenant(tenant).RegisterModelAsync(Make.Model("shared"));
        var off = await Cluster.Client.Tenant(tenant).RegisterModelAsync(Make.Model("off") with { Enabled = false });
        var written = await Cluster.Client.Tenant(tenant).PutProviderAsync(Make.Provider() with { Models = ["gpt-4", "gpt-4o"] });

        var all = await Cluster.At(0).Selector(tenant, Alice).ListModelsAsync(null, written.Version, 0);
        var some = await Cluster.At(0).Selector(tenant, Alice).ListModelsAsync(["openai:*", "custom:shared"], written.Version, 0);

        Assert.True(off.Version < written.Version);
        Assert.Equal(["custom:mine", "custom:shared", "openai:gpt-4", "openai:gpt-4o"], Own(all));
        Assert.Equal(OwnerKind.User, all[0].Owner);
        Assert.Equal(["custom:shared", "openai:gpt-4", "openai:gpt-4o"], Own(some));
    }

    // The platform is shared by all tests of the cluster.
    private static string[] Own(AvailableModel[] models) =>
        [.. models.Where(model => model.Owner != OwnerKind.Platform).Select(model => model.ModelId)];

    private async Task<TenantId> TenantAsync()
    {
        var tenant = Make.Tenant();
        await Cluster.Client.Tenant(tenant).CreateAsync();
        return tenant;
    }
}
