using BeastOrleans.Contracts.Endpoints;
using BeastOrleans.Gateway.Diagnostics;
using BeastOrleans.Gateway.Usage;
using BeastOrleans.Upstreams;

namespace BeastOrleans.Gateway.Forwarding;

/// <summary>
/// Carries one stream from an upstream to the client: holds it until the first content, or longer where the client asked
/// for that, then lets it flow.
/// </summary>
internal sealed class StreamRelay(
    Exchange exchange,
    UpstreamStream stream,
    AttemptTimer timer,
    RequestPhase phase,
    AttemptLimits limits,
    TimeProvider time,
    HeldPermit? permit,
    AnswerText? text,
    UsageRecorder usage)
{
    /// <summary>Events not yet sent to the client are flushed at the latest at so many bytes.</summary>
    private const int FlushAt = 32 * 1024;

    /// <summary>What may still come after the finish reason is a usage event.</summary>
    private static readonly TimeSpan AfterFinish = TimeSpan.FromSeconds(2);

    private readonly ResponseCommitment _commitment = new(exchange);
    private readonly StreamHold _hold = exchange.Hold;

    public bool Committed => _commitment.Committed;

    /// <summary>When the upstream's first content came; the client may see it later.</summary>
    public long? FirstContentAt { get; private set; }

    /// <summary>When the client was first shown content.</summary>
    public long? CommittedAt { get; private set; }

    /// <summary>A finish reason was seen: the answer is whole, whatever the connection does now.</summary>
    public bool Finished { get; private set; }

    /// <summary>Relays until the stream ends.</summary>
    /// <returns>Null when the answer finished; else how it broke (before or after the commit).</returns>
    /// <exception cref="OperationCanceledException">A limit fired or the client went away.</exception>
    public async Task<AttemptFailure?> RunAsync()
    {
        while (true)
        {
            // Events that are here already go out together; the client is never kept waiting for the next one.
            var reading = stream.ReadAsync(timer.Token);
            if (!reading.IsCompleted && _commitment.UnflushedBytes > 0)
            {
                await FlushAsync();
            }

            var item = IsHeldForATime ? await AwaitHeldAsync(reading.AsTask()) : await reading;
            switch (item.Kind)
            {
                case StreamItemKind.Content:
                case StreamItemKind.Finish:
                    Finished |= item.Kind == StreamItemKind.Finish;
                    OnContent();
                    Keep(item);
                    break;
                case StreamItemKind.HiddenUsage:
                    continue;
                case StreamItemKind.End:
                    // A finish reason was seen: what is held until the whole is there may go out.
                    return null;
                case StreamItemKind.Failed:
                    return item.Failure;
                default:
                    break;
            }

            if (!_commitment.TryWrite(item, MaxHeld))
            {
                return TooMuch();
            }

            if (_commitment.UnflushedBytes > FlushAt)
            {
                await FlushAsync();
            }
        }
    }

    /// <summary>Ends what the client sees: the terminator of a finished answer, or the typed error of a broken one.</summary>
    public async Task EndAsync(AttemptFailure? failure, Settlement settlement)
    {
        if (failure?.Class == OutcomeClass.Abandoned && timer.ClientGone)
        {
            return;
        }

        await _commitment.EndAsync(failure, settlement);
    }

    /// <summary>A whole answer that was held is about to be shown.</summary>
    public void ShowHeld()
    {
        CommittedAt ??= time.GetTimestamp();
        phase.Committed();
    }

    private int MaxHeld => FirstContentAt is null ? ResponseCommitment.MaxHeldBytes : StreamHold.MaxWholeBytes;

    private bool IsHeldForATime => FirstContentAt is not null && !Committed && !_hold.Whole;

    // The hold ends by the clock, whether or not the upstream has more to say.
    private async Task<StreamItem> AwaitHeldAsync(Task<StreamItem> next)
    {
        var rest = _hold.For - time.GetElapsedTime(FirstContentAt!.Value);
        try
        {
            return await next.WaitAsync(rest > TimeSpan.Zero ? rest : TimeSpan.Zero, time);
        }
        catch (TimeoutException)
        {
            // A limit that fired in the same moment wins: nothing was shown yet.
            timer.Token.ThrowIfCancellationRequested();
            Commit();
            await FlushAsync();
            return await next;
        }
    }

    private void OnContent()
    {
        permit?.OnContent();
        var now = time.GetTimestamp();
        FirstContentAt ??= now;
        if (usage.IsProgressDue(exchange, now))
        {
            usage.Progress(exchange, now, StreamTokens.Of(exchange, stream, producedContent: true));
        }

        if (!Committed && !_hold.Whole && time.GetElapsedTime(FirstContentAt.Value, now) >= _hold.For)
        {
            Commit();
        }

        if (Committed)
        {
            timer.ArmPastCommit(Finished ? AfterFinish : limits.Idle);
        }
        else
        {
            timer.Arm(Limit.Idle, Finished ? AfterFinish : limits.Held);
        }
    }

    // Only where the endpoint is known to tell no usage; a dialect of its own always does.
    private void Keep(in StreamItem item)
    {
        if (text is not null && item.EventType is null)
        {
            text.Add(item.Payload.Span);
        }
    }

    private void Commit()
    {
        CommittedAt = time.GetTimestamp();
        phase.Committed();
        _commitment.Commit();
        timer.ArmPastCommit(Finished ? AfterFinish : limits.Idle);
    }

    private AttemptFailure TooMuch() => new()
    {
        Class = OutcomeClass.Sick,
        Reason = FailureReason.Other,
        Message = FirstContentAt is null
            ? $"more than {ResponseCommitment.MaxHeldBytes} bytes came before any content"
            : $"an answer held until it is whole has at most {StreamHold.MaxWholeBytes} bytes",
    };

    private async ValueTask FlushAsync()
    {
        try
        {
            var flushing = _commitment.FlushAsync(timer.Token);
            if (!flushing.IsCompleted)
            {
                // The client reads slowly: that is not the upstream's silence. Kestrel's own data rate bounds the client.
                timer.Pause();
                await flushing;
                timer.ArmPastCommit(Finished ? AfterFinish : limits.Idle);
                return;
            }

            await flushing;
        }
        catch (IOException) when (timer.ClientGone)
        {
            throw new OperationCanceledException(timer.Token);
        }
    }
}
