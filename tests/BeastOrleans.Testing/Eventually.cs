namespace BeastOrleans.Testing;

/// <summary>Waits for a condition instead of for a time: asks every few milliseconds, and fails when the limit has passed.</summary>
public static class Eventually
{
    public static readonly TimeSpan DefaultLimit = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    /// <summary>Returns how long it took.</summary>
    /// <exception cref="TimeoutException">The condition was not met within the limit.</exception>
    public static async Task<TimeSpan> IsTrueAsync(string what, Func<Task<bool>> condition, TimeSpan? limit = null)
    {
        var startedAt = TimeProvider.System.GetTimestamp();
        while (!await condition())
        {
            if (TimeProvider.System.GetElapsedTime(startedAt) > (limit ?? DefaultLimit))
            {
                throw new TimeoutException($"Not within {limit ?? DefaultLimit}: {what}");
            }

            await Task.Delay(Pause);
        }

        return TimeProvider.System.GetElapsedTime(startedAt);
    }

    /// <inheritdoc cref="IsTrueAsync(string, Func{Task{bool}}, TimeSpan?)"/>
    public static Task<TimeSpan> IsTrueAsync(string what, Func<bool> condition, TimeSpan? limit = null) =>
        IsTrueAsync(what, () => Task.FromResult(condition()), limit);
}
