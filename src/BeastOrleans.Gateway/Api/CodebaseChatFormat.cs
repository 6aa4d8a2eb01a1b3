using System.Buffers;
using System.Text;
using System.Text.Json;
using BeastOrleans.Contracts.Usage;
using BeastOrleans.Gateway.Errors;
using BeastOrleans.Gateway.Forwarding;
using BeastOrleans.Upstreams;

namespace BeastOrleans.Gateway.Api;

/// <summary>The seed's answer. A stream is <c>{"delta":"..."}</c> events, then the whole object, then <c>[DONE]</c>.</summary>
internal sealed class CodebaseChatFormat : IAnswerFormat
{
    private readonly StringBuilder _message = new();

    public ReadOnlyMemory<byte> Whole(ReadOnlyMemory<byte> body, bool isNative, Exchange exchange, Settlement settlement)
    {
        using var answer = JsonDocument.Parse(body);
        return Answer(TextOf(answer.RootElement, "message") ?? "", exchange, settlement);
    }

    public void BeginStream(Exchange exchange) => _message.Clear();

    public void WriteEvent(IBufferWriter<byte> output, in StreamItem item)
    {
        if (item.Kind is not (StreamItemKind.Content or StreamItemKind.Finish))
        {
            return;
        }

        var reader = new Utf8JsonReader(item.Payload.Span);
        using var chunk = JsonDocument.ParseValue(ref reader);
        if (TextOf(chunk.RootElement, "delta") is { Length: > 0 } text)
        {
            _message.Append(text);
            ChatCompletionFormat.WriteData(output, JsonSerializer.SerializeToUtf8Bytes(new { delta = text }, JsonBody.Options));
        }
    }

    public void WriteEnd(IBufferWriter<byte> output, Exchange exchange, Settlement settlement)
    {
        ChatCompletionFormat.WriteData(output, Answer(_message.ToString(), exchange, settlement).Span);
        output.Write("data: [DONE]\n\n"u8);
    }

    public void WriteError(IBufferWriter<byte> output, GatewayError error, string requestId) =>
        ChatCompletionFormat.Instance.WriteError(output, error, requestId);

    private static ReadOnlyMemory<byte> Answer(string message, Exchange exchange, Settlement settlement)
    {
        var served = settlement.Served!;
        var first = exchange.Plan!.Candidates[0].ModelId;
        var fellBack = exchange.CurrentIndex > 0;
        return JsonSerializer.SerializeToUtf8Bytes(
            new
            {
                message,
                model = served.ModelId,
                modelType = Wire.Of(served.Endpoint.Type),
                fallback = fellBack ? new { from = first, reason = Wire.Of(exchange.ReasonFirstDidNotServe) } : null,
                usage = new
                {
                    inputTokens = served.Tokens.Input,
                    outputTokens = served.Tokens.Output,
                    totalTokens = served.Tokens.Input + served.Tokens.Output,
                    estimated = served.Tokens.Source == UsageSource.Estimated,
                },
                cost = new { actualUsd = settlement.Cost?.ToUsd(), savedUsd = settlement.Saved?.ToUsd() },
                requestId = exchange.RequestId,
            },
            JsonBody.Options);
    }

    /// <summary>The text of the first choice's <c>message</c> or <c>delta</c>; null when it has none (a tool call, say).</summary>
    private static string? TextOf(JsonElement answer, string part) =>
        answer.TryGetProperty("choices", out var choices)
        && choices.ValueKind == JsonValueKind.Array
        && choices.GetArrayLength() > 0
        && choices[0].ValueKind == JsonValueKind.Object
        && choices[0].TryGetProperty(part, out var holder)
        && holder.ValueKind == JsonValueKind.Object
        && holder.TryGetProperty("content", out var content)
        && content.ValueKind == JsonValueKind.String
            ? content.GetString()
            : null;
}
