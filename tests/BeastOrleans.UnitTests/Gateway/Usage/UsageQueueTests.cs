using BeastOrleans.Gateway.Usage;
using Xunit;

namespace BeastOrleans.UnitTests.Gateway.Usage;

public sealed class UsageQueueTests : IDisposable
{
    private readonly SpoolBox _box = new();

    public void Dispose() => _box.Dispose();

    [Fact]
    public void RecoveredLeft_NewRowsSettledFirst_StillCountsTheOldOnes()
    {
        using (var killed = _box.Open())
        {
            SpoolBox.Begin(killed, "old.1");
        }

        using var spool = _box.Open();
        var queue = new UsageQueue(spool);
        queue.Add(SpoolBox.Settle(spool, "new.1", SpoolBox.Begin(spool, "new.1")));
        Assert.True(queue.TryTake(out var old));
        Assert.True(queue.TryTake(out var fresh));
        Assert.Equal((true, false, 1), (old.IsRecovered, fresh.IsRecovered, queue.RecoveredLeft));

        // The old row failed and is sent again behind the new one.
        queue.Settled([fresh]);
        Assert.Equal((1, 1), (queue.RecoveredLeft, queue.Depth));
        queue.Settled([old]);
        Assert.Equal((0, 0), (queue.RecoveredLeft, queue.Depth));
    }
}
