using BeastOrleans.Core.Diagnostics;

namespace BeastOrleans.Grains.Diagnostics;

/// <summary>What grains measure: names and labels with all their values.</summary>
public static class GrainMetrics
{
    public const string MeterName = "BeastOrleans.Grains";

    internal static readonly MetricFamily Transitions = new(
        "beast.circuit.transitions", MetricKind.Counter,
        "Circuits that changed their state.", new MetricLabel("route", "custom", "provider"), new MetricLabel("to", "closed", "open", "half_open", "isolated"));

    internal static readonly MetricFamily Probes = new(
        "beast.probes", MetricKind.Counter, "Active probes of custom endpoints whose circuit is open.", new MetricLabel("outcome", "healthy", "unhealthy"));

    internal static readonly MetricFamily ConfigReloads = new(
        "beast.config.reloads", MetricKind.Counter,
        "A silo's copies of tenant and platform configuration, read anew: after a change, and every 10 s of use.", new MetricLabel("outcome", "ok", "failed"));

    internal static readonly MetricFamily StorageErrors = new(
        "beast.storage.errors", MetricKind.Counter,
        "Writes that the database did not take. Usage waits in the gateways' spools meanwhile; a circuit is known as it was before after a restart.",
        new MetricLabel("what", "ledger", "circuit"));

    public static IReadOnlyList<MetricFamily> All { get; } = [Transitions, Probes, ConfigReloads, StorageErrors];
}
