using BeastOrleans.Contracts.Usage;
using BeastOrleans.Core.Usage.Spool;
using BeastOrleans.Gateway.Usage.Spool;
using BeastOrleans.Testing;
using Xunit;

namespace BeastOrleans.UnitTests.Gateway.Usage;

public sealed class UsageSpoolTests : IDisposable
{
    private readonly SpoolBox _box = new();

    public void Dispose() => _box.Dispose();

    [Fact]
    public void Kill_SettledRows_ComeBackAsTheyWere()
    {
        using var spool = _box.Open();
        SpoolBox.Settle(spool, "a.1", SpoolBox.Begin(spool, "a.1"));
        SpoolBox.Settle(spool, "b.0", default);
        using var left = _box.Snapshot();
        using var next = left.Open();
        Assert.Equal(["a.1", "b.0"], SpoolBox.Recovered(next).Select(r => r.AttemptId));
        Assert.Equal(spool.Identity with { Epoch = 2 }, next.Identity);
    }

    [Fact]
    public void Kill_AttemptUnderWay_ComesBackAsUnknownWithItsLastTokens()
    {
        using var spool = _box.Open();
        var intent = SpoolBox.Begin(spool, "a.1");
        var tokens = new TokenUsage { Input = 3, Output = 4, Source = UsageSource.Estimated };
        var payload = new byte[ProgressCodec.Bytes];
        ProgressCodec.Write(payload, tokens);
        Assert.True(spool.TryAppend(SpoolFrameKind.Progress, intent, payload, out _));
        using var left = _box.Snapshot();
        using var next = left.Open();
        var row = Assert.Single(SpoolBox.Recovered(next));
        Assert.Equal((RowKind.Unknown, tokens, Money.FromNano(7)), (row.Kind, row.Tokens, row.Cost));
    }

    [Fact]
    public void Kill_AcknowledgedRows_AreNotSentAgain_AndASecondKillChangesNothing()
    {
        using var spool = _box.Open();
        var first = SpoolBox.Settle(spool, "a.1", SpoolBox.Begin(spool, "a.1"));
        SpoolBox.Settle(spool, "b.1", SpoolBox.Begin(spool, "b.1"));
        spool.Acknowledge([first]);
        using var left = _box.Snapshot();
        using var next = left.Open();
        using var leftAgain = left.Snapshot();
        using var third = leftAgain.Open();
        Assert.Equal("b.1", Assert.Single(SpoolBox.Recovered(next)).AttemptId);
        Assert.Equal("b.1", Assert.Single(SpoolBox.Recovered(third)).AttemptId);
    }

    [Fact]
    public void Append_AfterTheStop_IsRefusedAndMakesNoFile()
    {
        var spool = _box.Open();
        var held = SpoolBox.Settle(spool, "a.1", default);
        spool.Dispose();
        var left = _box.Segments;
        Assert.False(spool.TryAppend(SpoolFrameKind.Settle, default, [1, 2, 3], out _));
        spool.Acknowledge([held]);
        Assert.Equal(left, _box.Segments);
    }

    [Fact]
    public void Stop_EverythingAcknowledged_LeavesNoSegment()
    {
        using (var spool = _box.Open())
        {
            spool.Acknowledge([SpoolBox.Settle(spool, "a.1", SpoolBox.Begin(spool, "a.1"))]);
        }

        Assert.Empty(_box.Segments);
        using var next = _box.Open();
        Assert.Empty(next.TakeRecovered());
    }

