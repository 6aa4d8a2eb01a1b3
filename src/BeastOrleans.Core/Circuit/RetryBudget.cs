namespace BeastOrleans.Core.Circuit;

/// <summary>
/// Keeps same-endpoint retries under 20 % of requests plus 3 a second, so that retries cannot multiply an outage.
/// Safe for concurrent use. Counts in thousandths of a retry: no drift.
/// </summary>
public sealed class RetryBudget
{
    /// <summary>What one request earns, in thousandths of a retry.</summary>
    private const long PerRequest = 200;

    /// <summary>What one second earns; also the most that time alone may save up.</summary>
    private const long PerSecond = 3_000;

    /// <summary>The most that requests may save up: 20 retries, earned by 100 requests.</summary>
    private const long MostFromRequests = 20_000;

    // Only retries, which are few, meet at this lock; requests never do.
    private readonly Lock _retries = new();
    private long _fromTime = PerSecond;
    private DateTimeOffset _refilledAt;

    /// <summary>Grows by any request without the lock; only a retry under the lock takes from it.</summary>
    private long _fromRequests;

    public RetryBudget(DateTimeOffset now) => _refilledAt = now;

    /// <summary>A request (not a retry) is being made. Wait-free once full, which it is after 100 requests without a retry.</summary>
    public void OnRequest()
    {
        var known = Volatile.Read(ref _fromRequests);
        while (known < MostFromRequests)
        {
            var seen = Interlocked.CompareExchange(ref _fromRequests, Math.Min(MostFromRequests, known + PerRequest), known);
            if (seen == known)
            {
                return;
            }

            known = seen;
        }
    }

    /// <summary>Takes one retry; false when there is none to take.</summary>
    public bool TryTake(DateTimeOffset now)
    {
        lock (_retries)
        {
            Refill(now);
            var fromTime = Math.Min(_fromTime, 1_000);
            var fromRequests = 1_000 - fromTime;
            if (Volatile.Read(ref _fromRequests) < fromRequests)
            {
                return false;
            }

            // What was seen is still there: others only add.
            _fromTime -= fromTime;
            Interlocked.Add(ref _fromRequests, -fromRequests);
            return true;
        }
    }

    private void Refill(DateTimeOffset now)
    {
        var elapsed = now - _refilledAt;
        if (elapsed <= TimeSpan.Zero)
        {
            return;
        }

        if (elapsed >= TimeSpan.FromSeconds(1))
        {
            _fromTime = PerSecond;
            _refilledAt = now;
            return;
        }

        // Whole thousandths only; the rest of the time is kept for the next refill.
        var earned = (long)(elapsed.TotalMilliseconds * PerSecond / 1_000);
        if (earned > 0)
        {
            _fromTime = Math.Min(PerSecond, _fromTime + earned);
            _refilledAt += TimeSpan.FromTicks(earned * TimeSpan.TicksPerSecond / PerSecond);
        }
    }
}
