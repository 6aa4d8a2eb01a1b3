namespace BeastOrleans.Core.Circuit;

/// <summary>
/// Successes and failures of the last 30 s in 10 exact buckets of 3 s. Immutable: counting answers with another
/// window. Memory is the same for one request an hour and for 100,000 a second.
/// </summary>
public sealed record RollingWindow
{
    public const int Buckets = 10;

    public static readonly TimeSpan BucketWidth = TimeSpan.FromSeconds(3);

    public static RollingWindow Empty { get; } = new();

    /// <summary>Number of the newest bucket: UTC ticks over the bucket's width.</summary>
    public long Head { get; init; }

    /// <summary>Per bucket, at the bucket's number modulo <see cref="Buckets"/>. Never changed in place.</summary>
    public int[] Successes { get; init; } = new int[Buckets];

    /// <inheritdoc cref="Successes"/>
    public int[] Failures { get; init; } = new int[Buckets];

    /// <summary>The window with these outcomes counted at <paramref name="now"/>.</summary>
    public RollingWindow Add(DateTimeOffset now, int successes, int failures)
    {
        var head = Math.Max(Head, BucketOf(now));
        var window = new RollingWindow { Head = head, Successes = Kept(Successes, head), Failures = Kept(Failures, head) };
        var slot = (int)(head % Buckets);
        window.Successes[slot] = SaturatingAdd(window.Successes[slot], successes);
        window.Failures[slot] = SaturatingAdd(window.Failures[slot], failures);
        return window;
    }

    /// <summary>What is still inside the window at <paramref name="now"/>.</summary>
    public WindowTotals Totals(DateTimeOffset now)
    {
        // A clock that steps back neither forgets nor doubles what is counted.
        var head = Math.Max(Head, BucketOf(now));
        long successes = 0;
        long failures = 0;
        for (var number = Math.Max(0, head - Buckets + 1); number <= Head; number++)
        {
            successes += Successes[number % Buckets];
            failures += Failures[number % Buckets];
        }

        return new WindowTotals(successes, failures);
    }

    private int[] Kept(int[] counts, long head)
    {
        var kept = new int[Buckets];
        for (var number = Math.Max(Math.Max(0, head - Buckets + 1), Head - Buckets + 1); number <= Head; number++)
        {
            kept[number % Buckets] = counts[number % Buckets];
        }

        return kept;
    }

    private static long BucketOf(DateTimeOffset now) => now.UtcTicks / BucketWidth.Ticks;

    private static int SaturatingAdd(int a, int b) => (int)Math.Min(int.MaxValue, (long)a + b);
}

public readonly record struct WindowTotals(long Successes, long Failures)
{
    public long Counted => Successes + Failures;
}
