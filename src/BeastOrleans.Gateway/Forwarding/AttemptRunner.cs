using System.Globalization;
using BeastOrleans.Contracts.Endpoints;
using BeastOrleans.Contracts.Selection;
using BeastOrleans.Contracts.Usage;
using BeastOrleans.Core.Usage;
using BeastOrleans.Gateway.Diagnostics;
using BeastOrleans.Gateway.Directory;
using BeastOrleans.Gateway.Usage;
using BeastOrleans.Upstreams;
using Microsoft.Extensions.Options;

namespace BeastOrleans.Gateway.Forwarding;

/// <summary>Makes one attempt: sends, answers the client when it succeeds, books and reports what came of it.</summary>
internal sealed class AttemptRunner(
    UpstreamRegistry upstreams,
    OutcomeReporter reporter,
    UsageRecorder usage,
    TokenCounter counter,
    GatewayInstruments instruments,
    Drain drain,
    TimeProvider time,
    IOptions<GatewayOptions> options)
{
    private static readonly AttemptFailure ClientWentAway =
        new() { Class = OutcomeClass.Abandoned, Reason = FailureReason.None, Message = "the client went away" };

    private readonly GatewayOptions _options = options.Value;

    public async Task<AttemptResult> RunAsync(
        Exchange exchange, PlanCandidate candidate, EndpointEntry entry, AdmissionTicket ticket, bool another, Deadline deadline, RequestPhase phase)
    {
        var target = entry.Descriptor;
        var limits = LimitsOf(exchange, entry, another);
        using var timer = new AttemptTimer(time, deadline, limits.Whole, exchange.Http.RequestAborted, drain.Token);
        using var span = RequestTrace.StartAttempt(exchange, target, candidate.ModelId);
        var attempt = new Attempt(exchange, candidate, target, time.GetTimestamp());
        if (exchange.Request.Stream)
        {
            timer.Arm(Limit.FirstContent, limits.FirstContent);
        }
        else
        {
            timer.ArmWhole();
        }

        entry.Touch(attempt.StartedAt);
        var call = new UpstreamCall
        {
            Target = target,
            Request = exchange.Request,
            AskUsageInStream = target.UsageInStream && !entry.RefusesStreamOptions && !exchange.LeaveStreamOptionsOut,
        };

        AttemptResult result;
        var noted = false;
        try
        {
            // :: Written down before anything is sent: a call that nobody booked cannot happen.
            await usage.BeginAsync(exchange, candidate, target);
            var reply = await upstreams.For(target.Dialect, exchange.Request).SendAsync(call, timer.Token);
            exchange.DroppedFields = reply.DroppedFields;
            if (reply.Stream is { } stream)
            {
                await using (stream)
                {
                    using var text = entry.TellsNoUsageInStreams ? new AnswerText() : null;
                    var relay = new StreamRelay(exchange, stream, timer, phase, limits, time, ticket.Permit, text, usage);
                    result = await RelayAsync(attempt, reply.Status, stream, relay, timer, text);
                    noted = true;
                    if (result is { Answered: true, Failure: null })
                    {
                        entry.NoteUsageInStream(stream.Usage.Source != UsageSource.None);
                    }

                    Note(attempt, entry, ticket, result);
                    RequestTrace.EndAttempt(span, result.Record);
                    if (result.Answered)
                    {
                        // :: The answer was (at least partly) given: nothing switches any more, and the books come before the last byte.
                        var settlement = await SettleAsync(exchange, result);
                        await relay.EndAsync(result.Failure, settlement);
                    }

                    return result;
                }
            }

            result = reply.Failure is { } failure ? attempt.Failed(failure, time) : attempt.Answered(reply, TokensOf(attempt, reply), time);
        }
        catch (OperationCanceledException) when (timer.Token.IsCancellationRequested && !noted)
        {
            result = attempt.Failed(LimitFailure(timer), time);
        }
        catch
        {
            // No outcome will be reported: the permit must not lie idle until it expires.
            reporter.GiveBack(entry, ticket);
            throw;
        }

        Note(attempt, entry, ticket, result);
        RequestTrace.EndAttempt(span, result.Record);
        if (result.Answered)
        {
            await WriteWholeAsync(exchange, result);
        }

        return result;
    }

    /// <summary>Nothing more will be tried at the endpoint: a permit that no outcome has spent goes back.</summary>
    public void GiveBack(EndpointEntry entry, AdmissionTicket ticket) => reporter.GiveBack(entry, ticket);

    private AttemptLimits LimitsOf(Exchange exchange, EndpointEntry entry, bool another)
    {
        var cold = time.GetElapsedTime(entry.UsedAt) >= AttemptLimits.ColdAfter;
        return AttemptLimits.Of(entry.Descriptor.Timeouts, _options, exchange.Request.Stream, exchange.Hold, another, cold);
    }

    private async Task<AttemptResult> RelayAsync(Attempt attempt, int status, UpstreamStream stream, StreamRelay relay, AttemptTimer timer, AnswerText? text)
    {
        AttemptFailure? failure;
        try
        {
            failure = await relay.RunAsync();
        }
        catch (OperationCanceledException)
        {
            // Finished is finished: an upstream that then keeps its connection open has broken nothing.
            failure = relay.Finished && !timer.ClientGone ? null
                : timer.Token.IsCancellationRequested ? LimitFailure(timer)
                : ClientWentAway;
        }

        // What was produced is billed, whether or not the client was shown it.
        var produced = relay.FirstContentAt is not null;
        var tokens = produced && stream.Usage.Source == UsageSource.None
            ? Estimate(attempt, text, stream.ContentCharacters)
            : StreamTokens.Of(attempt.Exchange, stream, produced);
        if (failure is not null && !relay.Committed)
        {
            return attempt.Failed(failure, time, tokens, status);
        }

        relay.ShowHeld();
        attempt.Exchange.FirstContentMs = Elapsed(attempt.Exchange.StartedAt, relay.CommittedAt!.Value);
        var record = attempt.Record(failure, status, tokens, Elapsed(attempt.StartedAt, relay.FirstContentAt!.Value), time);
        return new AttemptResult(record, failure, Answered: true, default);
    }

    /// <summary>Takes the attempt into the request's record and tells its endpoint.</summary>
    private void Note(Attempt attempt, EndpointEntry entry, AdmissionTicket ticket, in AttemptResult result)
    {
        var exchange = attempt.Exchange;
        exchange.UpstreamTime += time.GetElapsedTime(attempt.StartedAt);
        exchange.Add(result.Record, wasSent: result.Failure is not { Param: not null });
        if (result.Answered && exchange.LeaveStreamOptionsOut)
        {
            // It answered without: so that was what it had refused.
            entry.RememberStreamOptionsRefused();
        }

        // What was never sent, or not in these words, says nothing of the endpoint.
        if (result.Failure is not ({ RefusedStreamOptions: true } or { Param: not null }))
        {
            reporter.Report(entry, ticket, result, exchange, exchange.Attempts.Count);
        }

        instruments.AttemptEnded(result.Record);
    }

    private async ValueTask<Settlement> SettleAsync(Exchange exchange, AttemptResult result)
    {
        var settlement = Settlement.Of(exchange.Plan!, exchange.Attempts);
        await usage.RecordAsync(exchange, settlement, status: 200, result.Failure?.Message, abandoned: result.Failure?.Class == OutcomeClass.Abandoned);
        return settlement;
    }

    private async Task WriteWholeAsync(Exchange exchange, AttemptResult result)
    {
        var settlement = await SettleAsync(exchange, result);
        AnswerHeaders.WriteFacts(exchange, result.Record);
        AnswerHeaders.WriteMoney(exchange.Http, settlement);
        await AnswerHeaders.WriteBodyAsync(exchange.Http, 200, exchange.Format.Whole(result.Body, result.IsNative, exchange, settlement));
    }

    /// <summary>What our own clock (or the client's leaving) makes of an attempt.</summary>
    private static AttemptFailure LimitFailure(AttemptTimer timer)
    {
        var seconds = timer.ArmedFor.TotalSeconds.ToString("0.###", CultureInfo.InvariantCulture);
        return timer.Fired switch
        {
            Limit.None => ClientWentAway,
            Limit.Caller => new AttemptFailure { Class = OutcomeClass.Abandoned, Reason = FailureReason.Timeout, Message = $"no answer within the caller's own limit, {seconds} s" },
            Limit.Drain => new AttemptFailure { Class = OutcomeClass.Abandoned, Reason = FailureReason.None, Message = "this gateway was stopped" },
            Limit.FirstContent => Timeout($"no content within {seconds} s"),
            Limit.Idle => Timeout($"no further content within {seconds} s"),
            Limit.Deadline => Timeout($"no answer before the request's deadline, {seconds} s after this attempt began"),
            _ => Timeout($"no answer within {seconds} s"),
        };

        static AttemptFailure Timeout(string message) => new() { Class = OutcomeClass.Timeout, Reason = FailureReason.Timeout, Message = message };
    }

    /// <summary>What a whole answer has used: the upstream's own numbers, else an estimate from its text, marked as such.</summary>
    private TokenUsage TokensOf(Attempt attempt, UpstreamReply reply)
    {
        if (reply.Usage.Source != UsageSource.None)
        {
            return reply.Usage;
        }

        using var text = new AnswerText();
        if (reply.ContentCharacters > 0)
        {
            text.Add(reply.Body.Span);
        }

        return Estimate(attempt, text, reply.ContentCharacters);
    }

    /// <summary>Counted with a tokenizer where the answer's text is there, else by its characters.</summary>
    private TokenUsage Estimate(Attempt attempt, AnswerText? text, int characters) =>
        counter.TryEstimate(attempt.Exchange.Request, attempt.Target.Model, text is null ? default : text.Text, characters)
        ?? UsageEstimator.Estimate(attempt.Exchange.Request.PromptBytes, characters);

    private int Elapsed(long from, long to) => (int)Math.Min(int.MaxValue, time.GetElapsedTime(from, to).TotalMilliseconds);
}

/// <param name="Record">What headers, errors and the ledger say of it.</param>
/// <param name="Failure">Null when it succeeded; set beside <paramref name="Answered"/> when a stream broke after its commit.</param>
/// <param name="Answered">The client has this attempt's answer, whole or broken: nothing else may be tried.</param>
/// <param name="Body">A whole answer: a chat completion, or in the client's own dialect.</param>
/// <param name="IsNative">It is the latter.</param>
internal readonly record struct AttemptResult(
    AttemptRecord Record, AttemptFailure? Failure, bool Answered, ReadOnlyMemory<byte> Body = default, bool IsNative = false);
