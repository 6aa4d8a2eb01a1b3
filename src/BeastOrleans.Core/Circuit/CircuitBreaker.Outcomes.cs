using BeastOrleans.Contracts.Endpoints;

namespace BeastOrleans.Core.Circuit;

/// <content>What outcomes do.</content>
public static partial class CircuitBreaker
{
    private static CircuitBreakerState OnReported(CircuitBreakerState state, DateTimeOffset now, OutcomeReport report, double jitter)
    {
        if (IsBlame(report.Outcome) && WasCounted(state, report.AttemptId))
        {
            return state;
        }

        var usesPermit = report.PermitId is not null && state.Permit?.Id == report.PermitId && state.Permit.Generation == report.Generation;
        var counts = usesPermit || (state.State == CircuitState.Closed && report.PermitId is null && report.Generation == state.Generation);
        var counted = state with { Statistics = Count(state.Statistics, report, straggler: !counts) };
        if (!counts)
        {
            return counted;
        }

        counted = Observe(counted, report, usesPermit);
        return report.Outcome switch
        {
            OutcomeClass.Ok => OnOk(counted, now, report.Count, usesPermit),
            OutcomeClass.Sick or OutcomeClass.Timeout => OnFailure(counted, now, report.Outcome, jitter),
            OutcomeClass.Overload => OnOverload(counted, now, report.RetryAfter, jitter),
            OutcomeClass.Credential => OnCredentialRefused(counted, now, report.DescriptorVersion, usesPermit),
            OutcomeClass.Config => counted with { Misconfigured = true },
            _ => counted,
        };
    }

    // The part that does not depend on the class: the permit is used up, a newer credential lifts a suspension.
    private static CircuitBreakerState Observe(CircuitBreakerState state, OutcomeReport report, bool usesPermit)
    {
        var next = state with
        {
            Permit = usesPermit ? null : state.Permit,
            DescriptorVersion = Math.Max(state.DescriptorVersion, report.DescriptorVersion),
            CountedAttempts = IsBlame(report.Outcome) ? Remember(state.CountedAttempts, report.AttemptId) : state.CountedAttempts,
        };
        return next.SuspendedUntil is not null && report.DescriptorVersion > next.SuspendedVersion ? LiftSuspension(next) : next;
    }

    private static CircuitBreakerState OnOk(CircuitBreakerState state, DateTimeOffset now, int count, bool usesPermit)
    {
        var healthy = state with
        {
            ConsecutiveFailures = 0,
            ConsecutiveTimeouts = 0,
            HoldUntil = state.HoldUntil > now ? state.HoldUntil : null,
            Holds = 0,
            CredentialRefusedAt = null,
            SuspendedUntil = usesPermit ? null : state.SuspendedUntil,
            LastTrialAt = usesPermit ? null : state.LastTrialAt,
            Misconfigured = false,
        };
        if (state.State != CircuitState.HalfOpen)
        {
            return healthy with { Window = state.Window.Add(now, Math.Max(1, count), 0) };
        }

        healthy = healthy with { ProbeSuccesses = state.ProbeSuccesses + 1 };
        return healthy.ProbeSuccesses >= CircuitRules.SuccessesToClose ? Close(healthy, now) : healthy;
    }

    private static CircuitBreakerState OnFailure(CircuitBreakerState state, DateTimeOffset now, OutcomeClass outcome, double jitter)
    {
        var failed = state with
        {
            ConsecutiveFailures = state.ConsecutiveFailures + 1,
            ConsecutiveTimeouts = state.ConsecutiveTimeouts + (outcome == OutcomeClass.Timeout ? 1 : 0),
        };
        if (state.State == CircuitState.HalfOpen)
        {
            return Open(failed with { FreeProbes = AfterFailedTrial(state) }, now, outcome == OutcomeClass.Timeout ? "a probe that timed out" : "a failed probe", jitter);
        }

        failed = failed with { Window = state.Window.Add(now, 0, 1) };
        if (failed.ConsecutiveFailures >= CircuitRules.FailuresToOpen)
        {
            var allTimeouts = failed.ConsecutiveTimeouts == failed.ConsecutiveFailures;
            return Open(failed, now, $"{failed.ConsecutiveFailures} {(allTimeouts ? "timeouts" : "failures in a row")}", jitter);
        }

        var totals = failed.Window.Totals(now);
        return totals.Counted >= CircuitRules.MinimumThroughput && totals.Failures >= totals.Counted * CircuitRules.FailureRatioToOpen
            ? Open(failed, now, $"{totals.Failures} failures of {totals.Counted} in 30 s", jitter)
            : failed;
    }

