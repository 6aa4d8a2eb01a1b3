using System.Diagnostics.Metrics;
using BeastOrleans.Contracts.Tenants;
using BeastOrleans.Grains.Diagnostics;
using BeastOrleans.Grains.Selection;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace BeastOrleans.ClusterTests.Selection;

public sealed class CachedConfigurationTests : IDisposable
{
    private readonly FakeTimeProvider _time = new();
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly CachedConfiguration _cached;
    private Func<Task<OwnerSnapshot>> _read = () => Task.FromResult(Version(1));
    private int _reads;

    public CachedConfigurationTests() => _cached = new CachedConfiguration(
        () =>
        {
            _reads++;
            return _read();
        },
        new GrainInstruments(_services.GetRequiredService<IMeterFactory>()),
        _time);

    public void Dispose() => _services.Dispose();

    [Fact]
    public async Task TryGet_AfterARead_CostsNoOther()
    {
        await _cached.ReadAsync(0);

        Assert.True(_cached.TryGet(1, out var snapshot));
        Assert.Equal(1, snapshot.Version);
        Assert.Equal(1, _reads);
    }

    [Fact]
    public async Task ReadAsync_ByManyAtOnce_ReadsOnce()
    {
        var answer = new TaskCompletionSource<OwnerSnapshot>();
        _read = () => answer.Task;

        var readers = Enumerable.Range(0, 50).Select(_ => _cached.ReadAsync(0)).ToArray();
        answer.SetResult(Version(1));

        Assert.All(await Task.WhenAll(readers), snapshot => Assert.Equal(1, snapshot.Version));
        Assert.Equal(1, _reads);
    }

    [Fact]
    public async Task ReadAsync_JoiningAReadThatBeganBeforeTheWrite_ReadsAgain()
    {
        var old = new TaskCompletionSource<OwnerSnapshot>();
        _read = () => old.Task;
        var first = _cached.ReadAsync(0);
        var second = _cached.ReadAsync(2);

        _read = () => Task.FromResult(Version(2));
        old.SetResult(Version(1));

        Assert.Equal(1, (await first).Version);
        Assert.Equal(2, (await second).Version);
    }

    [Fact]
    public async Task TryGet_AfterNewsOfANewerVersion_IsFalse()
    {
        await _cached.ReadAsync(0);

        _cached.Heard(2);
        _cached.Heard(1);

        Assert.False(_cached.TryGet(0, out _));
    }

    [Fact]
    public async Task TryGet_AfterAResync_IsFalseUntilTheNextRead()
    {
        await _cached.ReadAsync(0);
        _cached.Distrust();

        Assert.False(_cached.TryGet(0, out _));
        _time.Advance(TimeSpan.FromTicks(1));
        await _cached.ReadAsync(0);
        Assert.True(_cached.TryGet(0, out _));
    }

    [Fact]
    public async Task TryGet_OlderThanFifteenSeconds_IsFalse()
    {
        await _cached.ReadAsync(0);
        _time.Advance(CachedConfiguration.MaxAge);

        Assert.False(_cached.TryGet(0, out _));
    }

    [Fact]
    public async Task TryGet_OlderThanTenSeconds_AnswersAndReadsBehind()
    {
        await _cached.ReadAsync(0);
        _read = () => Task.FromResult(Version(2));
        _time.Advance(CachedConfiguration.RefreshAfter + TimeSpan.FromTicks(1));

        Assert.True(_cached.TryGet(0, out var old));
        Assert.True(_cached.TryGet(0, out var next));
        Assert.Equal((1, 2), (old.Version, next.Version));
    }

    [Fact]
    public async Task TryGet_OfAVersionThatTheOwnerDoesNotHave_AsksAgainOnlyAfterASecond()
    {
        await _cached.ReadAsync(7);

        Assert.True(_cached.TryGet(7, out _));
        Assert.Equal(1, _reads);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.False(_cached.TryGet(7, out _));
    }

    [Fact]
    public async Task Last_WhenReadsFail_IsKeptForFiveMinutes()
    {
        await _cached.ReadAsync(0);
        _read = () => Task.FromException<OwnerSnapshot>(new TimeoutException());
        _time.Advance(CachedConfiguration.MaxAge);

        await Assert.ThrowsAsync<TimeoutException>(() => _cached.ReadAsync(0));
        Assert.NotNull(_cached.Last);
        _time.Advance(CachedConfiguration.MaxAgeInTrouble);
        Assert.Null(_cached.Last);
    }

    private static OwnerSnapshot Version(long version) => OwnerSnapshot.Empty with { Version = version };
}
