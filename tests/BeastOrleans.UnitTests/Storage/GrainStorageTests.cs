using System.Text;
using Orleans.Storage;
using Xunit;

namespace BeastOrleans.UnitTests.Storage;

public sealed class GrainStorageTests : IAsyncLifetime, IDisposable
{
    private const string StateName = "endpoint";

    private readonly TempDirectory _directory = new();
    private GrainStorageHarness _harness = null!;

    public async Task InitializeAsync()
    {
        _harness = await GrainStorageHarness.StartAsync(_directory.Path);
    }

    public async Task DisposeAsync()
    {
        await _harness.DisposeAsync();
    }

    public void Dispose()
    {
        _directory.Dispose();
    }

    [Fact]
    public async Task ReadState_NothingStored_GivesANewState()
    {
        var state = await _harness.ReadAsync(StateName, Grain("t:acme"));

        Assert.False(state.RecordExists);
        Assert.Null(state.ETag);
        Assert.Null(state.State!.Name);
    }

    [Fact]
    public async Task WriteState_ThenRead_GivesWhatWasWritten()
    {
        var grain = Grain("t:acme");
        var written = await _harness.WriteNewAsync(StateName, grain, "first");
        var etag = written.ETag;
        written.State!.Name = "second";
        await _harness.Storage.WriteStateAsync(StateName, grain, written);

        var read = await _harness.ReadAsync(StateName, grain);

        Assert.True(read.RecordExists);
        Assert.Equal("second", read.State!.Name);
        Assert.Equal(written.ETag, read.ETag);
        Assert.NotEqual(etag, read.ETag);
    }

    [Fact]
    public async Task WriteState_Payload_IsPlainJson()
    {
        var state = new GrainState<TestState>(new TestState { Count = 3, Mode = TestMode.HalfOpen });
        await _harness.Storage.WriteStateAsync(StateName, Grain("t:acme"), state);

        var payload = await _harness.Database.ReadAsync(
            session => (byte[])session.Prepare("SELECT PayloadBinary FROM OrleansStorage").ExecuteScalar()!);

        Assert.Equal("""{"count":3,"mode":"halfOpen"}""", Encoding.UTF8.GetString(payload));
    }

    [Fact]
    public async Task ClearState_Stored_RemovesTheRow()
    {
        var grain = Grain("t:acme");
        var state = await _harness.WriteNewAsync(StateName, grain, "a");

        await _harness.Storage.ClearStateAsync(StateName, grain, state);

        Assert.False(state.RecordExists);
        Assert.Null(state.ETag);
        Assert.False((await _harness.ReadAsync(StateName, grain)).RecordExists);
        Assert.Equal(0L, await CountRowsAsync());
    }

    [Fact]
    public async Task ClearState_StaleETag_IsAConflict()
    {
        var grain = Grain("t:acme");
        var stale = await _harness.WriteNewAsync(StateName, grain, "a");
        var other = await _harness.ReadAsync(StateName, grain);
        await _harness.Storage.WriteStateAsync(StateName, grain, other);

        await Assert.ThrowsAsync<InconsistentStateException>(() => _harness.Storage.ClearStateAsync(StateName, grain, stale));
        Assert.Equal(1L, await CountRowsAsync());
    }

    [Fact]
    public async Task WriteState_NewOverExisting_IsAConflict()
    {
        var grain = Grain("t:acme");
        await _harness.WriteNewAsync(StateName, grain, "first");

        await Assert.ThrowsAsync<InconsistentStateException>(() => _harness.WriteNewAsync(StateName, grain, "second"));
        Assert.Equal("first", (await _harness.ReadAsync(StateName, grain)).State!.Name);
    }

    [Fact]
    public async Task WriteState_StaleETagOfADeletedAndRemadeRow_IsAConflict()
    {
        var grain = Grain("t:acme");
        var stale = await _harness.WriteNewAsync(StateName, grain, "first");
        var other = await _harness.ReadAsync(StateName, grain);
        await _harness.Storage.ClearStateAsync(StateName, grain, other);
        await _harness.WriteNewAsync(StateName, grain, "second");

        await Assert.ThrowsAsync<InconsistentStateException>(() => _harness.Storage.WriteStateAsync(StateName, grain, stale));
        Assert.Equal("second", (await _harness.ReadAsync(StateName, grain)).State!.Name);
    }

    [Fact]
    public async Task WriteState_ManyRacersOnOneGrain_OneWinsEachRound()
    {
        var grain = Grain("t:acme");
        await _harness.WriteNewAsync(StateName, grain, "start");

        for (var round = 1; round <= 10; round++)
        {
            var racers = new List<GrainState<TestState>>();
            for (var i = 0; i < 16; i++)
            {
                racers.Add(await _harness.ReadAsync(StateName, grain));
            }

            var won = await Task.WhenAll(racers.Select(racer => Task.Run(() => TryIncrementAsync(grain, racer))));

            Assert.Equal(1, won.Count(one => one));
            Assert.Equal(round, (await _harness.ReadAsync(StateName, grain)).State!.Count);
        }
    }

    [Fact]
    public async Task WriteState_SixtyFourParallelWriters_NoneIsBusyAndNoneIsLost()
    {
        const int Writers = 64;
        const int Writes = 20;

        await Task.WhenAll(Enumerable.Range(0, Writers).Select(writer => Task.Run(async () =>
        {
            var grain = Grain($"t:acme/u:{writer}");
            var state = await _harness.ReadAsync(StateName, grain);
            for (var i = 0; i < Writes; i++)
            {
                state.State!.Count++;
                await _harness.Storage.WriteStateAsync(StateName, grain, state);
            }
        })));

        for (var writer = 0; writer < Writers; writer++)
        {
            Assert.Equal(Writes, (await _harness.ReadAsync(StateName, Grain($"t:acme/u:{writer}"))).State!.Count);
        }
    }

    [Fact]
    public async Task Restart_SameDirectory_FindsTheState()
    {
        var grain = Grain("t:acme");
        var written = await _harness.WriteNewAsync(StateName, grain, "kept");

        await _harness.DisposeAsync();
        _harness = await GrainStorageHarness.StartAsync(_directory.Path);

        var read = await _harness.ReadAsync(StateName, grain);
        Assert.Equal("kept", read.State!.Name);
        Assert.Equal(written.ETag, read.ETag);
    }

    [Fact]
    public async Task State_OtherServiceId_IsAnotherRow()
    {
        await _harness.WriteNewAsync(StateName, Grain("t:acme"), "mine");
        await using var other = await GrainStorageHarness.StartAsync(_directory.Path, "other");

        Assert.False((await other.ReadAsync(StateName, Grain("t:acme"))).RecordExists);
    }

    internal static GrainId Grain(string key, string type = "endpoint")
    {
        return GrainId.Create(type, key);
    }

    private async Task<bool> TryIncrementAsync(GrainId grain, GrainState<TestState> state)
    {
        try
        {
            state.State!.Count++;
            await _harness.Storage.WriteStateAsync(StateName, grain, state);
            return true;
        }
        catch (InconsistentStateException)
        {
            return false;
        }
    }

    private Task<long> CountRowsAsync()
    {
        return _harness.Database.ReadAsync(session => (long)session.Prepare("SELECT COUNT(*) FROM OrleansStorage").ExecuteScalar()!);
    }
}
