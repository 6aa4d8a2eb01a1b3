using BeastOrleans.Core.Circuit;
using CsCheck;
using Xunit;

namespace BeastOrleans.UnitTests.Circuit;

public sealed class RollingWindowTests
{
    private static readonly DateTimeOffset Start = new(2026, 11, 1, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Totals_AgreeWithAListOfEverything() =>
        Gen.Select(Gen.Int[0, 20_000], Gen.Int[0, 5], Gen.Int[0, 5]).List[0, 60].Sample(steps =>
        {
            var window = RollingWindow.Empty;
            var all = new List<(long Bucket, int Ok, int Bad)>();
            var now = Start;
            foreach (var (ms, ok, bad) in steps)
            {
                now += TimeSpan.FromMilliseconds(ms);
                window = window.Add(now, ok, bad);
                all.Add((now.UtcTicks / RollingWindow.BucketWidth.Ticks, ok, bad));
            }

            var oldest = (now.UtcTicks / RollingWindow.BucketWidth.Ticks) - RollingWindow.Buckets + 1;
            var inside = all.Where(one => one.Bucket >= oldest).ToList();
            return window.Totals(now) == new WindowTotals(inside.Sum(one => (long)one.Ok), inside.Sum(one => (long)one.Bad));
        });

    [Fact]
    public void Add_LeavesTheOriginalAsItWas()
    {
        var first = RollingWindow.Empty.Add(Start, 1, 1);
        first.Add(Start, 5, 5);
        Assert.Equal(new WindowTotals(1, 1), first.Totals(Start));
        Assert.Equal(new WindowTotals(0, 0), RollingWindow.Empty.Totals(Start));
    }

    [Fact]
    public void Totals_ClockStepsBack_KeepsWhatIsCounted()
    {
        var window = RollingWindow.Empty.Add(Start, 3, 0).Add(Start - TimeSpan.FromSeconds(100), 0, 2);
        Assert.Equal(new WindowTotals(3, 2), window.Totals(Start - TimeSpan.FromSeconds(100)));
        Assert.Equal(new WindowTotals(0, 0), window.Totals(Start + TimeSpan.FromSeconds(30)));
    }

    [Fact]
    public void Add_ManyOutcomes_SaturatesInsteadOfTurningNegative()
    {
        var window = RollingWindow.Empty.Add(Start, int.MaxValue, 0).Add(Start, int.MaxValue, 0);
        Assert.Equal(int.MaxValue, window.Totals(Start).Successes);
    }
}