    private static CircuitBreakerState OnOverload(CircuitBreakerState state, DateTimeOffset now, TimeSpan? retryAfter, double jitter)
    {
        var held = Hold(state, now, retryAfter);
        return state.State == CircuitState.HalfOpen ? Open(held, now, "an overloaded probe", jitter) : held;
    }

    private static CircuitBreakerState Hold(CircuitBreakerState state, DateTimeOffset now, TimeSpan? retryAfter)
    {
        if (retryAfter is { } asked)
        {
            var until = now + Least(CircuitRules.LongestHold, asked > TimeSpan.Zero ? asked : TimeSpan.Zero);
            return until > now && (state.HoldUntil is null || until > state.HoldUntil) ? state with { HoldUntil = until } : state;
        }

        // Calls that were under way when the hold began say nothing new.
        if (state.HoldUntil > now)
        {
            return state;
        }

        var length = Least(CircuitRules.LongestOwnHold, CircuitRules.FirstHold * (1 << state.Holds));
        return state with { HoldUntil = now + length, Holds = Math.Min(state.Holds + 1, CircuitRules.GreatestExponent) };
    }

    private static CircuitBreakerState OnCredentialRefused(CircuitBreakerState state, DateTimeOffset now, long descriptorVersion, bool usesPermit)
    {
        if (descriptorVersion < state.DescriptorVersion)
        {
            return state;
        }

        if (state.SuspendedUntil is not null)
        {
            return usesPermit ? state with { SuspendedUntil = now + CircuitRules.CredentialRetry } : state;
        }

        if (state.CredentialRefusedAt is not { } before || now - before > CircuitRules.CredentialWindow)
        {
            return state with { CredentialRefusedAt = now };
        }

        // A new generation: calls under way since before the suspension must neither lift nor lengthen it.
        return state with
        {
            Generation = state.Generation + 1,
            Window = RollingWindow.Empty,
            Permit = null,
            CredentialRefusedAt = null,
            SuspendedUntil = now + CircuitRules.CredentialRetry,
            SuspendedVersion = descriptorVersion,
        };
    }

    private static CircuitStatistics Count(CircuitStatistics statistics, OutcomeReport report, bool straggler)
    {
        var count = report.Outcome == OutcomeClass.Ok ? Math.Max(1, report.Count) : 1;
        var counted = report.Outcome switch
        {
            OutcomeClass.Ok => statistics with { Successes = statistics.Successes + count },
            OutcomeClass.Sick or OutcomeClass.Timeout => statistics with { Failures = statistics.Failures + 1 },
            _ => statistics with { Neutral = statistics.Neutral + 1 },
        };
        return straggler ? counted with { Stragglers = counted.Stragglers + count } : counted;
    }

    /// <summary>The endpoint is to blame: such an outcome may stop calls.</summary>
    public static bool IsBlame(OutcomeClass outcome) =>
        outcome is OutcomeClass.Sick or OutcomeClass.Timeout or OutcomeClass.Overload or OutcomeClass.Credential;

    private static bool WasCounted(CircuitBreakerState state, string attemptId) =>
        attemptId.Length > 0 && Array.IndexOf(state.CountedAttempts, attemptId) >= 0;

    private static string[] Remember(string[] attempts, string attemptId)
    {
        if (attemptId.Length == 0)
        {
            return attempts;
        }

        var kept = attempts.Length < CircuitRules.CountedAttemptsKept ? attempts : attempts[1..];
        return [.. kept, attemptId];
    }
}
