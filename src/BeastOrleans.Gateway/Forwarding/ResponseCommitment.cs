using System.Buffers;
using System.IO.Pipelines;
using BeastOrleans.Gateway.Errors;
using BeastOrleans.Upstreams;
using Microsoft.AspNetCore.Http;

namespace BeastOrleans.Gateway.Forwarding;

/// <summary>
/// Holds status, headers and events back until the upstream proves that it is answering (or, where the client asked for
/// it, until it has answered). Before the commit the client has seen nothing and another upstream may still answer; after
/// it nothing switches.
/// </summary>
internal sealed class ResponseCommitment
{
    /// <summary>Start-up events held; an upstream that sends more without any content is sick.</summary>
    public const int MaxHeldBytes = 64 * 1024;

    private readonly Exchange _exchange;
    private ArrayBufferWriter<byte>? _held;
    private long _received;
    private PipeWriter? _output;

    public ResponseCommitment(Exchange exchange)
    {
        _exchange = exchange;

        // What an attempt before this one had written was never seen.
        exchange.Format.BeginStream(exchange);
    }

    public bool Committed => _output is not null;

    public long UnflushedBytes => _output is { CanGetUnflushedBytes: true } output ? output.UnflushedBytes : 0;

    /// <summary>Keeps an event, or passes it on after the commit.</summary>
    /// <returns>False when the upstream has sent more than <paramref name="maxHeld"/> bytes that are held.</returns>
    public bool TryWrite(in StreamItem item, int maxHeld)
    {
        if (_output is { } output)
        {
            _exchange.Format.WriteEvent(output, item);
            return true;
        }

        // What the upstream sent is bounded; what a format makes of it (an echo of the request, say) is not the upstream's doing.
        _received += item.Payload.Length;
        if (_received > maxHeld)
        {
            return false;
        }

        _held ??= new ArrayBufferWriter<byte>(1024);
        _exchange.Format.WriteEvent(_held, item);
        return true;
    }

    /// <summary>Status and headers are set, held events written: from here on this upstream is the answer.</summary>
    public void Commit()
    {
        AnswerHeaders.WriteStreamFacts(_exchange);
        Open();
    }

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
        if (!Committed)
        {
            await CommitWholeAsync(settlement);
        }

        if (failure is null)
        {
            _exchange.Format.WriteEnd(_output!, _exchange, settlement);
        }
        else
        {
            var error = new GatewayError(502, "upstream_error", "upstream_stream_interrupted", $"The answer is partial: {failure.Message.TrimEnd('.')}.");
            _exchange.Format.WriteError(_output!, error, _exchange.RequestId);
        }

        await _output!.FlushAsync(_exchange.Http.RequestAborted);
    }

    /// <summary>The head of every stream, whoever begins it: the commit, or a ping that keeps a waiting client connected.</summary>
    public static void BeginResponse(HttpResponse response)
    {
        response.StatusCode = 200;
        response.ContentType = "text/event-stream; charset=utf-8";
        response.Headers.CacheControl = "no-cache";

        // Proxies that buffer would turn a stream into one late answer (nginx reads this header).
        response.Headers["x-accel-buffering"] = "no";
    }

    // Everything is known by now, so the headers say what it cost too; unless pings had to begin the response.
    private async ValueTask CommitWholeAsync(Settlement settlement)
    {
        await _exchange.StopPingsAsync();
        if (!_exchange.Http.Response.HasStarted)
        {
            AnswerHeaders.WriteFacts(_exchange, settlement.Served);
            AnswerHeaders.WriteMoney(_exchange.Http, settlement);
        }

        Open();
    }

    private void Open()
    {
        var response = _exchange.Http.Response;
        if (!response.HasStarted)
        {
            BeginResponse(response);
        }

        _output = response.BodyWriter;
        if (_held is { WrittenCount: > 0 })
        {
            _output.Write(_held.WrittenSpan);
            _held = null;
        }
    }
}
