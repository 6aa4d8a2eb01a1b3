namespace BeastOrleans.Failover.Scenarios;

/// <summary>
/// Starts so many requests a second whether or not earlier ones have ended, as the callers of a gateway do: a closed loop
/// would slow down with the gateway and so hide its trouble.
/// </summary>
internal static class OpenLoop
{
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(10);

    public static async Task<T[]> RunAsync<T>(int perSecond, TimeSpan duration, Func<Task<T>> request)
    {
        var total = (int)(perSecond * duration.TotalSeconds);
        var running = new List<Task<T>>(total);
        var startedAt = TimeProvider.System.GetTimestamp();
        using var pace = new PeriodicTimer(Tick);
        while (running.Count < total && await pace.WaitForNextTickAsync())
        {
            var due = Math.Min(total, (int)(TimeProvider.System.GetElapsedTime(startedAt).TotalSeconds * perSecond));
            while (running.Count < due)
            {
                running.Add(request());
            }
        }

        return await Task.WhenAll(running);
    }
}
