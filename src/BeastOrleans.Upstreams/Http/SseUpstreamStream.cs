using BeastOrleans.Upstreams.Failures;
using BeastOrleans.Upstreams.Streaming;

namespace BeastOrleans.Upstreams.Http;

/// <summary>The part of a stream that every dialect shares: read an event, translate it, know how it ended.</summary>
internal abstract class SseUpstreamStream(StreamSource source, Scrubber scrubber) : UpstreamStream
{
    private readonly SseReader _sse = new(source.Body, SseLimits.Default);
    private bool _disposed;

    /// <summary>Events that were no valid message of the dialect and were left out.</summary>
    public int DroppedEvents { get; protected set; }

    protected bool HasContent { get; set; }

    /// <summary>The answer is complete: a finish reason was seen.</summary>
    protected abstract bool IsFinished { get; }

    private FailurePhase Phase => HasContent ? FailurePhase.AfterContent : FailurePhase.BeforeContent;

    public sealed override async ValueTask<StreamItem> ReadAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                if (TryTakePending(out var pending))
                {
                    return pending;
                }

                switch (await _sse.ReadAsync(cancellationToken))
                {
                    case SseItem.Event when TryTranslate(_sse, out var item):
                        return item;
                    case SseItem.End:
                        return Ended();
                    case SseItem.TooLarge:
                        return Failed(new FailureFacts { Status = source.Status, Defect = _sse.Problem, Phase = Phase });
                }
            }
        }
        catch (Exception exception) when (cancellationToken.IsCancellationRequested && TransportFaults.IsCancellation(exception))
        {
            throw new OperationCanceledException("The stream was cancelled.", exception, cancellationToken);
        }
        catch (Exception exception) when (TransportFaults.IsTransport(exception))
        {
            return IsFinished ? Ended() : Failed(Cut(TransportFaults.Of(exception)));
        }
    }

    public sealed override ValueTask DisposeAsync()
    {
        if (!_disposed)
        {
            _disposed = true;
            source.Dispose();
            _sse.Dispose();
        }

        return ValueTask.CompletedTask;
    }

    /// <summary>False when there is nothing to show for the event.</summary>
    protected abstract bool TryTranslate(SseReader sse, out StreamItem item);

    /// <summary>An item that follows from an event read before.</summary>
    protected virtual bool TryTakePending(out StreamItem item)
    {
        item = default;
        return false;
    }

    /// <summary>What the end of the stream means: only a finish reason makes an answer whole.</summary>
    protected virtual StreamItem Ended() =>
        IsFinished
            ? new StreamItem { Kind = StreamItemKind.End }
            : Failed(Cut(TransportFault.Reset) with { Defect = "The upstream's stream ended without a finish reason." });

    /// <summary>The event carries an error.</summary>
    protected StreamItem Broken(ReadOnlySpan<byte> data)
    {
        var error = UpstreamError.Parse(data.ToArray()) ?? new UpstreamError();
        return Broken(error, data);
    }

    /// <param name="error">As the dialect reads it.</param>
    /// <param name="data">The event.</param>
    /// <param name="status">That a whole answer of this kind would have; 0 = the stream's own.</param>
    protected StreamItem Broken(UpstreamError error, ReadOnlySpan<byte> data, int status = 0) => new()
    {
        Kind = StreamItemKind.Failed,
        Failure = HttpUpstream.InBand(error, data, status == 0 ? source.Status : status, Phase, scrubber),
    };

    /// <summary>The event makes the answer worthless.</summary>
    protected StreamItem Defect(string defect) => Failed(new FailureFacts { Status = source.Status, Defect = defect, Phase = Phase });

    private FailureFacts Cut(TransportFault fault) => new() { Transport = fault, Status = source.Status, Phase = Phase };

    private StreamItem Failed(in FailureFacts facts) =>
        new() { Kind = StreamItemKind.Failed, Failure = FailureClassifier.Classify(facts, scrubber) };
}
