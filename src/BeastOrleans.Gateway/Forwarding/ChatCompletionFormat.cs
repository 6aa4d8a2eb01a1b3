using System.Buffers;
using BeastOrleans.Gateway.Errors;
using BeastOrleans.Upstreams;

namespace BeastOrleans.Gateway.Forwarding;

/// <summary>OpenAI's own format: bytes untouched; SSE framed anew, so that content cannot forge an event.</summary>
internal sealed class ChatCompletionFormat : IAnswerFormat
{
    public static ChatCompletionFormat Instance { get; } = new();

    public ReadOnlyMemory<byte> Whole(ReadOnlyMemory<byte> body, bool isNative, Exchange exchange, Settlement settlement) => body;

    public void BeginStream(Exchange exchange)
    {
        // Nothing is kept from one event to the next.
    }

    public void WriteEvent(IBufferWriter<byte> output, in StreamItem item) => WriteData(output, item.Payload.Span);

    public void WriteEnd(IBufferWriter<byte> output, Exchange exchange, Settlement settlement) => output.Write("data: [DONE]\n\n"u8);

    public void WriteError(IBufferWriter<byte> output, GatewayError error, string requestId) =>
        WriteData(output, ErrorBodies.Of(error, requestId, ErrorDialect.OpenAI).Span);

    public static void WriteData(IBufferWriter<byte> output, ReadOnlySpan<byte> payload)
    {
        var length = 6 + payload.Length + 2;
        var span = output.GetSpan(length);
        "data: "u8.CopyTo(span);
        payload.CopyTo(span[6..]);
        "\n\n"u8.CopyTo(span[(length - 2)..]);
        output.Advance(length);
    }
}
