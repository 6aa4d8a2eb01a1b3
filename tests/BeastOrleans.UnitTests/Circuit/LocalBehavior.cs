using BeastOrleans.Contracts.Endpoints;
using BeastOrleans.Core.Circuit;

namespace BeastOrleans.UnitTests.Circuit;

/// <summary>What a schedule's gateways do with their local circuits: the product's own code, unless a test plants a bug.</summary>
internal sealed record LocalBehavior
{
    public static LocalBehavior Real { get; } = new();

    public Func<LocalCircuit, CircuitSnapshot, DateTimeOffset, LocalAdmission> Evaluate { get; init; } =
        static (local, cluster, now) => local.Evaluate(cluster, now, descriptorVersion: 0);

    public Func<LocalCircuit, CircuitEvent.PermitRequested, DateTimeOffset, (LocalCircuit Next, ProbePermit? Permit)> Ask { get; init; } =
        static (local, asked, now) => (local.OnPermitRequested(asked, now, out var permit), permit);

    public Func<LocalCircuit, OutcomeReport, DateTimeOffset, LocalCircuit> Report { get; init; } =
        static (local, report, now) => local.OnReported(report, now, jitter: 0.5);

    public Func<LocalCircuit, int, LocalCircuit> Hear { get; init; } = static (local, acknowledged) => local.OnHeard(acknowledged);
}
