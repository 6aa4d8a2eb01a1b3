using BeastOrleans.Contracts.Endpoints;

namespace BeastOrleans.Core.Circuit;

public static partial class CircuitBreaker
{
    /// <param name="jitter">Uniform in [0, 1): spreads the re-openings of many endpoints.</param>
    public static CircuitStep Apply(CircuitBreakerState state, DateTimeOffset now, CircuitEvent e, double jitter) =>
        throw new NotImplementedException();

    /// <summary>What everybody may know of the state.</summary>
    /// <param name="epoch">The activation that speaks.</param>
    public static CircuitSnapshot Snapshot(CircuitBreakerState state, long epoch)
    {
        ArgumentNullException.ThrowIfNull(state);
        return new CircuitSnapshot
        {
            State = state.State,
            Generation = state.Generation,
            Version = state.Version,
            Since = state.Since,
            Until = state.Until,
            HoldUntil = state.HoldUntil,
            SuspendedUntil = state.SuspendedUntil,
            SuspendedVersion = state.SuspendedVersion,
            Misconfigured = state.Misconfigured,
            Failures = state.ConsecutiveFailures,
            Cause = state.Cause,
            Epoch = epoch,
        };
    }
}
