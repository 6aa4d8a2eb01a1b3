using System.Buffers;
using System.IO.Pipelines;
using BeastOrleans.Gateway.Errors;
using BeastOrleans.Upstreams;

namespace BeastOrleans.Gateway.Forwarding;

/// <summary>
/// Holds status, headers and start-up events back until the upstream proves that it is answering. Before the commit
/// the client has seen nothing and another upstream may still answer; after it nothing switches.
/// </summary>
internal sealed class ResponseCommitment(Exchange exchange)
{
    /// <summary>Start-up events held; an upstream that sends more without any content is sick.</summary>
    public const int MaxHeldBytes = 64 * 1024;

    private ArrayBufferWriter<byte>? _held;
    private PipeWriter? _output;

    public bool Committed => _output is not null;

    public long UnflushedBytes => _output is { CanGetUnflushedBytes: true } output ? output.UnflushedBytes : 0;

    /// <summary>Keeps an event without content, or passes it on after the commit.</summary>
    /// <returns>False when too much is held already.</returns>
    public bool TryHoldOrWrite(in StreamItem item)
    {
        if (_output is { } output)
        {
            exchange.Format.WriteEvent(output, item.Payload.Span, item.Kind);
            return true;
        }

        _held ??= new ArrayBufferWriter<byte>(1024);
        if (_held.WrittenCount + item.Payload.Length > MaxHeldBytes)
        {
            return false;
        }

        exchange.Format.WriteEvent(_held, item.Payload.Span, item.Kind);
        return true;
    }

    /// <summary>Status and headers are set, held events written: from here on this upstream is the answer.</summary>
    public void Commit(UpstreamStream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        var response = exchange.Http.Response;
        response.StatusCode = 200;
        response.ContentType = "text/event-stream; charset=utf-8";
        response.Headers.CacheControl = "no-cache";

        // Proxies that buffer would turn a stream into one late answer (nginx reads this header).
        response.Headers["x-accel-buffering"] = "no";
        AnswerHeaders.WriteStreamFacts(exchange);
        _output = response.BodyWriter;
        if (_held is { WrittenCount: > 0 })
        {
            _output.Write(_held.WrittenSpan);
            _held = null;
        }
    }

    public void Write(in StreamItem item) => exchange.Format.WriteEvent(_output!, item.Payload.Span, item.Kind);

    public async ValueTask FlushAsync(CancellationToken cancellationToken)
    {
        var result = await _output!.FlushAsync(cancellationToken);
        if (result.IsCompleted)
        {
            // The client stopped reading: nobody is left to stream to.
            throw new OperationCanceledException(cancellationToken);
        }
    }

    public async Task EndAsync(AttemptFailure? failure, Settlement settlement)
    {
        if (failure is null)
        {
            exchange.Format.WriteEnd(_output!, exchange, settlement);
        }
        else
        {
            var error = new GatewayError(502, "upstream_error", "upstream_stream_interrupted", $"The answer is partial: {failure.Message.TrimEnd('.')}.");
            exchange.Format.WriteError(_output!, error, exchange.RequestId);
        }

        await _output!.FlushAsync(exchange.Http.RequestAborted);
    }
}
