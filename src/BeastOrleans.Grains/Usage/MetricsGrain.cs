using BeastOrleans.Contracts.Identity;
using BeastOrleans.Contracts.Usage;

namespace BeastOrleans.Grains.Usage;

/// <summary>The monitoring of one tenant or of all: a cache of one second over the rollups.</summary>
[GrainType("metrics")]
internal sealed class MetricsGrain : Grain, IMetricsGrain
{
    private readonly MonitoringCache _cache;

    public MetricsGrain(ILedgerStore store, TimeProvider time)
    {
        var key = this.GetPrimaryKeyString();
        if (!GrainKeys.TryParseMetrics(key, out var tenant))
        {
            throw new ArgumentException($"'{key}' is not the key of a metrics grain.");
        }

        _cache = new MonitoringCache(store, time, tenant?.Value);
    }

    public Task<MonitoringTotals> GetMonitoringAsync(MonitoringQuery query) => _cache.GetAsync(query);
}
