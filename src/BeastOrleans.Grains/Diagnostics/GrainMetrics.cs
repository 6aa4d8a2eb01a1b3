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

    private static readonly MetricLabel Route = new("route", "custom", "provider");

    private static readonly MetricLabel Scope = new("scope", "key", "user", "tenant");

    internal static readonly MetricFamily Overrun = new(
        "beast.budget.overrun.usd", MetricKind.Counter, "Dollars that attempts cost beyond what they had reserved.", Route);

    internal static readonly MetricFamily Overdrawn = new(
        "beast.budget.overdrawn", MetricKind.Counter, "Budgets that were brought over their limit.", new MetricLabel("kind", "hard", "soft"));

    internal static readonly MetricFamily Gaps = new(
        "beast.budget.gaps", MetricKind.Counter,
        "Leases of gateways that never came back. Counted when found, again after a restart; the list is in the budget.", Scope);

    internal static readonly MetricFamily GapUsd = new(
        "beast.budget.gap.usd", MetricKind.Counter, "Dollars that they held when they were found.", Scope);

    internal static readonly MetricFamily Unknown = new(
        "beast.usage.unknown", MetricKind.Counter, "Attempts whose gateway was killed, booked at their worst cost.", Route);

    internal static readonly MetricFamily UnknownUsd = new(
        "beast.usage.unknown.usd", MetricKind.Counter, "Dollars booked for them.", Route);

    internal static readonly MetricFamily Unpriced = new(
        "beast.unpriced", MetricKind.Counter, "Attempts at models without a price that used tokens.", Route);

    internal static readonly MetricFamily Late = new(
        "beast.usage.late", MetricKind.Counter, "Rows from before the time that the ledger keeps: put aside, not booked.");

    public static IReadOnlyList<MetricFamily> All { get; } =
        [Transitions, Probes, ConfigReloads, StorageErrors, Overrun, Overdrawn, Gaps, GapUsd, Unknown, UnknownUsd, Unpriced, Late];
}
