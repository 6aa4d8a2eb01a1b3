using System.Buffers;
using BeastOrleans.Gateway.Errors;
using BeastOrleans.Gateway.Forwarding;
using BeastOrleans.Upstreams;
using BeastOrleans.Upstreams.OpenAI;
using BeastOrleans.Upstreams.Translation;

namespace BeastOrleans.Gateway.Api;

/// <summary>OpenAI's Responses: chat completions said as response objects and their events.</summary>
internal sealed class ResponsesFormat(ResponsesRequest request, TimeProvider time) : IAnswerFormat
{
    private ChatStreamToResponses? _events;

    // The request was translated before anything could answer.
    private ResponsesCall Call => request.Call!;

    private long Created => time.GetUtcNow().ToUnixTimeSeconds();

    public ReadOnlyMemory<byte> Whole(ReadOnlyMemory<byte> body, bool isNative, Exchange exchange, Settlement settlement) =>
        ResponsesToChat.TranslateResponse(body, Call, IdOf(exchange), Created, settlement.Served!.Model, settlement.Served.Tokens)
            ?? throw new InvalidOperationException("An answer that was checked is no chat completion.");

    public void BeginStream(Exchange exchange) =>
        _events = new ChatStreamToResponses(Call, IdOf(exchange), Created, exchange.Current?.ModelId ?? exchange.Requested);

    public void WriteEvent(IBufferWriter<byte> output, in StreamItem item) => _events!.Translate(item.Payload.Span, output);

    public void WriteEnd(IBufferWriter<byte> output, Exchange exchange, Settlement settlement) =>
        _events!.Complete(settlement.Served!.Tokens, output);

    /// <summary>Also where nothing of a stream was begun: pings alone went before.</summary>
    public void WriteError(IBufferWriter<byte> output, GatewayError error, string requestId)
    {
        if (_events is { } events)
        {
            events.Fail(error.Type, error.Code, error.Message, requestId, output);
            return;
        }

        ChatCompletionFormat.Instance.WriteError(output, error, requestId);
    }

    // Ids of responses are letters and digits.
    private static string IdOf(Exchange exchange) => string.Concat(exchange.RequestId.Where(char.IsAsciiLetterOrDigit));
}
