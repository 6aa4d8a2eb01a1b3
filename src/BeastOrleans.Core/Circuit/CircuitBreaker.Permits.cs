using BeastOrleans.Contracts.Endpoints;

namespace BeastOrleans.Core.Circuit;

/// <content>Who may probe.</content>
public static partial class CircuitBreaker
{
    private static CircuitBreakerState OnPermitRequested(
        CircuitBreakerState state, DateTimeOffset now, CircuitEvent.PermitRequested asked, out CircuitEffect? answer)
    {
        if (state.Permit is { } granted && granted.Id == asked.NewPermitId && granted.ExpiresAt > now)
        {
            // The same question again, because its answer was lost: one probe, not two.
            answer = new CircuitEffect.PermitGranted(granted);
            return state;
        }

        var noted = asked.HasFallback ? state with { FallbackAskedAt = now } : state;
        if (Refusal(state, now, asked) is { } refusal)
        {
            answer = refusal;
            return noted;
        }

        // Open becomes half-open only here, when somebody wants to try: an endpoint that nobody uses needs no timer.
        var next = state.State == CircuitState.Open ? Enter(noted, now, CircuitState.HalfOpen) : noted;
        var permit = new ProbePermit
        {
            Id = asked.NewPermitId,
            Generation = next.Generation,
            ExpiresAt = now + Least(CircuitRules.LongestPermitLease, asked.LeaseDuration),
        };
        answer = new CircuitEffect.PermitGranted(permit);
        return next with { Permit = permit, LastTrialAt = now };
    }

    private static CircuitEffect.PermitRefused? Refusal(CircuitBreakerState state, DateTimeOffset now, CircuitEvent.PermitRequested asked)
    {
        var admission = CircuitGate.Evaluate(Snapshot(state, epoch: 0), now);
        if (admission.Kind == AdmissionKind.Refused)
        {
            return new CircuitEffect.PermitRefused(admission.Why!, admission.RetryAfter);
        }

        if (admission.Kind == AdmissionKind.Pass)
        {
            return new CircuitEffect.PermitRefused("closed: no permit is needed", TimeSpan.Zero);
        }

        // Expired = its gateway is presumed dead; whatever it still reports is a straggler once another is granted.
        if (state.Permit is { } live && live.ExpiresAt > now)
        {
            return new CircuitEffect.PermitRefused("a probe is under way", Least(CircuitRules.LoneTrialInterval, live.ExpiresAt - now));
        }

        return asked.HasFallback ? null : LoneRefusal(state, now);
    }

    /// <summary>
    /// A request without a fallback loses its answer if the probe fails, so it leaves the first go to others where
    /// there are such, and never tries more than once a second; but it does try, or a lone endpoint could not heal.
    /// </summary>
    private static CircuitEffect.PermitRefused? LoneRefusal(CircuitBreakerState state, DateTimeOffset now)
    {
        var due = state.LastTrialAt + CircuitRules.LoneTrialInterval;
        if (due > now)
        {
            return new CircuitEffect.PermitRefused("probed less than a second ago", due - now);
        }

        var othersExpected = state.FallbackAskedAt + CircuitRules.FallbackMemory > now;
        var precedence = (state.Until ?? state.Since) + CircuitRules.FallbackPrecedence;
        return othersExpected && precedence > now && precedence - now <= CircuitRules.FallbackPrecedence
            ? new CircuitEffect.PermitRefused("the probe is left to a request that has a fallback", precedence - now)
            : null;
    }
}
