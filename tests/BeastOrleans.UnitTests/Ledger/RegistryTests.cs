using BeastOrleans.Contracts.Identity;
using BeastOrleans.Contracts.Usage;
using BeastOrleans.Grains.Storage;
using BeastOrleans.Grains.Tenants;
using BeastOrleans.Grains.Usage;
using BeastOrleans.UnitTests.Storage;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace BeastOrleans.UnitTests.Ledger;

public sealed class RegistryTests : IDisposable
{
    private static readonly TenantId Acme = TenantId.Parse("acme");
    private static readonly TenantId Rival = TenantId.Parse("rival");
    private static readonly UserId Alice = UserId.Parse("alice");

    private readonly LedgerFixture _ledger = new();

    public void Dispose() => _ledger.Dispose();

    [Fact]
    public async Task Tenants_AreListedById_AndAddedOnce()
    {
        await _ledger.Registry.AddTenantAsync(Rival, LedgerFixture.Noon);
        await _ledger.Registry.AddTenantAsync(Acme, LedgerFixture.Noon.AddHours(1));
        await _ledger.Registry.AddTenantAsync(Rival, LedgerFixture.Noon.AddHours(2));

        var page = await _ledger.Reports.ListTenantsAsync(cursor: null, limit: 10);

        Assert.Equal(["acme", "rival"], page.Entries.Select(entry => entry.Id));
        Assert.Equal(LedgerFixture.Noon, page.Entries[1].CreatedAt);
        Assert.Null(page.Next);
    }

    [Fact]
    public async Task Keys_AreListedPerTenantInPages()
    {
        await Task.WhenAll(Enumerable.Range(0, 25).Select(i =>
            _ledger.Registry.AddKeyAsync($"key_{i:00}", $"digest{i}", i % 5 == 0 ? Rival : Acme, i % 2 == 0 ? Alice : null, LedgerFixture.Noon)));

        var seen = new List<RegistryEntry>();
        string? cursor = null;
        do
        {
            var page = await _ledger.Reports.ListKeysAsync("acme", cursor, limit: 10);
            Assert.InRange(page.Entries.Length, 1, 10);
            seen.AddRange(page.Entries);
            cursor = page.Next;
        }
        while (cursor is not null);

        Assert.Equal(Enumerable.Range(0, 25).Where(i => i % 5 != 0).Select(i => $"key_{i:00}"), seen.Select(entry => entry.Id));
        Assert.All(seen, entry => Assert.Equal("acme", entry.Tenant));
        Assert.Equal("alice", seen.Single(entry => entry.Id == "key_02").User);
        Assert.Null(seen.Single(entry => entry.Id == "key_01").User);
        Assert.Equal(25, (await _ledger.Reports.ListKeysAsync(tenant: null, cursor: null, limit: 100)).Entries.Length);
    }

    [Fact]
    public async Task Key_Revoked_StaysFoundAndRevoked()
    {
        await _ledger.Registry.AddKeyAsync("key_1", "digest", Acme, Alice, LedgerFixture.Noon);
        await _ledger.Registry.MarkKeyRevokedAsync("key_1");
        await _ledger.Registry.MarkKeyRevokedAsync("key_1");
        await _ledger.Registry.MarkKeyRevokedAsync("unknown");
        await _ledger.Registry.AddKeyAsync("key_1", "digest", Acme, Alice, LedgerFixture.Noon);

        Assert.True(Assert.Single((await _ledger.Reports.ListKeysAsync("acme", cursor: null, limit: 10)).Entries).Revoked);
        Assert.Equal("digest", await _ledger.Reports.FindKeyAsync("key_1"));
        Assert.Null(await _ledger.Reports.FindKeyAsync("unknown"));
        Assert.Null(await _ledger.Reports.FindKeyAsync("acme"));
    }

    [Fact]
    public async Task Users_And_Endpoints_AreNotedWithTheirOwners()
    {
        var model = ModelId.Custom("llama");
        var mine = GrainKeys.Endpoint(EndpointOwner.OfUser(Acme, Alice), model);
        var shared = GrainKeys.Endpoint(EndpointOwner.Platform, model);
        await _ledger.Registry.AddUserAsync(Acme, Alice, LedgerFixture.Noon);
        await _ledger.Registry.AddUserAsync(Rival, Alice, LedgerFixture.Noon);
        await _ledger.Registry.AddEndpointAsync(mine, EndpointOwner.OfUser(Acme, Alice), model, LedgerFixture.Noon);
        await _ledger.Registry.AddEndpointAsync(shared, EndpointOwner.Platform, model, LedgerFixture.Noon);
        await _ledger.Registry.AddEndpointAsync("p/e:custom:gone", EndpointOwner.Platform, ModelId.Custom("gone"), LedgerFixture.Noon);
        await _ledger.Registry.RemoveEndpointAsync("p/e:custom:gone");
        await _ledger.Registry.RemoveEndpointAsync("p/e:custom:gone");

        Assert.Equal(
            [
                "endpoint|p/e:custom:llama|||custom:llama",
                "endpoint|t:acme/u:alice/e:custom:llama|acme|alice|custom:llama",
                "user|t:acme/u:alice|acme|alice|",
                "user|t:rival/u:alice|rival|alice|",
            ],
            await _ledger.RowsAsync("SELECT kind, id, tenant, user_id, detail FROM registry ORDER BY kind, id"));
    }

    [Fact]
    public void AddBeastLedger_RegistersOneRegistryForBothFaces()
    {
        using var directory = new TempDirectory();
        using var services = new ServiceCollection().AddBeastSqlite(directory.Path).AddBeastLedger().AddBeastLedger().BuildServiceProvider();

        Assert.Same(services.GetRequiredService<IRegistry>(), services.GetRequiredService<IRegistryReader>());
        Assert.NotNull(services.GetRequiredService<ILedgerStore>());
        Assert.Single(services.GetServices<IRegistry>());
    }
}
