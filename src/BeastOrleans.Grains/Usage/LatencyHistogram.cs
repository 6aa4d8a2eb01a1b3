using BeastOrleans.Contracts.Usage;

namespace BeastOrleans.Grains.Usage;

/// <summary>
/// Latencies counted in 20 fixed buckets, so that counts of any hours and users add up to a histogram again. The bounds are
/// the preferred numbers R5 (ISO 3): five to a decade, each about 1.58 times the one before, from 16 ms to 100 s. A
/// percentile therefore lies within a factor of 1.6 of the true one.
/// </summary>
internal sealed class LatencyHistogram
{
    public const int Buckets = 20;

    private readonly long[] _counts = new long[Buckets];

    /// <summary>
    /// Inclusive upper bounds in milliseconds. Anything longer than the last is counted in the last bucket and so shown as at
    /// most 100 s.
    /// </summary>
    public static ReadOnlySpan<int> BoundsMs =>
    [
        16, 25, 40, 63, 100, 160, 250, 400, 630, 1_000,
        1_600, 2_500, 4_000, 6_300, 10_000, 16_000, 25_000, 40_000, 63_000, 100_000,
    ];

    public long this[int bucket] => _counts[bucket];

    public long Total
    {
        get
        {
            var total = 0L;
            foreach (var count in _counts)
            {
                total += count;
            }

            return total;
        }
    }

    /// <summary>The bucket of a latency; a negative one (a clock that went back) counts as 0 ms.</summary>
    public static int BucketOf(int milliseconds)
    {
        var found = BoundsMs.BinarySearch(milliseconds);
        return Math.Min(found >= 0 ? found : ~found, Buckets - 1);
    }

    public void Add(int milliseconds)
    {
        _counts[BucketOf(milliseconds)]++;
    }

    public void AddCount(int bucket, long count)
    {
        _counts[bucket] += count;
    }

    /// <summary>
    /// The latency that <paramref name="fraction"/> (0 to 1) of the counted ones do not exceed, interpolated linearly inside its
    /// bucket; null when nothing was counted.
    /// </summary>
    public int? Percentile(double fraction)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(fraction, 0);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(fraction, 1);
        var total = Total;
        if (total == 0)
        {
            return null;
        }

        var rank = fraction * total;
        var below = 0L;
        for (var i = 0; i < Buckets; i++)
        {
            // An empty bucket cannot hold the rank, not even rank 0.
            if (_counts[i] > 0 && below + _counts[i] >= rank)
            {
                var lower = i == 0 ? 0 : BoundsMs[i - 1];
                var share = (rank - below) / _counts[i];
                return (int)Math.Round(lower + ((BoundsMs[i] - lower) * share), MidpointRounding.AwayFromZero);
            }

            below += _counts[i];
        }

        return BoundsMs[^1];
    }

    public LatencySummary Summarize()
    {
        return new LatencySummary { P50Ms = Percentile(0.50), P95Ms = Percentile(0.95) };
    }
}
