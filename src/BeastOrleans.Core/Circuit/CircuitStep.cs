using BeastOrleans.Contracts.Endpoints;

namespace BeastOrleans.Core.Circuit;

/// <summary>The state after an event, and what the owner of the state has to do about it.</summary>
public readonly record struct CircuitStep(CircuitBreakerState State, IReadOnlyList<CircuitEffect> Effects);

/// <summary>What follows from an event.</summary>
public abstract record CircuitEffect
{
    private protected CircuitEffect()
    {
    }

    /// <summary>The circuit changed its state: save it, count it, tell everybody.</summary>
    public sealed record Transitioned(CircuitState From, CircuitState To, string Cause) : CircuitEffect;

    public sealed record PermitGranted(ProbePermit Permit) : CircuitEffect;

    /// <summary>No permit now.</summary>
    /// <param name="RetryAfter">When asking again may help; null = not until an operator acts.</param>
    public sealed record PermitRefused(string Why, TimeSpan? RetryAfter) : CircuitEffect;

    /// <summary>
    /// What admits or refuses calls changed (state, generation, times, badge): tell everybody and save it. A mere
    /// change of the failure count makes a new version but not this effect.
    /// </summary>
    public sealed record SnapshotChanged : CircuitEffect;
}
