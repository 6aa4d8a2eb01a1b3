namespace BeastOrleans.Gateway.Forwarding;

/// <summary>The moment at which a request must have been committed.</summary>
/// <param name="startedAt">The request's first moment, a timestamp.</param>
internal readonly struct Deadline(TimeProvider time, long startedAt, TimeSpan limit, bool isCallers)
{
    /// <summary>The caller's own limit, shorter than ours.</summary>
    public bool IsCallers { get; } = isCallers;

    public TimeSpan Limit { get; } = limit;

    public TimeSpan Remaining => Limit - time.GetElapsedTime(startedAt);

    public bool Passed => Remaining <= TimeSpan.Zero;
}
