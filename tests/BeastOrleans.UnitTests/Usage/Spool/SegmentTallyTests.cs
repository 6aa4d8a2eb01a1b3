using BeastOrleans.Core.Usage.Spool;
using Xunit;

namespace BeastOrleans.UnitTests.Usage.Spool;

public sealed class SegmentTallyTests
{
    [Fact]
    public void Release_LastHoldOfASealedSegment_SaysSoOnce()
    {
        var tally = SegmentTally.Open();
        Assert.True(tally.TryHold());
        Assert.True(tally.TryHold());
        Assert.False(tally.Release());
        Assert.False(tally.Seal());
        Assert.True(tally.IsSealed);
        Assert.Equal(1, tally.Held);
        Assert.True(tally.Release());
        Assert.Throws<InvalidOperationException>(() => tally.Release());
    }

    [Fact]
    public void Seal_OfAnEmptySegment_SaysSo_AndTakesNoMoreHolds()
    {
        var tally = SegmentTally.Open();
        Assert.True(tally.Seal());
        Assert.False(tally.TryHold());
    }

    [Fact]
    public void Recovered_WaitsForItsHolds()
    {
        var tally = SegmentTally.Recovered(2);
        Assert.False(tally.TryHold());
        Assert.False(tally.Release());
        Assert.True(tally.Release());
    }

    [Fact]
    public async Task Seal_AmongConcurrentHolds_FreesExactlyOnce()
    {
        for (var round = 0; round < 200; round++)
        {
            var tally = SegmentTally.Open();
            var freed = 0;
            var workers = Enumerable.Range(0, 4).Select(worker => Task.Run(() =>
            {
                for (var i = 0; i < 100; i++)
                {
                    if (worker == 0 && i == 50 ? tally.Seal() : tally.TryHold() && tally.Release())
                    {
                        Interlocked.Increment(ref freed);
                    }
                }
            }));
            await Task.WhenAll(workers);
            Assert.Equal((1, 0), (freed, tally.Held));
        }
    }
}
