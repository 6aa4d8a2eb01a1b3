using System.Buffers;
using BeastOrleans.Gateway.Errors;
using BeastOrleans.Upstreams;

namespace BeastOrleans.Gateway.Forwarding;

/// <summary>
/// How a route shows answers to its client. Answers come as OpenAI's chat completions, or native where the upstream speaks the
/// client's own dialect. Stateful, one per request.
/// </summary>
internal interface IAnswerFormat
{
    /// <summary>A whole answer as the client gets it.</summary>
    /// <param name="isNative">The body is in the client's own dialect already.</param>
    ReadOnlyMemory<byte> Whole(ReadOnlyMemory<byte> body, bool isNative, Exchange exchange, Settlement settlement);

    /// <summary>A stream begins, or begins anew: what was written of another attempt's was never seen.</summary>
    void BeginStream(Exchange exchange);

    /// <summary>One event of a stream, framed.</summary>
    void WriteEvent(IBufferWriter<byte> output, in StreamItem item);

    /// <summary>The terminator of a stream that finished.</summary>
    void WriteEnd(IBufferWriter<byte> output, Exchange exchange, Settlement settlement);

    /// <summary>The typed error that ends a stream that broke: never followed by a terminator.</summary>
    void WriteError(IBufferWriter<byte> output, GatewayError error, string requestId);
}
