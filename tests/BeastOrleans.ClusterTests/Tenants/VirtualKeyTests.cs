using System.Security.Cryptography;
using System.Text;
using BeastOrleans.Contracts.Identity;
using BeastOrleans.Contracts.Selection;
using BeastOrleans.Contracts.Tenants;
using BeastOrleans.Testing;

namespace BeastOrleans.ClusterTests.Tenants;

[Collection(ClusterCollection.Name)]
public sealed class VirtualKeyTests(ClusterFixture fixture)
{
    private readonly string _digest = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32));

    private BeastCluster Cluster => fixture.Cluster;

    [Fact]
    public async Task A_key_authenticates_until_it_is_revoked_and_never_again()
    {
        var identity = Identity();
        await Key(0).CreateAsync(identity);
        Assert.Equal(identity, await Key(1).AuthenticateAsync());

        Assert.True(await Key(2).RevokeAsync());
        Assert.True(await Key(2).RevokeAsync());

        Assert.Null(await Key(1).AuthenticateAsync());
        Assert.True(Cluster.Registry.IsRevoked(identity.KeyId));
        await Cluster.DeactivateAsync(Key(0));
        Assert.Null(await Key(1).AuthenticateAsync());
        Assert.Equal(ConfigError.Conflict, (await Key(0).CreateAsync(identity)).Error);
        Assert.Equal(ConfigError.NotFound, (await Key(0).PutPolicyAsync(RoutePolicy.Empty)).Error);
    }

    [Fact]
    public async Task A_guessed_key_leaves_no_activation_behind()
    {
        Assert.Null(await Key(0).AuthenticateAsync());
        Assert.False(await Key(0).RevokeAsync());

        // As the silos themselves list it: a directory look-up may be answered from a cache.
        var id = Key(0).GetGrainId();
        var management = Cluster.Client.GetGrain<IManagementGrain>(0);
        await Eventually.IsTrueAsync(
            "the activation is gone", async () => Array.TrueForAll(await management.GetDetailedGrainStatistics(), one => one.GrainId != id));
    }

    [Fact]
    public async Task Making_the_same_key_again_is_harmless_and_another_under_its_digest_is_refused()
    {
        var identity = Identity();
        var first = await Key(0).CreateAsync(identity);

        Assert.Equal(first, await Key(1).CreateAsync(identity));
        Assert.Equal(ConfigError.Conflict, (await Key(1).CreateAsync(identity with { KeyId = "key_other" })).Error);
    }

    [Fact]
    public async Task A_keys_policy_is_part_of_what_it_authenticates_as()
    {
        await Key(0).CreateAsync(Identity());

        await Key(1).PutPolicyAsync(new RoutePolicy { NoFallback = true });

        Assert.True((await Key(2).AuthenticateAsync())!.Policy.NoFallback);
    }

    [Fact]
    public async Task Of_the_admin_key_only_the_digest_is_kept()
    {
        var platform = Cluster.Client.Platform();
        var key = await platform.EnsureAdminKeyAsync(reset: true);

        Assert.StartsWith("bsa_", key, StringComparison.Ordinal);
        Assert.Equal(4 + 43, key!.Length);
        Assert.Null(await platform.EnsureAdminKeyAsync(reset: false));
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key))), await platform.GetAdminKeyHashAsync());
        Assert.NotEqual(key, await platform.EnsureAdminKeyAsync(reset: true));
    }

    private static KeyIdentity Identity() => new()
    {
        KeyId = "key_" + Guid.NewGuid().ToString("N"),
        Tenant = Make.Tenant(),
        User = Make.User(),
        CreatedAt = DateTimeOffset.UnixEpoch,
    };

    private IVirtualKeyGrain Key(int silo) => Cluster.At(silo).GetGrain<IVirtualKeyGrain>(GrainKeys.VirtualKey(_digest));
}
