using BeastOrleans.Simulator;

namespace BeastOrleans.Failover.Stages;

/// <summary>What stands on a stage: a primary with its script, a fallback with its own, and the tenant's settings.</summary>
internal sealed record StagePlan
{
    public PrimaryKind Kind { get; init; } = PrimaryKind.Simulator;

    public SimulatorBehavior? Primary { get; init; }

    public SimulatorBehavior? Fallback { get; init; }

    /// <summary>The primary answers with a redirect to a third upstream, which must never be called.</summary>
    public bool RedirectsToBystander { get; init; }

    /// <summary>The tenant's patience with an overloaded endpoint; null = the product's default.</summary>
    public double? PatienceSeconds { get; init; }

    /// <summary>The registration's own limit for an attempt; null = the product's default.</summary>
    public double? AttemptSeconds { get; init; }

    /// <summary>The primary's window; smaller than the fallback's.</summary>
    public int? ContextTokens { get; init; }

    /// <summary>The primary dies: then not every attempt arrives at it, and its count says less than the ledger.</summary>
    public bool PrimaryDies { get; init; }
}
