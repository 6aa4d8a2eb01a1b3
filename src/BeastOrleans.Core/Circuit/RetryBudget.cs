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

    private readonly Lock _lock = new();
    private long _fromRequests;
    private long _fromTime = PerSecond;
    private DateTimeOffset _refilledAt;

    public RetryBudget(DateTimeOffset now) => _refilledAt = now;

    /// <summary>A request (not a retry) is being made.</summary>
    public void OnRequest()
    {
        lock (_lock)
        {
            _fromRequests = Math.Min(MostFromRequests, _fromRequests + PerRequest);
        }
    }

    /// <summary>Takes one retry; false when there is none to take.</summary>
    public bool TryTake(DateTimeOffset now)
    {
        lock (_lock)
        {
            Refill(now);
            if (_fromTime + _fromRequests < 1_000)
            {
                return false;
            }

            var fromTime = Math.Min(_fromTime, 1_000);
            _fromTime -= fromTime;
            _fromRequests -= 1_000 - fromTime;
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
