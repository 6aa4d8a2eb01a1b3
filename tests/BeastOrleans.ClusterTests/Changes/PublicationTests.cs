using System.Collections.Concurrent;
using System.Security.Cryptography;
using BeastOrleans.Contracts.Changes;
using BeastOrleans.Contracts.Identity;
using BeastOrleans.Contracts.Metering;
using BeastOrleans.Contracts.Selection;
using BeastOrleans.Contracts.Tenants;
using BeastOrleans.Contracts.Usage;
using BeastOrleans.Testing;

namespace BeastOrleans.ClusterTests.Changes;

/// <summary>What a process that follows the feed learns from each kind of write.</summary>
[Collection(ClusterCollection.Name)]
public sealed class PublicationTests(ClusterFixture fixture) : IAsyncLifetime, IDisposable
{
    private static readonly TimeSpan PromisedDelay = TimeSpan.FromSeconds(1);

    private readonly ConcurrentQueue<Change> _news = new();
    private readonly CancellationTokenSource _end = new();
    private Task _follower = Task.CompletedTask;

    private BeastCluster Cluster => fixture.Cluster;

    public async Task InitializeAsync()
    {
        var feeds = Enumerable.Range(0, ChangeFeedShards.Count)
            .Select(shard => Cluster.At(2).GetGrain<IChangeFeedGrain>(GrainKeys.ChangeFeed(shard)))
            .ToArray();
        var positions = await Task.WhenAll(feeds.Select(feed => feed.PollAsync(0, 0)));
        _follower = Task.WhenAll(feeds.Zip(positions, FollowAsync));
    }

    public async Task DisposeAsync()
    {
        await _end.CancelAsync();
        await _follower;
    }

    public void Dispose() => _end.Dispose();

    [Fact]
    public async Task A_circuit_that_opens_is_told_with_its_state()
    {
        var owner = EndpointOwner.OfTenant(Make.Tenant());
        var key = GrainKeys.Endpoint(owner, ModelId.Custom("mine"));

        var opened = await Make.OpenAsync(Cluster.At(0).Endpoint(owner));

        var change = await NewsOf(ChangeKind.Circuit, key);
        Assert.Equal(opened, change.Circuit);
    }

    [Fact]
    public async Task Writes_of_tenant_user_and_platform_are_told_with_their_version()
    {
        var (tenant, user) = (Make.Tenant(), Make.User());
        var created = await Cluster.At(0).Tenant(tenant).CreateAsync();
        Assert.Equal(created.Version, (await NewsOf(ChangeKind.Tenant, tenant.Value)).Version);

        var put = await Cluster.At(0).Selector(tenant, user).PutPolicyAsync(new RoutePolicy { NoFallback = true });
        Assert.Equal(put.Version, (await NewsOf(ChangeKind.User, GrainKeys.Selector(tenant, user))).Version);

        var platform = await Cluster.At(0).Platform().PutPolicyAsync(RoutePolicy.Empty);
        Assert.Equal(platform.Version, (await NewsOf(ChangeKind.Platform, "")).Version);
    }

    [Fact]
    public async Task A_budget_that_changes_is_told_by_its_scope()
    {
        var scope = MeteredScope.OfTenant(Make.Tenant());
        var budget = Cluster.At(0).GetGrain<IBudgetGrain>(GrainKeys.Budget(scope));
        await budget.PutAsync(new BudgetDefinition { Limit = Money.FromUsd(2), Period = BudgetPeriod.Day, Kind = BudgetKind.Hard });
        await NewsOf(ChangeKind.Budget, scope.Text);

        _news.Clear();
        await budget.PutAsync(new BudgetDefinition { Limit = Money.FromUsd(1), Period = BudgetPeriod.Day, Kind = BudgetKind.Hard });
        await NewsOf(ChangeKind.Budget, scope.Text);

        _news.Clear();
        await budget.RemoveAsync();
        await NewsOf(ChangeKind.Budget, scope.Text);
    }

    [Fact]
    public async Task A_revoked_key_is_told_by_its_digest()
    {
        var digest = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32));
        var key = Cluster.At(0).GetGrain<IVirtualKeyGrain>(GrainKeys.VirtualKey(digest));
        await key.CreateAsync(new KeyIdentity { KeyId = "key_" + digest[..8], Tenant = Make.Tenant() });
        var created = await NewsOf(ChangeKind.Key, digest);

        await key.RevokeAsync();

        Assert.True((await NewsOf(ChangeKind.Key, digest, created.Version)).Version > created.Version);
    }

    private async Task<Change> NewsOf(ChangeKind kind, string subject, long after = 0)
    {
        Change? found = null;
        await Eventually.IsTrueAsync(
            $"news of {kind}",
            () => (found = _news.FirstOrDefault(change => change.Kind == kind && change.Subject == subject && (after == 0 || change.Version > after))) is not null,
            PromisedDelay);
        return found!;
    }

    private async Task FollowAsync(IChangeFeedGrain feed, ChangeBatch batch)
    {
        try
        {
            while (true)
            {
                batch = await feed.PollAsync(batch.Epoch, batch.Position, _end.Token);
                foreach (var change in batch.Changes)
                {
                    _news.Enqueue(change);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The test is over.
        }
    }
}
