using BeastOrleans.Contracts.Endpoints;
using BeastOrleans.Contracts.Identity;
using BeastOrleans.Contracts.Selection;
using BeastOrleans.Contracts.Usage;
using BeastOrleans.Gateway.Authentication;
using BeastOrleans.Gateway.Usage;
using BeastOrleans.Gateway.Usage.Budgets;
using BeastOrleans.Gateway.Usage.Spool;
using BeastOrleans.Upstreams;
using Microsoft.AspNetCore.Http;

namespace BeastOrleans.Gateway.Forwarding;

/// <summary>One request on its way through the gateway, and the record of what was decided for it.</summary>
internal sealed class Exchange
{
    public required HttpContext Http { get; init; }

    public required Caller Caller { get; init; }

    public required UserId User { get; init; }

    public required ModelRequest Request { get; init; }

    public required RequestOptions Options { get; init; }

    public required IAnswerFormat Format { get; init; }

    public required long StartedAt { get; init; }

    /// <summary>From the request's start to the first content of a stream; null until then.</summary>
    public int? FirstContentMs { get; set; }

    /// <summary>Time spent inside attempts: what is left of the whole is the gateway's own.</summary>
    public TimeSpan UpstreamTime { get; set; }

    /// <summary>The ledger rows are written. An answer is booked before its last byte, so its client may leave after.</summary>
    public bool IsBooked { get; set; }

    /// <summary>The attempt that is written down as begun and not yet as ended.</summary>
    public OpenAttempt? Open { get; set; }

    /// <summary>Rows of failed attempts that wait for the request's last one; null = none.</summary>
    public List<SpooledRow>? Settled { get; set; }

    private int _held;
    private int _overBudget;

    public string RequestId => Gateway.RequestId.Of(Http);

    /// <summary>The plan in force; set by the forwarder before the first attempt.</summary>
    public RoutePlan? Plan { get; set; }

    public bool Degraded { get; set; }

    /// <summary>How long a stream's content is kept from the client.</summary>
    public StreamHold Hold => Plan is { } plan ? StreamHold.Of(Options, plan.Policy) : default;

    /// <summary>Keep the client of a held stream connected; null when nothing is held for long.</summary>
    public StreamPings? Pings { get; set; }

    /// <summary>Fields of the request that the current attempt's translation left out.</summary>
    public IReadOnlyList<string> DroppedFields { get; set; } = [];

    /// <summary>What hard budgets hold for the attempt about to begin; null when none applies, and once the attempt is written down.</summary>
    public Reservation? Reservation { get; set; }

    public Reservation? TakeReservation()
    {
        var taken = Reservation;
        Reservation = null;
        return taken;
    }

    /// <summary>The first candidate that a budget did not allow.</summary>
    public BudgetRefusal? BudgetRefusal { get; private set; }

    /// <summary>No candidate was called, and that only because of budgets.</summary>
    public bool OnlyOverBudget => BudgetRefusal is not null && Calls == 0 && _overBudget == Skipped!.Count;

    public void SkipForBudget(int index, PlanCandidate candidate, BudgetRefusal refusal)
    {
        BudgetRefusal ??= refusal;
        _overBudget++;
        Skip(index, candidate, refusal.Why, null);
        if (index == 0)
        {
            FallbackReason = FailureReason.Other;
        }
    }

    /// <summary>What of the failures so far only the caller can mend. A field: it is changed in place.</summary>
    public CallersMistake Mistake;

    public List<AttemptRecord> Attempts { get; } = new(1);

    /// <summary>Attempts that called an upstream: a request that an endpoint's dialect cannot say is sent to nobody.</summary>
    public int Calls { get; private set; }

    public List<SkippedCandidate>? Skipped { get; private set; }

    /// <summary>Why the plan's first candidate did not answer; none while it may still.</summary>
    public FailureReason FallbackReason { get; private set; }

    /// <summary>The reason for a fallback when the current candidate is the one that serves; none when that is the first.</summary>
    public FailureReason ReasonFirstDidNotServe => CurrentIndex == 0 ? FailureReason.None : FallbackReason;

    /// <summary>The least time after which a skipped candidate may be asked again.</summary>
    public TimeSpan? SkippedRetryAfter { get; private set; }

    /// <summary>The candidate being tried, and its place in the plan.</summary>
    public PlanCandidate? Current { get; private set; }

    public int CurrentIndex { get; private set; }

    public void Trying(int index, PlanCandidate candidate) => (CurrentIndex, Current, LeaveStreamOptionsOut) = (index, candidate, false);

    /// <summary>A same-endpoint retry was made: there is one per request.</summary>
    public bool HasRetried { get; set; }

    /// <summary>The current candidate refused <c>stream_options</c> in this request: it is asked again without.</summary>
    public bool LeaveStreamOptionsOut { get; set; }

    public string Requested => string.IsNullOrEmpty(Request.Model) ? "auto" : Request.Model;

    /// <summary>The response is from here on the caller's alone.</summary>
    public ValueTask StopPingsAsync() => Pings?.StopAsync() ?? default;

    /// <summary>Every candidate was skipped because it is overloaded, as it said itself.</summary>
    public bool OnlyHeld => Skipped is { Count: > 0 } skipped && _held == skipped.Count;

    public void Skip(int index, PlanCandidate candidate, string why, TimeSpan? retryAfter, bool isHeld = false)
    {
        _held += isHeld ? 1 : 0;
        (Skipped ??= []).Add(new SkippedCandidate { ModelId = candidate.ModelId, Why = why });
        if (index == 0)
        {
            FallbackReason = FailureReason.Unhealthy;
        }

        if (retryAfter is { } wait && (SkippedRetryAfter is not { } least || wait < least))
        {
            SkippedRetryAfter = wait;
        }
    }

    /// <summary>Takes the attempt at the current candidate into the record.</summary>
    public void Add(AttemptRecord attempt, bool wasSent)
    {
        Attempts.Add(attempt);
        Calls += wasSent ? 1 : 0;
        if (CurrentIndex == 0)
        {
            FallbackReason = attempt.Outcome == OutcomeClass.Ok ? FailureReason.None : attempt.Reason;
        }
    }
}
