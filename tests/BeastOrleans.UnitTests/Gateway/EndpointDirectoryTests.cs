using BeastOrleans.Contracts.Changes;
using BeastOrleans.Contracts.Endpoints;
using BeastOrleans.Contracts.Identity;
using BeastOrleans.Testing;
using Xunit;

namespace BeastOrleans.UnitTests.Gateway;

public sealed class EndpointDirectoryTests : IDisposable
{
    private readonly FakeCluster _cluster = new();

    public void Dispose() => _cluster.Dispose();

    [Fact]
    public async Task Resync_TheEntryIsUsedAtOnceAndReadAnewInTheBackground()
    {
        var entry = await _cluster.ResolveAsync();
        _cluster.DescriptorVersion = 2;
        _cluster.Directory.OnResync();

        Assert.Same(entry, _cluster.Find());
        await Eventually.IsTrueAsync("it is read anew", () => !entry!.IsUnconfirmed);
        Assert.Equal(2, entry!.Descriptor.Version);
    }

    [Fact]
    public async Task Resync_OneQuestionAtATime()
    {
        await _cluster.ResolveAsync();
        _cluster.Fault = FakeCluster.SilentAsync;
        _cluster.Directory.OnResync();
        for (var i = 0; i < 100; i++)
        {
            Assert.NotNull(_cluster.Find());
        }

        Assert.Equal(2, _cluster.Calls);
    }

    [Fact]
    public async Task Resync_AnEntryUnconfirmedForFiveMinutesIsNotUsed()
    {
        await _cluster.ResolveAsync();
        _cluster.Fault = FakeCluster.SilentAsync;
        _cluster.Directory.OnResync();
        _cluster.Time.Advance(TimeSpan.FromMinutes(5));
        Assert.NotNull(_cluster.Find());
        _cluster.Directory.OnResync();
        _cluster.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.Null(_cluster.Find());
    }

    [Fact]
    public async Task Open_OfLongAgoIsHeardAnewInTheBackground()
    {
        var entry = await _cluster.ResolveAsync();
        _cluster.Open();
        _cluster.Directory.OnChange(new Change { Kind = ChangeKind.Circuit, Subject = entry!.Descriptor.Key, Circuit = _cluster.Circuit });
        Assert.Equal(CircuitState.Open, entry.Circuit.State);

        var calls = _cluster.Calls;
        Assert.NotNull(_cluster.Find());
        Assert.Equal(calls, _cluster.Calls);
        _cluster.Time.Advance(TimeSpan.FromSeconds(16));
        Assert.True(entry.IsStale(_cluster.Time));
        Assert.NotNull(_cluster.Find());
        await Eventually.IsTrueAsync("it was heard", () => !entry.IsStale(_cluster.Time));
    }

    [Fact]
    public async Task ReadHealth_FreshIsNotAskedAndSilenceIsStale()
    {
        var entry = await _cluster.ResolveAsync();
        var key = entry!.Descriptor.Key;
        _cluster.Open();
        entry.Heard(_cluster.Circuit with { Until = _cluster.Time.GetUtcNow().AddMinutes(1) }, _cluster.Time.GetTimestamp());
        var calls = _cluster.Calls;
        var fresh = await _cluster.Directory.ReadHealthAsync(key, CancellationToken.None);
        Assert.Equal((CircuitState.Open, false, calls), (fresh.State, fresh.IsStale, _cluster.Calls));

        _cluster.Time.Advance(TimeSpan.FromSeconds(20));
        _cluster.Fault = () => throw new TimeoutException("slow");
        var stale = await _cluster.Directory.ReadHealthAsync(key, CancellationToken.None);
        Assert.True(stale.IsStale);
        Assert.EndsWith("next probe in 40 s, as of 20 s ago", stale.Refusal(_cluster.Time.GetUtcNow(), 1), StringComparison.Ordinal);

        _cluster.Fault = null;
        var again = await _cluster.Directory.ReadHealthAsync(key, CancellationToken.None);
        Assert.False(again.IsStale);
    }

    [Fact]
    public async Task ReadHealth_OfAnEndpointNeverUsedAndAGrainThatIsAwayIsStale()
    {
        _cluster.Fault = () => throw new TimeoutException("slow");
        var health = await _cluster.Directory.ReadHealthAsync(GrainKeys.Endpoint(EndpointOwner.Platform, ModelId.Custom("x")), CancellationToken.None);
        Assert.Equal((CircuitState.Closed, true), (health.State, health.IsStale));
    }
}
