using BeastOrleans.Contracts.Changes;
using BeastOrleans.Contracts.Identity;
using BeastOrleans.Grains.Changes;
using BeastOrleans.Testing;

namespace BeastOrleans.ClusterTests.Changes;

[Collection(ClusterCollection.Name)]
public sealed class ChangeFeedTests(ClusterFixture fixture)
{
    private static readonly TimeSpan PromisedDelay = TimeSpan.FromSeconds(1);

    private static int _nextShard = 1_000;

    // A shard that nothing else publishes on.
    private readonly string _key = GrainKeys.ChangeFeed(Interlocked.Increment(ref _nextShard));

    private BeastCluster Cluster => fixture.Cluster;

    [Fact]
    public async Task What_one_silo_publishes_waiting_pollers_at_the_others_see_within_a_second()
    {
        var first = await Feed(0).PollAsync(0, 0);
        var polls = new[] { Feed(1).PollAsync(first.Epoch, first.Position), Feed(2).PollAsync(first.Epoch, first.Position) };
        var startedAt = TimeProvider.System.GetTimestamp();

        await Feed(0).PublishAsync([Change("acme")]);
        var batches = await Task.WhenAll(polls);

        Assert.All(batches, batch => Assert.Equal("acme", Assert.Single(batch.Changes).Subject));
        Assert.All(batches, batch => Assert.False(batch.Resync));
        Assert.InRange(TimeProvider.System.GetElapsedTime(startedAt), TimeSpan.Zero, PromisedDelay);
    }

    [Fact]
    public async Task A_poll_behind_the_news_is_answered_at_once_and_in_order()
    {
        var first = await Feed(0).PollAsync(0, 0);
        await Feed(0).PublishAsync([Change("a"), Change("b")]);
        await Feed(1).PublishAsync([Change("c")]);

        var batch = await Feed(2).PollAsync(first.Epoch, first.Position);

        Assert.Equal(["a", "b", "c"], batch.Changes.Select(change => change.Subject));
        Assert.Equal(first.Position + 3, batch.Position);
    }

    [Fact]
    public async Task The_first_poll_is_told_where_it_stands_and_not_to_resync()
    {
        await Feed(0).PublishAsync([Change("before")]);

        var batch = await Feed(1).PollAsync(0, 0);

        Assert.Empty(batch.Changes);
        Assert.False(batch.Resync);
        Assert.Equal(1, batch.Position);
    }

    [Fact]
    public async Task A_new_activation_makes_pollers_resync()
    {
        var first = await Feed(0).PollAsync(0, 0);
        await Cluster.DeactivateAsync(Feed(0));

        var batch = await Feed(1).PollAsync(first.Epoch, first.Position);

        Assert.True(batch.Resync);
        Assert.NotEqual(first.Epoch, batch.Epoch);
    }

    [Fact]
    public async Task A_poller_that_fell_further_behind_than_the_ring_must_resync()
    {
        var first = await Feed(0).PollAsync(0, 0);
        await Feed(0).PublishAsync([.. Enumerable.Range(0, IChangeFeedGrain.Capacity).Select(i => Change($"s{i}"))]);
        var justInTime = await Feed(0).PollAsync(first.Epoch, first.Position);
        await Feed(0).PublishAsync([Change("one more")]);

        var tooLate = await Feed(0).PollAsync(first.Epoch, first.Position);

        Assert.False(justInTime.Resync);
        Assert.Equal(ChangeFeedGrain.MaxBatch, justInTime.Changes.Length);
        Assert.Equal("s0", justInTime.Changes[0].Subject);
        Assert.True(tooLate.Resync);
    }

    [Fact]
    public async Task A_poller_that_goes_away_ends_its_wait()
    {
        var first = await Feed(0).PollAsync(0, 0);
        using var gone = new CancellationTokenSource();
        var poll = Feed(1).PollAsync(first.Epoch, first.Position, gone.Token);

        await gone.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => poll);
    }

    private IChangeFeedGrain Feed(int silo) => Cluster.At(silo).GetGrain<IChangeFeedGrain>(_key);

    private static Change Change(string subject) => new() { Kind = ChangeKind.Tenant, Subject = subject, Version = 1 };
}
