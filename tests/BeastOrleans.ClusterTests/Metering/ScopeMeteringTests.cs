using System.Security.Cryptography;
using BeastOrleans.Contracts.Identity;
using BeastOrleans.Contracts.Metering;
using BeastOrleans.Contracts.Selection;
using BeastOrleans.Contracts.Tenants;
using BeastOrleans.Testing;

namespace BeastOrleans.ClusterTests.Metering;

/// <summary>Whoever has a budget or limits says so where gateways look anyway.</summary>
[Collection(ClusterCollection.Name)]
public sealed class ScopeMeteringTests(ClusterFixture fixture)
{
    private static readonly RateLimits Limits = new() { RequestsPerMinute = 60, Parallel = 4 };

    private BeastCluster Cluster => fixture.Cluster;

    [Fact]
    public async Task A_plan_says_what_its_user_and_tenant_meter()
    {
        var (tenant, user) = (Make.Tenant(), Make.User());
        Assert.Equal(ConfigError.NotFound, (await Cluster.At(0).Tenant(tenant).PutBudgetKindAsync(BudgetKind.Hard)).Error);
        await Cluster.At(0).Tenant(tenant).CreateAsync();
        var plain = await PlanAsync(tenant, user, 0);
        Assert.Null(plain.UserMetering ?? plain.TenantMetering);

        await Cluster.At(0).Tenant(tenant).PutBudgetKindAsync(BudgetKind.Hard);
        var written = await Cluster.At(1).Tenant(tenant).PutLimitsAsync(Limits);
        await Cluster.At(2).Selector(tenant, user).PutBudgetKindAsync(BudgetKind.Soft);

        var plan = await PlanAsync(tenant, user, written.Version);
        Assert.Equal(new ScopeMetering { Budget = BudgetKind.Hard, Limits = Limits }, plan.TenantMetering);
        Assert.Equal(new ScopeMetering { Budget = BudgetKind.Soft }, plan.UserMetering);
        Assert.Equal(plain.Hash, plan.Hash);

        // Repeating a write is no news.
        Assert.Equal(written.Version, (await Cluster.At(0).Tenant(tenant).PutBudgetKindAsync(BudgetKind.Hard)).Version);
        await Cluster.DeactivateAsync(Cluster.At(0).Tenant(tenant));
        Assert.Equal(plan.TenantMetering, await Cluster.At(0).Tenant(tenant).GetMeteringAsync());

        await Cluster.At(0).Tenant(tenant).PutBudgetKindAsync(BudgetKind.None);
        var last = await Cluster.At(0).Tenant(tenant).PutLimitsAsync(limits: null);
        Assert.Null((await PlanAsync(tenant, user, last.Version)).TenantMetering);
    }

    [Fact]
    public async Task A_key_says_what_it_meters_until_it_is_revoked()
    {
        var digest = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32));
        var key = Cluster.At(0).GetGrain<IVirtualKeyGrain>(GrainKeys.VirtualKey(digest));
        Assert.Equal(ConfigError.NotFound, (await key.PutLimitsAsync(Limits)).Error);
        await key.CreateAsync(new KeyIdentity { KeyId = "key_" + digest, Tenant = Make.Tenant() });

        await key.PutBudgetKindAsync(BudgetKind.Hard);
        await key.PutLimitsAsync(Limits);

        await Cluster.DeactivateAsync(key);
        Assert.Equal(new ScopeMetering { Budget = BudgetKind.Hard, Limits = Limits }, (await key.AuthenticateAsync())!.Metering);
        await key.RevokeAsync();
        Assert.Equal(ConfigError.NotFound, (await key.PutBudgetKindAsync(BudgetKind.None)).Error);
    }

    private Task<RoutePlan> PlanAsync(TenantId tenant, UserId user, long minVersion) =>
        Cluster.At(0).Selector(tenant, user).PlanAsync(new PlanRequest { Model = "auto", MinTenantVersion = minVersion });
}
