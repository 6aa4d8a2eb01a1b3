namespace BeastOrleans.Gateway.Forwarding;

/// <summary>The moment at which a request must have been committed.</summary>
internal readonly struct Deadline(TimeProvider time, TimeSpan limit, bool isCallers)
{
    private readonly long _startedAt = time.GetTimestamp();

    /// <summary>The caller's own limit, shorter than ours.</summary>
    public bool IsCallers { get; } = isCallers;

    public TimeSpan Limit { get; } = limit;

    public TimeSpan Remaining => Limit - time.GetElapsedTime(_startedAt);

    public bool Passed => Remaining <= TimeSpan.Zero;
}
