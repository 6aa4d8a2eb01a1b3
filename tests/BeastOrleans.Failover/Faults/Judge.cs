using System.Globalization;
using BeastOrleans.Failover.Clients;
using BeastOrleans.Failover.Reports;
using BeastOrleans.Failover.Stages;

namespace BeastOrleans.Failover.Faults;

/// <summary>Pure: from what was seen and what is right to a verdict with its reason. First what the client got, then at what price.</summary>
internal static class Judge
{
    public static (Verdict Verdict, string Why) Of(Expectation right, Observation seen)
    {
        var judged = right.From == Answerer.Nobody ? OfError(right, seen.Answer) : OfAnswer(right, seen);
        if (judged.Verdict == Verdict.Failed)
        {
            return judged;
        }

        if (seen.Answer.Elapsed > right.Within || seen.Answer.Elapsed < right.AtLeast)
        {
            return (Verdict.Failed, string.Create(
                CultureInfo.InvariantCulture,
                $"not within {right.AtLeast.TotalSeconds:0.##} to {right.Within.TotalSeconds:0.##} s"));
        }

        if (seen.SentPrefill)
        {
            return (Verdict.Failed, "an assistant's message was sent to the fallback");
        }

        if (seen.BystanderCalls > 0)
        {
            return (Verdict.Failed, "the redirect was followed");
        }

        return PriceOf(right, seen) is { } price ? (Verdict.Partial, price) : judged;
    }

    private static (Verdict Verdict, string Why) OfAnswer(Expectation right, Observation seen)
    {
        var answer = seen.Answer;
        if (OfEnding(answer) is { } ending)
        {
            return (Verdict.Failed, ending.Why);
        }

        if (!answer.IsWhole)
        {
            return (Verdict.Failed, $"an error where an answer was possible: {answer.Error?.Message}");
        }

        if (seen.AnsweredBy is not { } by)
        {
            return (Verdict.Failed, $"looks finished, but says '{answer.Text}'");
        }

        // Headers that went out with a ping cannot name who will have answered.
        return answer.Served == by || (answer.Served is null && answer.Pings > 0)
            ? (Verdict.Passed, "")
            : (Verdict.Failed, $"the text is that of {by}, x-beast-model says {answer.Served ?? "nothing"}");
    }

    private static (Verdict Verdict, string Why) OfError(Expectation right, ClientAnswer answer)
    {
        if (OfEnding(answer) is { } ending)
        {
            return ending;
        }

        if (answer.Error is not { } error)
        {
            return (Verdict.Failed, "looks finished, and is not");
        }

        var (status, code) = right.Error!.Value;
        if (answer.Status != status || error.Code != code)
        {
            return (error.Code is null ? Verdict.Partial : Verdict.Failed, $"the right error is {status} {code}");
        }

        return error.RequestId is null && status != 400
            ? (Verdict.Partial, "the error names no request")
            : (right.Verdict, "");
    }

    /// <summary>Endings that are never right.</summary>
    private static (Verdict Verdict, string Why)? OfEnding(ClientAnswer answer)
    {
        if (answer.Hung)
        {
            return (Verdict.Failed, "nothing ended it");
        }

        if (answer.Error is not null && (answer.Done || answer.FinishReason is not null))
        {
            return (Verdict.Failed, "an error, and yet an end as of a finished answer");
        }

        if (answer.Error is null && answer.FinishReason is null)
        {
            return answer.Done
                ? (Verdict.Failed, "[DONE] without a finish reason: a cut answer that looks finished")
                : (Verdict.Partial, "ended without a finish reason and without an error");
        }

        return null;
    }

    /// <summary>What was agreed beside the answer itself; null when it was kept.</summary>
    private static string? PriceOf(Expectation right, Observation seen)
    {
        if (seen.PrimaryAttempts < right.MinPrimaryAttempts || seen.PrimaryAttempts > right.MaxPrimaryAttempts)
        {
            return $"primary attempts are {right.MinPrimaryAttempts} to {right.MaxPrimaryAttempts}";
        }

        var byFallback = seen.AnsweredBy == Stage.FallbackId;
        var fallbackAttempts = right.FallbackAttempts ?? (byFallback ? 1 : 0);
        if (seen.FallbackAttempts != fallbackAttempts)
        {
            return $"fallback attempts are {fallbackAttempts}";
        }

        if (byFallback && seen.Answer.Served is not null && right.Reason is not null && seen.Answer.FallbackReason != right.Reason)
        {
            return $"x-beast-fallback-reason is {seen.Answer.FallbackReason ?? "absent"}, not {right.Reason}";
        }

        if (right.FallbackAttempts is > 0 && seen.Answer.Error is { } error && !(error.Models.Contains(Stage.PrimaryId) && error.Models.Contains(Stage.FallbackId)))
        {
            return "the error does not name every attempt";
        }

        return right.CircuitFailures is { } failures && seen.CircuitFailures != failures
            ? $"the circuit counts {seen.CircuitFailures} failures"
            : null;
    }
}
