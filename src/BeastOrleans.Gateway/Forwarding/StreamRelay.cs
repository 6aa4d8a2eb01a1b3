using BeastOrleans.Contracts.Endpoints;
using BeastOrleans.Gateway.Diagnostics;
using BeastOrleans.Upstreams;

namespace BeastOrleans.Gateway.Forwarding;

/// <summary>Carries one stream from an upstream to the client: holds it until the first content, then lets it flow.</summary>
internal sealed class StreamRelay(
    Exchange exchange, UpstreamStream stream, AttemptTimer timer, RequestPhase phase, TimeSpan idleLimit, TimeProvider time, HeldPermit? permit)
{
    /// <summary>Events not yet sent to the client are flushed at the latest at so many bytes.</summary>
    private const int FlushAt = 32 * 1024;

    /// <summary>What may still come after the finish reason is a usage event.</summary>
    private static readonly TimeSpan AfterFinish = TimeSpan.FromSeconds(2);

    private readonly ResponseCommitment _commitment = new(exchange);

    public bool Committed => _commitment.Committed;

    public long? FirstContentAt { get; private set; }

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

            var item = await reading;
            switch (item.Kind)
            {
                case StreamItemKind.Content:
                case StreamItemKind.Finish:
                    Finished |= item.Kind == StreamItemKind.Finish;
                    OnContent();
                    _commitment.Write(item);
                    break;
                case StreamItemKind.HiddenUsage:
                    break;
                case StreamItemKind.End:
                    // A finish reason was seen, so the commit has been made.
                    return null;
                case StreamItemKind.Failed:
                    return item.Failure;
                default:
                    if (!_commitment.TryHoldOrWrite(item))
                    {
                        return new AttemptFailure
                        {
                            Class = OutcomeClass.Sick,
                            Reason = FailureReason.Other,
                            Message = $"more than {ResponseCommitment.MaxHeldBytes} bytes came before any content",
                        };
                    }

                    break;
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

    private void OnContent()
    {
        timer.ArmPastCommit(Finished ? AfterFinish : idleLimit);
        permit?.OnContent();
        if (FirstContentAt is null)
        {
            FirstContentAt = time.GetTimestamp();
            phase.Committed();
            _commitment.Commit(stream);
        }
    }

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
                timer.ArmPastCommit(Finished ? AfterFinish : idleLimit);
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
