using BeastOrleans.Contracts.Endpoints;

namespace BeastOrleans.Core.Circuit;

/// <summary>
/// The circuit of one endpoint as a pure state machine: the endpoint's grain runs it for the whole cluster, a
/// gateway runs the same code for itself while it cannot reach the grain.
/// </summary>
/// <remarks>
/// What becomes of an outcome, by the state it arrives in:
/// <code>
///                 same generation                       older generation, or a permit no longer valid
/// closed          counts; may open                      statistics only
/// open, isolated  statistics only                       statistics only
/// half-open       with the permit: closes or re-opens   statistics only
///                 without: statistics only
/// </code>
/// Every transition makes a new generation, so a straggler can neither close nor open. A hold (overload) and a
/// suspension (credential) lie over the state: they stop calls without being failures.
/// </remarks>
public static partial class CircuitBreaker
{
    private static readonly CircuitEffect.SnapshotChanged SnapshotChanged = new();

    /// <param name="now">A clock that steps back is tolerated: nothing is admitted earlier for it.</param>
    /// <param name="jitter">Uniform in [0, 1): spreads the re-openings of many endpoints.</param>
    public static CircuitStep Apply(CircuitBreakerState state, DateTimeOffset now, CircuitEvent e, double jitter)
    {
        ArgumentNullException.ThrowIfNull(state);
        ArgumentNullException.ThrowIfNull(e);
        CircuitEffect? answer = null;
        var next = e switch
        {
            CircuitEvent.Reported reported => OnReported(state, now, reported.Report, jitter),
            CircuitEvent.PermitRequested asked => OnPermitRequested(state, now, asked, out answer),
            CircuitEvent.ProbeSucceeded => OnProbeSucceeded(state, now),
            CircuitEvent.ProbeFailed => state with { FreeProbes = FreeProbeTrust.Unknown },
            CircuitEvent.Operated operated => OnOperated(state, now, operated.Action),
            CircuitEvent.CredentialChanged changed => OnCredentialChanged(state, changed.Version),
            _ => state,
        };
        return Finish(state, next, e, answer);
    }

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

    private static CircuitStep Finish(CircuitBreakerState before, CircuitBreakerState after, CircuitEvent e, CircuitEffect? answer)
    {
        var changed = ChangesAdmission(before, after);
        if (changed || before.ConsecutiveFailures != after.ConsecutiveFailures || before.Misconfigured != after.Misconfigured)
        {
            after = after with { Version = before.Version + 1 };
        }

        if (!changed)
        {
            return new CircuitStep(after, answer is null ? [] : [answer]);
        }

        var effects = new List<CircuitEffect>(3);
        if (before.State != after.State)
        {
            effects.Add(new CircuitEffect.Transitioned(before.State, after.State, TransitionCause(after, e)));
        }

        effects.Add(SnapshotChanged);
        if (answer is not null)
        {
            effects.Add(answer);
        }

        return new CircuitStep(after, effects);
    }

    private static bool ChangesAdmission(CircuitBreakerState before, CircuitBreakerState after) =>
        before.State != after.State
        || before.Generation != after.Generation
        || before.Until != after.Until
        || before.HoldUntil != after.HoldUntil
        || before.SuspendedUntil != after.SuspendedUntil
        || before.SuspendedVersion != after.SuspendedVersion;

    private static string TransitionCause(CircuitBreakerState after, CircuitEvent e) => after.State switch
    {
        CircuitState.Closed => e is CircuitEvent.Operated ? "closed by an operator" : $"{CircuitRules.SuccessesToClose} probes succeeded",
        CircuitState.HalfOpen => "a probe was due",
        _ => after.Cause ?? "unknown",
    };

    // A transition's common part: a new generation, and nothing left of what the old one counted.
    private static CircuitBreakerState Enter(CircuitBreakerState state, DateTimeOffset now, CircuitState to) => state with
    {
        State = to,
        Generation = state.Generation + 1,
        Since = now,
        Until = null,
        Permit = null,
        ProbeSuccesses = 0,
        Window = RollingWindow.Empty,
    };

    private static CircuitBreakerState Open(CircuitBreakerState state, DateTimeOffset now, string cause, double jitter)
    {
        var forgiven = state.State == CircuitState.Closed && now - state.Since >= CircuitRules.ForgivenAfter;
        var exponent = forgiven ? 0 : Math.Min(state.Openings, CircuitRules.GreatestExponent);
        var longest = CircuitRules.LongestOpen;
        var length = Least(longest, CircuitRules.FirstOpen * (1 << exponent)) * (0.8 + (0.4 * Math.Clamp(jitter, 0, 1)));
        return Enter(state, now, CircuitState.Open) with
        {
            Until = now + Least(longest, length),
            Openings = exponent + 1,
            Cause = cause,
        };
    }

    private static CircuitBreakerState Close(CircuitBreakerState state, DateTimeOffset now) => Enter(state, now, CircuitState.Closed) with
    {
        ConsecutiveFailures = 0,
        ConsecutiveTimeouts = 0,
        LastTrialAt = null,
        Cause = null,
        FreeProbes = FreeProbeTrust.Unknown,
    };

    private static CircuitBreakerState OnOperated(CircuitBreakerState state, DateTimeOffset now, CircuitAction action) => action switch
    {
        CircuitAction.Isolate => Enter(state, now, CircuitState.Isolated) with { Cause = "isolated by an operator" },
        CircuitAction.Close => Close(state, now),
        CircuitAction.Reset => CircuitBreakerState.Initial with
        {
            Generation = state.Generation + 1,
            Version = state.Version,
            Since = now,
            DescriptorVersion = state.DescriptorVersion,
        },
        _ => state,
    };

    // A free probe saves users' requests the wait, but only a real request proves that the model answers.
    // One that was proven wrong since is not listened to: each would cost another request its first try.
    private static CircuitBreakerState OnProbeSucceeded(CircuitBreakerState state, DateTimeOffset now)
    {
        if (state.FreeProbes == FreeProbeTrust.Disproved)
        {
            return state;
        }

        var trusted = state with { FreeProbes = FreeProbeTrust.Healthy };
        return state.State == CircuitState.Open && state.Until > now ? trusted with { Until = now } : trusted;
    }

    // A real request that fails shows what the free probe's word was worth.
    private static FreeProbeTrust AfterFailedTrial(CircuitBreakerState state) =>
        state.FreeProbes == FreeProbeTrust.Unknown ? FreeProbeTrust.Unknown : FreeProbeTrust.Disproved;

    private static CircuitBreakerState OnCredentialChanged(CircuitBreakerState state, long version)
    {
        if (version <= state.DescriptorVersion)
        {
            return state;
        }

        var known = state with { DescriptorVersion = version, CredentialRefusedAt = null, Misconfigured = false };
        return state.SuspendedUntil is not null && version > state.SuspendedVersion ? LiftSuspension(known) : known;
    }

    private static CircuitBreakerState LiftSuspension(CircuitBreakerState state) => state with
    {
        SuspendedUntil = null,

        // In a closed circuit the permit was for the suspended credential; a half-open one's goes on.
        Permit = state.State == CircuitState.HalfOpen ? state.Permit : null,
    };

    private static TimeSpan Least(TimeSpan a, TimeSpan b) => a < b ? a : b;
}
