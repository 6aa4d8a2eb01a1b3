using BeastOrleans.Grains.Usage;
using CsCheck;
using Xunit;

namespace BeastOrleans.UnitTests.Ledger;

public sealed class LatencyHistogramTests
{
    [Fact]
    public void Bounds_AreGeometric()
    {
        Assert.Equal(LatencyHistogram.Buckets, LatencyHistogram.BoundsMs.Length);
        for (var i = 1; i < LatencyHistogram.Buckets; i++)
        {
            Assert.InRange((double)LatencyHistogram.BoundsMs[i] / LatencyHistogram.BoundsMs[i - 1], 1.5, 1.65);
        }
    }

    [Theory]
    [InlineData(int.MinValue, 0)]
    [InlineData(0, 0)]
    [InlineData(16, 0)]
    [InlineData(17, 1)]
    [InlineData(1_000, 9)]
    [InlineData(1_001, 10)]
    [InlineData(100_000, 19)]
    [InlineData(int.MaxValue, 19)]
    public void BucketOf_Latency_IsTheFirstBoundNotBelowIt(int milliseconds, int bucket)
    {
        Assert.Equal(bucket, LatencyHistogram.BucketOf(milliseconds));
    }

    [Fact]
    public void Percentile_NothingCounted_IsNull()
    {
        Assert.Null(new LatencyHistogram().Percentile(0.5));
        Assert.Null(new LatencyHistogram().Summarize().P95Ms);
    }

    [Fact]
    public void Percentile_InsideABucket_IsInterpolated()
    {
        var histogram = new LatencyHistogram();
        histogram.AddCount(LatencyHistogram.BucketOf(200), 50);
        histogram.AddCount(LatencyHistogram.BucketOf(900), 50);

        Assert.Equal(160 + (90 / 2), histogram.Percentile(0.25));
        Assert.Equal(250, histogram.Percentile(0.50));
        Assert.Equal(630 + (370 * 9 / 10), histogram.Percentile(0.95));
    }

    [Fact]
    public void Percentile_OfAny_LiesInTheBucketOfTheTrueOne()
    {
        Gen.Int[0, 120_000].Array[1, 200].Select(Gen.Double[0, 1]).Sample((latencies, fraction) =>
        {
            var histogram = new LatencyHistogram();
            foreach (var latency in latencies)
            {
                histogram.Add(latency);
            }

            var sorted = latencies.Order().ToArray();
            var truth = sorted[Math.Max(0, (int)Math.Ceiling(fraction * sorted.Length) - 1)];
            var bucket = LatencyHistogram.BucketOf(truth);
            var estimate = histogram.Percentile(fraction)!.Value;
            return estimate <= LatencyHistogram.BoundsMs[bucket] && estimate >= (bucket == 0 ? 0 : LatencyHistogram.BoundsMs[bucket - 1]);
        });
    }
}
