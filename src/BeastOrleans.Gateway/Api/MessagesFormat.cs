using System.Buffers;
using System.Text;
using BeastOrleans.Core.Usage;
using BeastOrleans.Gateway.Errors;
using BeastOrleans.Gateway.Forwarding;
using BeastOrleans.Upstreams;
using BeastOrleans.Upstreams.Translation;

namespace BeastOrleans.Gateway.Api;

/// <summary>Anthropic's format: events of an Anthropic endpoint as they came, chat completions said as messages.</summary>
internal sealed class MessagesFormat : IAnswerFormat
{
    private ChatStreamToMessages? _events;
    private Exchange? _exchange;
    private bool _isNative;

    public ReadOnlyMemory<byte> Whole(ReadOnlyMemory<byte> body, bool isNative, Exchange exchange, Settlement settlement) => isNative
        ? body
        : MessagesToChat.TranslateResponse(body, settlement.Served!.Model, exchange.RequestId, settlement.Served.Tokens)
            ?? throw new InvalidOperationException("An answer that was checked is no chat completion.");

    /// <summary>Called again when a held stream broke and another candidate begins one.</summary>
    public void BeginStream(Exchange exchange)
    {
        _isNative = false;
        _exchange = exchange;
        _events = null;
    }

    public void WriteEvent(IBufferWriter<byte> output, in StreamItem item)
    {
        if (item.EventType is not { } name)
        {
            Translator().Write(item.Payload.Span, output);
            return;
        }

        _isNative = true;
        Write(output, name, item.Payload.Span);
    }

    /// <summary>A native stream has brought its own <c>message_stop</c>.</summary>
    public void WriteEnd(IBufferWriter<byte> output, Exchange exchange, Settlement settlement)
    {
        if (!_isNative)
        {
            Translator().Complete(output, settlement.Served!.Tokens);
        }
    }

    public void WriteError(IBufferWriter<byte> output, GatewayError error, string requestId) =>
        Write(output, "error", ErrorBodies.Of(error, requestId, ErrorDialect.Anthropic).Span);

    /// <summary>Made by the first event that needs it: a native stream has no use for one.</summary>
    private ChatStreamToMessages Translator() => _events ??= new ChatStreamToMessages(
        _exchange!.Current?.ModelId ?? _exchange.Requested, _exchange.RequestId, UsageEstimator.Estimate(_exchange.Request.PromptBytes, 0).Input);

    private static void Write(IBufferWriter<byte> output, string name, ReadOnlySpan<byte> payload)
    {
        var span = output.GetSpan(7 + name.Length + 7 + payload.Length + 2);
        "event: "u8.CopyTo(span);
        var length = 7 + Encoding.ASCII.GetBytes(name, span[7..]);
        "\ndata: "u8.CopyTo(span[length..]);
        payload.CopyTo(span[(length + 7)..]);
        length += 7 + payload.Length;
        "\n\n"u8.CopyTo(span[length..]);
        output.Advance(length + 2);
    }
}
