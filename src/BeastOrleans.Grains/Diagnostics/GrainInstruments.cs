using System.Diagnostics.Metrics;
using BeastOrleans.Contracts.Endpoints;
using BeastOrleans.Contracts.Identity;
using BeastOrleans.Contracts.Usage;
using BeastOrleans.Grains.Usage;

namespace BeastOrleans.Grains.Diagnostics;

/// <summary>What grains count, see <see cref="GrainMetrics"/>.</summary>
internal sealed class GrainInstruments
{
    private readonly Counter<long> _transitions;
    private readonly Counter<long> _probes;
    private readonly Counter<long> _configReloads;
    private readonly Counter<long> _storageErrors;
    private readonly LedgerInstruments _ledger;

    public GrainInstruments(IMeterFactory meters)
    {
        var meter = meters.Create(GrainMetrics.MeterName);
        _transitions = GrainMetrics.Transitions.Counter<long>(meter);
        _probes = GrainMetrics.Probes.Counter<long>(meter);
        _configReloads = GrainMetrics.ConfigReloads.Counter<long>(meter);
        _storageErrors = GrainMetrics.StorageErrors.Counter<long>(meter);

        _ledger = new LedgerInstruments(meter);

        // There from the start: the first failure must already be an increase.
        _configReloads.Add(0, new KeyValuePair<string, object?>("outcome", "failed"));
        _storageErrors.Add(0, new KeyValuePair<string, object?>("what", "ledger"));
        _storageErrors.Add(0, new KeyValuePair<string, object?>("what", "circuit"));
    }

    public void OnCircuitTransition(EndpointType route, CircuitState to) => _transitions.Add(
        1,
        new KeyValuePair<string, object?>("route", route == EndpointType.Custom ? "custom" : "provider"),
        new KeyValuePair<string, object?>("to", StateName(to)));

    /// <summary>A batch of usage is committed.</summary>
    public void OnPosted(PostedBatch batch) => _ledger.OnPosted(batch);

    /// <summary>A gateway never came back: its lease holds money until somebody decides.</summary>
    public void OnGap(ScopeKind scope, Money held) => _ledger.OnGap(scope, held);

    public void OnProbe(bool healthy) =>
        _probes.Add(1, new KeyValuePair<string, object?>("outcome", healthy ? "healthy" : "unhealthy"));

    public void OnConfigReload(bool ok) =>
        _configReloads.Add(1, new KeyValuePair<string, object?>("outcome", ok ? "ok" : "failed"));

    /// <param name="what">One of <see cref="GrainMetrics.StorageErrors"/>'s.</param>
    public void OnStorageError(string what) => _storageErrors.Add(1, new KeyValuePair<string, object?>("what", what));

    private static string StateName(CircuitState state) => state switch
    {
        CircuitState.Closed => "closed",
        CircuitState.Open => "open",
        CircuitState.HalfOpen => "half_open",
        _ => "isolated",
    };
}
