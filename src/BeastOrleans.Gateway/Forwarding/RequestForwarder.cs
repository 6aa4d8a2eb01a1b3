using BeastOrleans.Contracts.Endpoints;
using BeastOrleans.Contracts.Selection;
using BeastOrleans.Core.Circuit;
using BeastOrleans.Gateway.Diagnostics;
using BeastOrleans.Gateway.Directory;
using BeastOrleans.Gateway.Errors;
using BeastOrleans.Gateway.Usage;
using BeastOrleans.Gateway.Usage.Budgets;
using BeastOrleans.Gateway.Usage.Limits;
using BeastOrleans.Upstreams;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace BeastOrleans.Gateway.Forwarding;

/// <summary>
/// The only attempt loop. Owns the deadline, the order of candidates and the decision to stop; every leaf it calls
/// makes one attempt or none.
/// <code>
///   plan ──> candidate ──> admission ──> attempt ──┬─ ok ────────────> answer
///             ^                                     ├─ failed ──┐
///             └──────────── next, or the same again ┴───────────┘  └─ no candidate left ──> one error
/// </code>
/// </summary>
internal sealed partial class RequestForwarder(
    PlanCache plans,
    EndpointDirectory directory,
    EndpointAdmission admission,
    AttemptRunner attempts,
    UsageRecorder usage,
    BudgetLeases budgets,
    LimitShares limits,
    FailedEnding ending,
    GatewayInstruments instruments,
    Drain drain,
    TimeProvider time,
    IOptions<GatewayOptions> options,
    ILogger<RequestForwarder> logger)
{
    /// <summary>Calls to upstreams per request, retries included.</summary>
    public const int MaxAttempts = 3;

    // A hold begins when its grain heard of it, a little after our own wait did.
    private static readonly TimeSpan HoldTolerance = TimeSpan.FromMilliseconds(250);

    private static readonly TimeSpan DefaultPatience = TimeSpan.FromSeconds(2.5);

    private readonly GatewayOptions _options = options.Value;
    private readonly RetryBudget _retries = new(time.GetUtcNow());

    public async Task ForwardAsync(Exchange exchange)
    {
        var client = exchange.Http.RequestAborted;
        using var span = RequestTrace.StartRequest(exchange, _options.TellTenant);
        var phase = instruments.RequestStarted();
        LimitDecision limited = default;
        try
        {
            // :: Step 1: nothing is called that could not be booked.
            if (usage.IsFull)
            {
                await ending.WriteAsync(exchange, LedgerUnavailable());
                return;
            }

            // :: Step 2: the plan.
            if (await PlanAsync(exchange, client) is { } refusal)
            {
                await ending.WriteAsync(exchange, refusal);
                return;
            }

            // :: Step 3: the rate limits that the plan tells of.
            limited = await limits.EnterAsync(exchange, client);
            if (limited.Refusal is { } limit)
            {
                await ending.WriteAsync(exchange, limit);
                return;
            }

            if (exchange.Request.Stream && exchange.Hold.Whole)
            {
                exchange.Pings = StreamPings.Start(exchange.Http, TimeSpan.FromSeconds(_options.PingSeconds), time);
            }

            // :: Step 4: the candidates in order, until one answers.
            _retries.OnRequest();
            var outcome = await TryCandidatesAsync(exchange, phase, client);

            // :: Step 5: an answer has been written by then; what is left is the one error.
            if (outcome is { } error)
            {
                await ending.WriteAsync(exchange, error);
            }
        }
        catch (OperationCanceledException) when (client.IsCancellationRequested)
        {
            await usage.RecordAsync(exchange, status: 499, error: null, abandoned: true);
        }
        catch (LedgerUnavailableException) when (!exchange.IsBooked)
        {
            await ending.WriteAsync(exchange, LedgerUnavailable());
        }
        catch
        {
            // What was attempted was paid for, whatever failed here.
            await usage.RecordAsync(exchange, status: 500, error: "the gateway failed", abandoned: false);
            throw;
        }
        finally
        {
            phase.End();
            budgets.GiveBack(exchange);
            limited.Hold?.Release(exchange);
            await exchange.StopPingsAsync();
            exchange.Pings?.Dispose();
            RequestTrace.EndRequest(span, exchange);
        }
    }

    private static GatewayError LedgerUnavailable() => GatewayError.Unavailable("Usage cannot be recorded just now.", "ledger_unavailable");

    private async ValueTask<GatewayError?> PlanAsync(Exchange exchange, CancellationToken client)
    {
        var request = exchange.Request;
        var facts = new PlanFacts(
            request.Model, exchange.Options.Prefer, exchange.Options.NoFallback, request.Needs, PlanFacts.RoundTokens(request.PromptBytes / 4))
        {
            MaxOutputTokens = PlanFacts.RoundTokens(request.MaxOutputTokens ?? 0),
        };
        try
        {
            var cached = await plans.GetAsync(exchange.Caller.Key, exchange.User, facts, client);
            exchange.Plan = cached.Plan;
            exchange.Degraded = cached.Degraded;
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            LogSelectionFailed(e, exchange.RequestId);
            return GatewayError.Unavailable("No selector answered, and none had for this user in the last five minutes.", "selection_unavailable");
        }

        return exchange.Plan.Refusal is { } refusal ? RefusalErrors.Of(refusal) : null;
    }

    /// <returns>Null when the client has its answer (or its broken stream), else the error to send.</returns>
    private async Task<GatewayError?> TryCandidatesAsync(Exchange exchange, RequestPhase phase, CancellationToken client)
    {
        var plan = exchange.Plan!;
        var deadline = DeadlineOf(exchange, plan);
        var context = new ContextRule();
        for (var index = 0; index < plan.Eligible && exchange.Calls < MaxAttempts; index++)
        {
            var candidate = plan.Candidates[index];
            if (context.Excludes(candidate))
            {
                exchange.Skip(index, candidate, "its context window is not larger", null);
                continue;
            }

            var entry = directory.Find(exchange.Caller.Tenant, exchange.User, candidate.Key, candidate.DescriptorVersion) ?? await ResolveAsync(exchange, candidate, client);
            if (entry is null)
            {
                exchange.Skip(index, candidate, "its registration could not be read", null);
                continue;
            }

            if (deadline.Passed)
            {
                return FinalError.OfDeadline(exchange, deadline);
            }

            // :: The gate of money is passed in each target's own price, before a permit is taken.
            if (await budgets.ReserveAsync(exchange, candidate, client) is { } overBudget)
            {
                exchange.SkipForBudget(index, candidate, overBudget);
                continue;
            }

            var ticket = await admission.AdmitAsync(entry, AnotherMayFollow(exchange, plan, index), client);
            if (!ticket.Admitted)
            {
                budgets.GiveBack(exchange);
                exchange.Skip(index, candidate, ticket.Why!, ticket.RetryAfter, IsHeld(entry));
                continue;
            }

            exchange.Trying(index, candidate);
            var step = await AttemptAsync(exchange, index, entry, ticket, deadline, phase);
            if (step.Answered)
            {
                return null;
            }

            if (step.Error is { } error)
            {
                return error;
            }

            if (deadline.Passed)
            {
                return FinalError.OfDeadline(exchange, deadline);
            }

            context.Saw(exchange.Attempts[^1], candidate);
        }

        if (exchange.Mistake.Of(exchange) is { } callers)
        {
            await ending.WriteUpstreamsAsync(exchange, callers);
            return null;
        }

        return exchange.OnlyOverBudget ? exchange.BudgetRefusal!.ToError() : FinalError.Of(exchange);
    }

    /// <summary>One candidate: its attempt, and at most one more at the same endpoint.</summary>
    private async Task<CandidateStep> AttemptAsync(
        Exchange exchange, int index, EndpointEntry entry, AdmissionTicket ticket, Deadline deadline, RequestPhase phase)
    {
        var plan = exchange.Plan!;
        var candidate = plan.Candidates[index];
        while (true)
        {
            var another = AnotherMayFollow(exchange, plan, index);
            var result = await attempts.RunAsync(exchange, candidate, entry, ticket, another, deadline, phase);
            if (result.Answered)
            {
                return CandidateStep.Done;
            }

            var failure = result.Failure!;
            if (failure.Class == OutcomeClass.Abandoned && exchange.Http.RequestAborted.IsCancellationRequested)
            {
                throw new OperationCanceledException(exchange.Http.RequestAborted);
            }

            // A limit that the caller shortened, or an answer that says the caller is wrong: nobody else can do better.
            if (failure.Class == OutcomeClass.Abandoned)
            {
                return CandidateStep.Failed(drain.HasEnded ? FinalError.OfDrain(exchange) : FinalError.OfDeadline(exchange, deadline));
            }

            if (failure.Class == OutcomeClass.Caller)
            {
                attempts.GiveBack(entry, ticket);
                await ending.WriteUpstreamsAsync(exchange, failure);
                return CandidateStep.Done;
            }

            exchange.Mistake.Saw(failure);
            var next = NextStep.After(failure, MayRetry(exchange, entry, ticket), PatienceOf(plan), Random.Shared.NextDouble());
            if (next.Kind != NextStepKind.SameEndpoint || next.Wait >= deadline.Remaining || !MayUseAnAttempt(exchange, plan, index, failure))
            {
                attempts.GiveBack(entry, ticket);
                return CandidateStep.Next;
            }

            exchange.HasRetried |= !failure.RefusedStreamOptions;
            exchange.LeaveStreamOptionsOut |= failure.RefusedStreamOptions;
            if (next.Wait > TimeSpan.Zero)
            {
                exchange.UpstreamTime += next.Wait;
                await Task.Delay(next.Wait, time, exchange.Http.RequestAborted);

                // It may have opened meanwhile, perhaps by what this very request reported, or be held for longer than we waited.
                if (!directory.StandsReady(candidate.Key, time.GetUtcNow() + HoldTolerance))
                {
                    return CandidateStep.Next;
                }
            }

            if (await budgets.ReserveAsync(exchange, candidate, exchange.Http.RequestAborted) is not null)
            {
                attempts.GiveBack(entry, ticket);
                return CandidateStep.Next;
            }
        }
    }

    /// <summary>The same endpoint again may use an attempt only where it takes none from a candidate that stands ready.</summary>
    private bool MayUseAnAttempt(Exchange exchange, RoutePlan plan, int index, AttemptFailure failure)
    {
        if (exchange.Calls >= MaxAttempts)
        {
            return false;
        }

        // The same question in words that the endpoint knows is no retry of a failure.
        return failure.RefusedStreamOptions
            || ((exchange.Calls + 1 < MaxAttempts || !HasAnotherStandingReady(plan, index)) && _retries.TryTake(time.GetUtcNow()));
    }

    private bool AnotherMayFollow(Exchange exchange, RoutePlan plan, int index) =>
        exchange.Calls + 1 < MaxAttempts && HasAnotherStandingReady(plan, index);

    private bool IsHeld(EndpointEntry entry) => entry.Circuit is { State: CircuitState.Closed, SuspendedUntil: null } circuit && circuit.HoldUntil > time.GetUtcNow();

    private static bool MayRetry(Exchange exchange, EndpointEntry entry, AdmissionTicket ticket) =>
        ticket.PermitId is null
        && entry.IsClosed
        && !exchange.HasRetried;

    private static TimeSpan PatienceOf(RoutePlan plan) =>
        plan.Policy.PatienceSeconds is { } seconds ? TimeSpan.FromSeconds(seconds) : DefaultPatience;

    private async ValueTask<EndpointEntry?> ResolveAsync(Exchange exchange, PlanCandidate candidate, CancellationToken client)
    {
        try
        {
            return await directory.ResolveAsync(exchange.Caller.Tenant, exchange.User, candidate.Key, client);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            LogResolveFailed(e, exchange.RequestId);
            return null;
        }
    }

    /// <summary>Whether a later candidate could be called now, as far as this process knows.</summary>
    private bool HasAnotherStandingReady(RoutePlan plan, int index)
    {
        for (var later = index + 1; later < plan.Eligible; later++)
        {
            if (directory.StandsReady(plan.Candidates[later].Key, time.GetUtcNow()))
            {
                return true;
            }
        }

        return false;
    }

    private Deadline DeadlineOf(Exchange exchange, RoutePlan plan)
    {
        var ours = TimeSpan.FromSeconds(plan.Policy.DeadlineSeconds ?? _options.DeadlineSeconds);
        var limit = exchange.Options.Timeout is { } callers && callers < ours ? callers : ours;

        // A limit shortened by a header or by a tenant's policy blames no endpoint: others may share its circuit.
        return new Deadline(time, exchange.StartedAt, limit, isCallers: limit < TimeSpan.FromSeconds(_options.DeadlineSeconds));
    }

    private readonly record struct CandidateStep(bool Answered, GatewayError? Error)
    {
        public static CandidateStep Done { get; } = new(true, null);

        public static CandidateStep Next { get; } = new(false, null);

        public static CandidateStep Failed(GatewayError error) => new(false, error);
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Request {RequestId}: the selector did not answer")]
    private partial void LogSelectionFailed(Exception exception, string requestId);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Request {RequestId}: a candidate could not be resolved")]
    private partial void LogResolveFailed(Exception exception, string requestId);
}
