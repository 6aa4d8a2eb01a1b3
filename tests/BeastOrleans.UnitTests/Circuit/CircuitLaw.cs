using BeastOrleans.Contracts.Endpoints;
using BeastOrleans.Core.Circuit;
using static BeastOrleans.UnitTests.Circuit.CircuitSchedule;

namespace BeastOrleans.UnitTests.Circuit;

/// <summary>What must hold of every single step, judged from outside: by what was granted and reported.</summary>
internal static class CircuitLaw
{
    public static void Check(
        CircuitBreakerState before, CircuitStep step, CircuitEvent e, DateTimeOffset now, Dictionary<string, DateTimeOffset> livePermits)
    {
        var after = step.State;
        foreach (var granted in step.Effects.OfType<CircuitEffect.PermitGranted>())
        {
            Law(!(before.State == CircuitState.Open && before.Until > now), "grants nothing while open");
            Law(livePermits.All(live => live.Value <= now || live.Key == granted.Permit.Id), "has at most one live permit");
            livePermits[granted.Permit.Id] = granted.Permit.ExpiresAt;
        }

        Law(after.State == CircuitState.Closed || CircuitGate.Evaluate(CircuitBreaker.Snapshot(after, 1), now).Kind != AdmissionKind.Pass,
            "passes only when closed");
        Law(e is not CircuitEvent.ProbeSucceeded and not CircuitEvent.ProbeFailed || after.State == before.State, "an active probe closes nothing");
        Law(before.State != CircuitState.Open || after.State != CircuitState.Open || e is CircuitEvent.ProbeSucceeded || after.Until >= before.Until,
            "is never shortened by reports");
        Law(before.State == after.State || after.Generation > before.Generation, "a transition makes a new generation");
        Law(after.Version >= before.Version, "versions do not go back");
        if (after.State == CircuitState.Open && before.State != CircuitState.Open)
        {
            Law(after.Until - now is { } length && length >= TimeSpan.FromSeconds(4) && length <= CircuitRules.LongestOpen, "opens for 4 to 20 s");
        }

        if (e is CircuitEvent.Reported reported)
        {
            CheckReport(before, after, reported.Report);
        }
    }

    private static void CheckReport(CircuitBreakerState before, CircuitBreakerState after, OutcomeReport report)
    {
        var straggler = report.Generation < before.Generation || (report.PermitId is not null && report.PermitId != before.Permit?.Id);
        if (straggler)
        {
            Law(after with { Statistics = before.Statistics } == before, "a straggler changes statistics only");
        }

        if (report.Outcome is OutcomeClass.Abandoned or OutcomeClass.Caller or OutcomeClass.Context)
        {
            var neutral = after with { Statistics = before.Statistics, Permit = before.Permit };
            Law(neutral == before, "a neutral outcome gives a permit back and no more");
            Law(after.Permit is null || after.Permit.Id != report.PermitId, "a neutral outcome gives its permit back");
        }
    }
}
