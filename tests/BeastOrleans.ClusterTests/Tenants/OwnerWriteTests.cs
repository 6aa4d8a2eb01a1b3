using BeastOrleans.Contracts.Endpoints;
using BeastOrleans.Contracts.Identity;
using BeastOrleans.Contracts.Selection;
using BeastOrleans.Contracts.Tenants;
using BeastOrleans.Testing;

namespace BeastOrleans.ClusterTests.Tenants;

[Collection(ClusterCollection.Name)]
public sealed class OwnerWriteTests(ClusterFixture fixture)
{
    private BeastCluster Cluster => fixture.Cluster;

    [Fact]
    public async Task A_tenant_is_made_once_and_listed()
    {
        var tenant = Make.Tenant();

        var created = await Cluster.At(0).Tenant(tenant).CreateAsync();
        var again = await Cluster.At(1).Tenant(tenant).CreateAsync();

        Assert.True(created.Value!.Exists);
        Assert.Equal(ConfigError.Conflict, again.Error);
        Assert.True(Cluster.Registry.HasTenant(tenant));
    }

    [Fact]
    public async Task A_tenant_that_was_never_made_takes_no_configuration()
    {
        var tenant = Cluster.Client.Tenant(Make.Tenant());

        Assert.Equal(ConfigError.NotFound, (await tenant.RegisterModelAsync(Make.Model())).Error);
        Assert.Equal(ConfigError.NotFound, (await tenant.PutProviderAsync(Make.Provider())).Error);
        Assert.Equal(ConfigError.NotFound, (await tenant.PutPolicyAsync(RoutePolicy.Empty)).Error);
        Assert.False((await tenant.GetSnapshotAsync()).Exists);
    }

    [Fact]
    public async Task Tenant_user_and_platform_follow_the_same_rules()
    {
        var (tenant, user) = (Make.Tenant(), Make.User());
        await Cluster.Client.Tenant(tenant).CreateAsync();
        var name = "m-" + Guid.NewGuid().ToString("N");
        foreach (var (owner, key) in new (IConfigurationOwner, EndpointOwner)[]
        {
            (Cluster.Client.Tenant(tenant), EndpointOwner.OfTenant(tenant)),
            (Cluster.Client.Selector(tenant, user), EndpointOwner.OfUser(tenant, user)),
            (Cluster.Client.Platform(), EndpointOwner.Platform),
        })
        {
            var endpointKey = GrainKeys.Endpoint(key, ModelId.Custom(name));

            var registered = await owner.RegisterModelAsync(Make.Model(name));
            var second = await owner.RegisterModelAsync(Make.Model(name));
            Assert.Equal((ConfigError.None, ConfigError.Conflict), (registered.Error, second.Error));
            Assert.Equal(registered.Version, registered.Value!.Version);
            Assert.True(Cluster.Registry.HasEndpoint(endpointKey));

            var patched = await owner.PatchModelAsync(name, new CustomModelPatch { Model = "llama-3" });
            Assert.Equal("llama-3", patched.Value!.Model);
            Assert.True(patched.Version > registered.Version);

            var removed = await owner.RemoveModelAsync(name);
            Assert.Equal(name, removed.Value!.ModelId.Name);
            Assert.True(removed.Version > patched.Version);
            Assert.False(Cluster.Registry.HasEndpoint(endpointKey));
            Assert.Equal(ConfigError.NotFound, (await owner.RemoveModelAsync(name)).Error);
            Assert.Equal(ConfigError.NotFound, (await owner.PatchModelAsync(name, new CustomModelPatch())).Error);
        }

        Assert.True(Cluster.Registry.HasUser(tenant, user));
    }

    [Fact]
    public async Task A_model_of_a_former_name_gets_a_newer_version_than_the_former_ever_had()
    {
        var tenant = Cluster.Client.Tenant(await TenantAsync());
        await tenant.RegisterModelAsync(Make.Model());
        var patched = await tenant.PatchModelAsync("mine", new CustomModelPatch { Enabled = false });
        await tenant.RemoveModelAsync("mine");

        var again = await tenant.RegisterModelAsync(Make.Model());

        Assert.True(again.Value!.Version > patched.Value!.Version);
        Assert.True(again.Value.Enabled);
    }

    [Fact]
    public async Task A_provider_credential_is_put_replaced_shown_without_its_secret_and_removed()
    {
        var tenant = Cluster.Client.Tenant(await TenantAsync());

        await tenant.PutProviderAsync(Make.Provider("anthropic"));
        await tenant.PutProviderAsync(Make.Provider());
        var replaced = await tenant.PutProviderAsync(Make.Provider("anthropic") with { ApiKey = "sk-ant-another-key-9999" });

        Assert.Equal(["anthropic", "openai"], (await tenant.GetProvidersAsync()).Select(provider => provider.Provider));
        Assert.Equal("9999", replaced.Value!.Last4);
        Assert.Equal(OwnerKind.Tenant, replaced.Value.Owner);
        Assert.Equal(ConfigError.None, (await tenant.RemoveProviderAsync("openai")).Error);
        Assert.Equal(ConfigError.NotFound, (await tenant.RemoveProviderAsync("openai")).Error);
    }

    [Fact]
    public async Task A_provider_that_is_not_built_in_needs_an_address()
    {
        var tenantId = await TenantAsync();
        var tenant = Cluster.Client.Tenant(tenantId);

        Assert.Equal(ConfigError.NotFound, (await tenant.PutProviderAsync(Make.Provider("inhouse"))).Error);
        var put = await tenant.PutProviderAsync(Make.Provider("inhouse") with { BaseUrl = new Uri("https://llm.example/v1") });
        var key = GrainKeys.Endpoint(EndpointOwner.OfTenant(tenantId), ModelId.Of("inhouse", "m"));
        var view = await Cluster.Client.Selector(tenantId, Make.User()).ResolveAsync(key, put.Version, 0);

        Assert.Equal(Dialect.OpenAI, view!.Descriptor.Dialect);
        Assert.True(view.Descriptor.AddressChosenByTenant);
        Assert.Equal("sk-provider-0123456789", view.Descriptor.ApiKey);
        Assert.Equal(put.Version, view.Descriptor.Version);
    }

    [Fact]
    public async Task An_owner_has_at_most_32_providers()
    {
        var tenant = Cluster.Client.Tenant(await TenantAsync());
        for (var i = 0; i < 32; i++)
        {
            var put = await tenant.PutProviderAsync(Make.Provider($"p{i}") with { BaseUrl = new Uri("https://llm.example/v1") });
            Assert.Equal(ConfigError.None, put.Error);
        }

        Assert.Equal(ConfigError.LimitReached, (await tenant.PutProviderAsync(Make.Provider())).Error);
        Assert.Equal(ConfigError.None, (await tenant.PutProviderAsync(Make.Provider("p0") with { BaseUrl = new Uri("https://llm.example/v1") })).Error);
    }

    [Fact]
    public async Task An_owner_has_at_most_200_models()
    {
        var tenant = Cluster.Client.Tenant(await TenantAsync());
        for (var i = 0; i < 200; i++)
        {
            Assert.Equal(ConfigError.None, (await tenant.RegisterModelAsync(Make.Model($"m{i}", apiKey: null))).Error);
        }

        Assert.Equal(ConfigError.LimitReached, (await tenant.RegisterModelAsync(Make.Model("one-more"))).Error);
    }

    private async Task<TenantId> TenantAsync()
    {
        var tenant = Make.Tenant();
        await Cluster.Client.Tenant(tenant).CreateAsync();
        return tenant;
    }
}
