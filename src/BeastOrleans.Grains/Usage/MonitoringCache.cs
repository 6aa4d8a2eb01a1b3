using BeastOrleans.Contracts.Usage;

namespace BeastOrleans.Grains.Usage;

/// <summary>
/// Answers monitoring queries from the rollups, each sum for at most a second: dashboards that poll cost the database one query
/// a second, however many they are. For one caller at a time (a grain's turn).
/// </summary>
/// <param name="tenant">Null for all tenants.</param>
internal sealed class MonitoringCache(ILedgerStore store, TimeProvider time, string? tenant)
{
    /// <summary>Different queries kept at once.</summary>
    public const int MaxQueries = 64;

    public static readonly TimeSpan MaxAge = TimeSpan.FromSeconds(1);

    private readonly Dictionary<RoutingFilter, Answer> _answers = [];

    public int Count => _answers.Count;

    public async Task<MonitoringTotals> GetAsync(MonitoringQuery query)
    {
        // Queries that differ inside an hour ask for the same rows.
        var filter = new RoutingFilter(
            tenant,
            query.User,
            query.From is { } from ? RollupHour.Of(from) : null,
            query.To is { } to ? RollupHour.Ceiling(to) : null);
        if (_answers.TryGetValue(filter, out var known) && IsFresh(known))
        {
            return known.Totals;
        }

        // Stamped before the read: the age counts from when the rows were seen.
        var asked = time.GetTimestamp();
        var totals = ToTotals(filter, await store.SumRoutingAsync(filter));
        MakeRoom();
        _answers[filter] = new Answer(totals, asked);
        return totals;
    }

    private static MonitoringTotals ToTotals(RoutingFilter filter, RoutingWindow window)
    {
        return window.Sum.ToTotals(Start(filter.FromHour ?? window.FirstHour), Start(filter.ToHour ?? window.LastHour + 1));
    }

    private static DateTimeOffset? Start(long? hour) => hour is { } value ? RollupHour.Start(value) : null;

    private bool IsFresh(Answer answer) => time.GetElapsedTime(answer.AskedAt) < MaxAge;

    private void MakeRoom()
    {
        if (_answers.Count < MaxQueries)
        {
            return;
        }

        foreach (var stale in _answers.Where(pair => !IsFresh(pair.Value)).Select(pair => pair.Key).ToList())
        {
            _answers.Remove(stale);
        }

        if (_answers.Count >= MaxQueries)
        {
            // More different queries in one second than are kept: none of them is worth more than another.
            _answers.Clear();
        }
    }

    private readonly record struct Answer(MonitoringTotals Totals, long AskedAt);
}
