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
    GatewayInstruments instruments,
    TimeProvider time,
    IOptions<GatewayOptions> options)
{
    /// <summary>A model unused for so long may have to load: it gets the full time to its first content.</summary>
    private static readonly TimeSpan ColdAfter = TimeSpan.FromMinutes(5);

    private static readonly AttemptFailure ClientWentAway =
        new() { Class = OutcomeClass.Abandoned, Reason = FailureReason.None, Message = "the client went away" };

    private readonly GatewayOptions _options = options.Value;

    public async Task<AttemptResult> RunAsync(
        Exchange exchange, PlanCandidate candidate, EndpointEntry entry, AdmissionTicket ticket, bool another, Deadline deadline, RequestPhase phase)
    {
        var target = entry.Descriptor;
        using var timer = new AttemptTimer(time, deadline, exchange.Http.RequestAborted);
        var attempt = new Attempt(exchange, candidate, target, time.GetTimestamp());
        if (exchange.Chat.Stream)
        {
            timer.Arm(Limit.FirstContent, FirstContentLimit(entry, another));
        }
        else
        {
            timer.Arm(Limit.Answer, TimeSpan.FromSeconds(target.Timeouts.AttemptSeconds ?? _options.AttemptSeconds));
        }

        entry.Touch(attempt.StartedAt);
        var call = new UpstreamCall
        {
            Target = target,
            Request = exchange.Chat,
            AskUsageInStream = target.UsageInStream && !entry.RefusesStreamOptions,
        };

        AttemptResult result;
        try
        {
            var reply = await upstreams.For(target.Dialect).SendAsync(call, timer.Token);
            result = reply switch
            {
                { Failure: { } failure } => attempt.Failed(failure, time),
                { Stream: { } stream } => await RelayAsync(attempt, reply.Status, stream, timer, phase, ticket.Permit),
                _ => attempt.Answered(reply, time),
            };
        }
        catch (OperationCanceledException) when (timer.Token.IsCancellationRequested)
        {
            result = attempt.Failed(LimitFailure(timer), time);
        }
        catch
        {
            // No outcome will be reported: the permit must not lie idle until it expires.
            reporter.GiveBack(entry, ticket);
            throw;
        }

        if (!result.Answered || !exchange.Chat.Stream)
        {
            exchange.UpstreamTime += time.GetElapsedTime(attempt.StartedAt);
        }

        reporter.Report(entry, ticket, result, exchange, exchange.Attempts.Count + 1);
        instruments.AttemptEnded(result.Record);
        if (result.Answered && !exchange.Chat.Stream)
        {
            await WriteWholeAsync(exchange, result);
        }

        return result;
    }

    private async Task<AttemptResult> RelayAsync(
        Attempt attempt, int status, UpstreamStream stream, AttemptTimer timer, RequestPhase phase, HeldPermit? permit)
    {
        await using (stream)
        {
            var relay = new StreamRelay(attempt.Exchange, stream, timer, phase, IdleLimit(attempt.Target), time, permit);
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

            var firstContentMs = relay.FirstContentAt is { } at ? Elapsed(attempt.StartedAt, at) : (int?)null;
            var tokens = TokensOf(attempt.Exchange, stream, relay.Committed);
            if (failure is not null && !relay.Committed)
            {
                return attempt.Failed(failure, time, tokens);
            }

            attempt.Exchange.UpstreamTime += time.GetElapsedTime(attempt.StartedAt);
            attempt.Exchange.FirstContentMs = relay.FirstContentAt is { } first ? Elapsed(attempt.Exchange.StartedAt, first) : null;

            // :: The answer was (at least partly) given: nothing switches any more, and the books come before the last byte.
            var record = attempt.Record(failure, status, tokens, firstContentMs, time);
            var all = new List<AttemptRecord>(attempt.Exchange.Attempts) { record };
            var settlement = Settlement.Of(attempt.Exchange.Plan!, all);
            usage.Record(attempt.Exchange, all, settlement, status: 200, error: failure?.Message, abandoned: failure?.Class == OutcomeClass.Abandoned);
            await relay.EndAsync(failure, settlement);
            return new AttemptResult(record, failure, Answered: true, default);
        }
    }

    private async Task WriteWholeAsync(Exchange exchange, AttemptResult result)
    {
        var all = new List<AttemptRecord>(exchange.Attempts) { result.Record };
        var settlement = Settlement.Of(exchange.Plan!, all);
        usage.Record(exchange, all, settlement, status: 200, error: null, abandoned: false);
        AnswerHeaders.WriteFacts(exchange, result.Record, all);
        AnswerHeaders.WriteMoney(exchange.Http, settlement);
        await AnswerHeaders.WriteBodyAsync(exchange.Http, 200, exchange.Format.Whole(result.Body, exchange, settlement));
    }

    private TimeSpan FirstContentLimit(EndpointEntry entry, bool another)
    {
        var timeouts = entry.Descriptor.Timeouts;
        var whole = timeouts.AttemptSeconds ?? _options.AttemptSeconds;
        if (timeouts.FirstContentSeconds is { } own)
        {
            return TimeSpan.FromSeconds(own);
        }

        var cold = time.GetElapsedTime(entry.UsedAt) >= ColdAfter;
        return TimeSpan.FromSeconds(another && !cold ? Math.Min(_options.FirstContentSeconds, whole) : whole);
    }

    private TimeSpan IdleLimit(EndpointDescriptor target) => TimeSpan.FromSeconds(target.Timeouts.IdleSeconds ?? _options.IdleSeconds);

    /// <summary>What our own clock (or the client's leaving) makes of an attempt.</summary>
    private static AttemptFailure LimitFailure(AttemptTimer timer)
    {
        var seconds = timer.ArmedFor.TotalSeconds.ToString("0.###", CultureInfo.InvariantCulture);
        return timer.Fired switch
        {
            Limit.None => ClientWentAway,
            Limit.Caller => new AttemptFailure { Class = OutcomeClass.Abandoned, Reason = FailureReason.Timeout, Message = $"no answer within the caller's own limit, {seconds} s" },
            Limit.FirstContent => Timeout($"no content within {seconds} s"),
            Limit.Idle => Timeout($"no further content within {seconds} s"),
            Limit.Deadline => Timeout($"no answer before the request's deadline, {seconds} s after this attempt began"),
            _ => Timeout($"no answer within {seconds} s"),
        };

        static AttemptFailure Timeout(string message) => new() { Class = OutcomeClass.Timeout, Reason = FailureReason.Timeout, Message = message };
    }

    /// <summary>The upstream's own numbers, else an estimate of what was delivered, marked as such.</summary>
    private static TokenUsage TokensOf(Exchange exchange, UpstreamStream stream, bool committed) =>
        stream.Usage.Source == UsageSource.Reported || !committed
            ? stream.Usage
            : UsageEstimator.Estimate(exchange.Chat.PromptBytes, stream.ContentCharacters);

    private int Elapsed(long from, long to) => (int)Math.Min(int.MaxValue, time.GetElapsedTime(from, to).TotalMilliseconds);
}

/// <param name="Record">What headers, errors and the ledger say of it.</param>
/// <param name="Failure">Null when it succeeded; set beside <paramref name="Answered"/> when a stream broke after its commit.</param>
/// <param name="Answered">The client has this attempt's answer, whole or broken: nothing else may be tried.</param>
/// <param name="Body">A whole answer, in OpenAI's dialect.</param>
internal readonly record struct AttemptResult(AttemptRecord Record, AttemptFailure? Failure, bool Answered, ReadOnlyMemory<byte> Body);
