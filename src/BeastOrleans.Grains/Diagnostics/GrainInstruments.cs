using System.Diagnostics.Metrics;
using BeastOrleans.Contracts.Endpoints;
using BeastOrleans.Contracts.Identity;
using BeastOrleans.Contracts.Usage;
using BeastOrleans.Grains.Usage;

namespace BeastOrleans.Grains.Diagnostics;

/// <summary>What grains count. Label values are closed sets: never a tenant, user, key or endpoint.</summary>
internal sealed class GrainInstruments
{
    public const string MeterName = "BeastOrleans.Grains";

    private readonly Counter<long> _transitions;
    private readonly Counter<long> _probes;
    private readonly LedgerInstruments _ledger;

    public GrainInstruments(IMeterFactory meters)
    {
        var meter = meters.Create(MeterName);
        _transitions = meter.CreateCounter<long>("beast_circuit_transitions_total", description: "Circuits that changed their state.");
        _ledger = new LedgerInstruments(meter);
        _probes = meter.CreateCounter<long>("beast_probes_total", description: "Active probes of custom endpoints.");
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

    private static string StateName(CircuitState state) => state switch
    {
        CircuitState.Closed => "closed",
        CircuitState.Open => "open",
        CircuitState.HalfOpen => "half_open",
        _ => "isolated",
    };
}
