using BeastOrleans.Contracts.Endpoints;

namespace BeastOrleans.Core.Circuit;

/// <summary>Something that a circuit reacts to.</summary>
public abstract record CircuitEvent
{
    private protected CircuitEvent()
    {
    }

    /// <summary>An attempt ended.</summary>
    public sealed record Reported(OutcomeReport Report) : CircuitEvent;

    /// <summary>A request wants to make the one half-open attempt (or the one attempt with a suspended credential).</summary>
    /// <param name="HasFallback">The request has another candidate: preferred, because it loses nothing.</param>
    /// <param name="NewPermitId">The id of the permit if one is granted; unique for ever. Asked again under the same id, the same permit is the answer.</param>
    public sealed record PermitRequested(bool HasFallback, string NewPermitId) : CircuitEvent
    {
        /// <summary>As long as the longest attempt may take.</summary>
        public TimeSpan LeaseDuration { get; init; } = CircuitRules.PermitLease;
    }

    /// <summary>An active probe (no user's request) was answered: half-open may come early, nothing closes.</summary>
    public sealed record ProbeSucceeded : CircuitEvent;

    /// <summary>An active probe was not answered: nothing that the circuit did not know, but the next one that is will be news.</summary>
    public sealed record ProbeFailed : CircuitEvent;

    /// <summary>An operator acted by hand.</summary>
    public sealed record Operated(CircuitAction Action) : CircuitEvent;

    /// <summary>The registration or its credential is now of this version.</summary>
    public sealed record CredentialChanged(long Version) : CircuitEvent;
}