    [Fact]
    public async Task Append_FromManyThreads_OverSegments_LosesNothing()
    {
        const int Writers = 4;
        const int Each = 1_500;
        using var spool = _box.Open();
        var padding = new string('x', 400);
        await Task.WhenAll(Enumerable.Range(0, Writers).Select(w => Task.Run(() =>
        {
            for (var i = 0; i < Each; i++)
            {
                SpoolBox.Settle(spool, $"w{w}-{i}.1", SpoolBox.Begin(spool, $"w{w}-{i}.1"), padding);
            }
        })));
        Assert.True(_box.Segments.Length > 3);
        using var left = _box.Snapshot();
        using var next = left.Open();
        Assert.Equal(
            Enumerable.Range(0, Writers).SelectMany(w => Enumerable.Range(0, Each).Select(i => $"w{w}-{i}.1")).Order(StringComparer.Ordinal),
            SpoolBox.Recovered(next).Select(r => r.AttemptId).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Acknowledge_SegmentOfWhichNothingIsNeeded_IsDeleted()
    {
        using var spool = _box.Open();
        var rows = new List<SpooledRow>();
        while (_box.Segments.Length < 5)
        {
            rows.Add(SpoolBox.Settle(spool, $"r{rows.Count}.1", SpoolBox.Begin(spool, $"r{rows.Count}.1"), new string('x', 4_000)));
        }

        foreach (var batch in rows.Chunk(100))
        {
            spool.Acknowledge(batch);
        }

        // The current one, and at most the spare and one more that the acknowledgements themselves have filled.
        Assert.InRange(_box.Segments.Length, 1, 3);
    }

    [Fact]
    public async Task Bound_Reached_NoFurtherRequestStarts_ButThoseUnderWayAreBooked()
    {
        using var spool = _box.Open(maxBytes: 3L * SpoolBox.SegmentBytes);
        var rows = new List<SpooledRow>();
        await Eventually.IsTrueAsync("the bound is reached", () =>
        {
            for (var i = 0; i < 20 && spool.HasRoom; i++)
            {
                rows.Add(SpoolBox.Settle(spool, $"r{rows.Count}.1", SpoolBox.Begin(spool, $"r{rows.Count}.1"), new string('x', 20_000)));
            }

            return !spool.HasRoom;
        });
        for (var i = 0; i < 200; i++)
        {
            rows.Add(SpoolBox.Settle(spool, $"late{i}.0", default, new string('x', 20_000)));
        }

        spool.Acknowledge(rows.ToArray());
        await Eventually.IsTrueAsync("there is room again", () => spool.HasRoom);
    }

    [Fact]
    public void TryAppend_FrameBeyondTheBound_IsRefused()
    {
        using var spool = _box.Open();
        Assert.False(spool.TryAppend(SpoolFrameKind.Settle, default, new byte[SpoolCodec.MaxPayloadBytes + 1], out _));
        Assert.True(spool.TryAppend(SpoolFrameKind.Settle, default, new byte[SpoolCodec.MaxPayloadBytes], out _));
    }

    [Fact]
    public async Task Power_WaitsForTheDisk_TogetherWithOthers()
    {
        using var spool = _box.Open(durability: "power");
        var flushed = await Task.WhenAll(Enumerable.Range(0, 100).Select(async i =>
        {
            SpoolBox.Settle(spool, $"r{i}.0", default);
            return await spool.FlushedAsync();
        }));
        Assert.All(flushed, Assert.True);
    }

    [Fact]
    public async Task Process_WaitsForNobody()
    {
        using var spool = _box.Open();
        var flushed = spool.FlushedAsync().AsTask();
        Assert.True(flushed.IsCompletedSuccessfully);
        Assert.True(await flushed);
    }

    [Fact]
    public void Open_SecondTime_SaysWhoHoldsIt()
    {
        using var spool = _box.Open();
        var refused = Assert.Throws<SpoolUnavailableException>(() => _box.Open());
        Assert.Contains("in use by another process", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_WhereAFileStands_SaysSo()
    {
        var path = Path.Combine(_box.Path, "taken");
        File.WriteAllText(path, "");
        Assert.Contains(path, Assert.Throws<SpoolUnavailableException>(() => _box.Open(path: path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_DamagedSegment_IsPutAside_AndTheOthersAreRead()
    {
        using var spool = _box.Open();
        SpoolBox.Settle(spool, "a.0", default);
        using var left = _box.Snapshot();
        File.WriteAllBytes(Path.Combine(left.Path, "0000000099.spool"), new byte[4_096]);
        File.WriteAllBytes(Path.Combine(left.Path, "0000000100.spool.new"), new byte[4_096]);
        using var next = left.Open();
        Assert.Equal("a.0", Assert.Single(SpoolBox.Recovered(next)).AttemptId);
        Assert.True(File.Exists(Path.Combine(left.Path, "0000000099.spool.damaged")));
        Assert.False(File.Exists(Path.Combine(left.Path, "0000000100.spool.new")));
    }
}
