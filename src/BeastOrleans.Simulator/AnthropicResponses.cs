using System.Buffers;

namespace BeastOrleans.Simulator;

/// <summary>Anthropic messages, as the real API writes them.</summary>
internal sealed class AnthropicResponses : Dialect
{
    public static readonly AnthropicResponses Instance = new();

    public override RequestShape Shape => MessagesShape.Instance;

    public override SimulatedError? Refusal(in IncomingRequest request)
    {
        if (!request.IsJson)
        {
            return new SimulatedError(400, Message: "The request body is not valid JSON.");
        }

        if (request.Model is null)
        {
            return new SimulatedError(400, Message: "model: Field required");
        }

        if (request.MaxTokens is not { } maxTokens)
        {
            return new SimulatedError(400, Message: "max_tokens: Field required");
        }

        if (maxTokens < 1)
        {
            return new SimulatedError(400, Message: "max_tokens: Input should be greater than or equal to 1");
        }

        return request.HasMessages ? null : new SimulatedError(400, Message: "messages: Field required");
    }

    public override SimulatedError? StrictRefusal(Exchange exchange) =>
        AnthropicRules.Refusal(exchange.Context.Request.Headers, exchange.Request.Detail);

    public override void WriteCompletion(IBufferWriter<byte> writer, Answer answer)
    {
        WriteMessageStart(writer, answer);
        if (answer.ReasoningTokens > 0)
        {
            writer.Write("{\"type\":\"thinking\",\"thinking\":\""u8);
            answer.WriteReasoning(writer);
            writer.Write("\",\"signature\":\"c2ltdWxhdGVk\"},"u8);
        }

        if (answer.Calls.Count == 0)
        {
            writer.Write("{\"type\":\"text\",\"text\":\""u8);
            answer.WriteContent(writer);
            writer.Write("\"}"u8);
        }

        for (var call = 0; call < answer.Calls.Count; call++)
        {
            writer.Write(call == 0 ? "{"u8 : ",{"u8);
            WriteCall(writer, answer, call, answer.Calls[call].Arguments);
        }

        writer.Write("],\"stop_reason\":\""u8);
        writer.Write(StopReason(answer));
        writer.Write("\",\"stop_sequence\":"u8);
        writer.WriteJsonText(answer.StopSequence);
        if (answer.HasUsage)
        {
            WriteUsage(writer, answer, answer.CompletionTokens);
        }

        writer.Write("}"u8);
    }

    public override byte[] EventPrefix(Answer answer) => "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":"u8.ToArray();

    public override void WriteOpening(IBufferWriter<byte> writer, Answer answer, byte[] prefix)
    {
        writer.Write("event: message_start\ndata: {\"type\":\"message_start\",\"message\":"u8);
        WriteMessageStart(writer, answer);
        writer.Write("],\"stop_reason\":null,\"stop_sequence\":null"u8);
        if (answer.HasUsage)
        {
            // The real one counts the first output token here; the total comes with message_delta.
            WriteUsage(writer, answer, Math.Min(1, answer.CompletionTokens));
        }

        writer.Write("}}\n\n"u8);
        if (answer.ReasoningTokens > 0 || answer.Calls.Count == 0)
        {
            WriteBlockStart(writer, isThinking: answer.ReasoningTokens > 0, index: 0);
        }

        writer.Write("event: ping\ndata: {\"type\":\"ping\"}\n\n"u8);
    }

    public override void WriteEvent(IBufferWriter<byte> writer, Answer answer, byte[] prefix, int index)
    {
        var textBlock = answer.ReasoningTokens > 0 ? 1 : 0;
        if (index < answer.ReasoningTokens)
        {
            writer.Write(prefix);
            writer.Write("0,\"delta\":{\"type\":\"thinking_delta\",\"thinking\":\" thinking\"}}\n\n"u8);
            return;
        }

        if (index >= answer.FirstCallEvent)
        {
            WriteCallEvent(writer, answer, prefix, index - answer.FirstCallEvent);
            return;
        }

        SwitchBlock(writer, answer, prefix, index);
        writer.Write(prefix);
        writer.WriteNumber(textBlock);
        writer.Write(",\"delta\":{\"type\":\"text_delta\",\"text\":\""u8);
        answer.WriteWord(writer, index - answer.ReasoningTokens);
        writer.Write("\"}}\n\n"u8);
    }

    public override void WriteBrokenEvent(IBufferWriter<byte> writer, Answer answer, byte[] prefix, int index)
    {
        SwitchBlock(writer, answer, prefix, index);
        writer.Write(prefix);
        writer.Write("0,\"delta\":{\"type\":\"text_de\n\n"u8);
    }

    public override void WriteClosing(IBufferWriter<byte> writer, Answer answer, byte[] prefix, bool omitDone)
    {
        var lastBlock = answer.Calls.Count > 0
            ? CallBlock(answer, answer.Calls.Count - 1)
            : answer.ReasoningTokens > 0 && answer.ContentTokens > 0 ? 1 : 0;
        writer.Write("event: content_block_stop\ndata: {\"type\":\"content_block_stop\",\"index\":"u8);
        writer.WriteNumber(lastBlock);
        writer.Write("}\n\nevent: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\""u8);
        writer.Write(StopReason(answer));
        writer.Write("\",\"stop_sequence\":"u8);
        writer.WriteJsonText(answer.StopSequence);
        writer.Write("}"u8);
        if (answer.HasUsage)
        {
            WriteUsage(writer, answer, answer.CompletionTokens);
        }

        writer.Write("}\n\n"u8);
        if (!omitDone)
        {
            writer.Write("event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n"u8);
        }
    }

    public override void WriteError(IBufferWriter<byte> writer, SimulatedError error, long number)
    {
        writer.Write("{\"type\":\"error\",\"error\":{\"type\":"u8);
        writer.WriteJsonText(error.Type ?? UsualType(error.Status));
        writer.Write(",\"message\":"u8);
        writer.WriteJsonText(Message(error));
        if (error.Code is not null)
        {
            writer.Write(",\"code\":"u8);
            writer.WriteJsonText(error.Code);
        }

        writer.Write("},\"request_id\":\"req_sim_"u8);
        writer.WriteNumber(number);
        writer.Write("\"}"u8);
    }

    public override void WriteErrorEvent(IBufferWriter<byte> writer, SimulatedError error, long number)
    {
        writer.Write("event: error\ndata: "u8);
        WriteError(writer, error, number);
        writer.Write("\n\n"u8);
    }

    public override void WriteModels(IBufferWriter<byte> writer, IReadOnlyList<string> models)
    {
        writer.Write("{\"data\":["u8);
        for (var index = 0; index < models.Count; index++)
        {
            writer.Write(index == 0 ? "{\"type\":\"model\",\"id\":"u8 : ",{\"type\":\"model\",\"id\":"u8);
            writer.WriteJsonText(models[index]);
            writer.Write(",\"display_name\":"u8);
            writer.WriteJsonText("Simulated " + models[index]);
            writer.Write(",\"created_at\":\"2025-01-01T00:00:00Z\"}"u8);
        }

        writer.Write("],\"has_more\":false,\"first_id\":"u8);
        writer.WriteJsonText(models.Count == 0 ? null : models[0]);
        writer.Write(",\"last_id\":"u8);
        writer.WriteJsonText(models.Count == 0 ? null : models[^1]);
        writer.Write("}"u8);
    }

    private static ReadOnlySpan<byte> StopReason(Answer answer) =>
        answer.Calls.Count > 0 ? "tool_use"u8 : answer.CutByLength ? "max_tokens"u8
            : answer.StopSequence is not null ? "stop_sequence"u8 : "end_turn"u8;

    private static int CallBlock(Answer answer, int call) => call + (answer.ReasoningTokens > 0 ? 1 : 0);

    /// <summary>A call's start opens a block, behind the end of the one before.</summary>
    private static void WriteCallEvent(IBufferWriter<byte> writer, Answer answer, byte[] prefix, int index)
    {
        var (call, step) = Math.DivRem(index, SimulatedCall.Events);
        var block = CallBlock(answer, call);
        if (step > 0)
        {
            writer.Write(prefix);
            writer.WriteNumber(block);
            writer.Write(",\"delta\":{\"type\":\"input_json_delta\",\"partial_json\":\""u8);
            writer.Write(answer.Calls[call].Piece(step - 1).EncodedUtf8Bytes);
            writer.Write("\"}}\n\n"u8);
            return;
        }

        if (call > 0)
        {
            writer.Write("event: content_block_stop\ndata: {\"type\":\"content_block_stop\",\"index\":"u8);
            writer.WriteNumber(block - 1);
            writer.Write("}\n\n"u8);
        }
        else if (block > 0)
        {
            WriteThinkingEnd(writer, prefix);
        }

        writer.Write("event: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":"u8);
        writer.WriteNumber(block);
        writer.Write(",\"content_block\":{"u8);
        WriteCall(writer, answer, call, "{}");
        writer.Write("}\n\n"u8);
    }

    /// <summary>The block behind its opening brace.</summary>
    private static void WriteCall(IBufferWriter<byte> writer, Answer answer, int call, string input)
    {
        writer.Write("\"type\":\"tool_use\",\"id\":\""u8);
        answer.WriteCallId(writer, "toolu_sim"u8, call);
        writer.Write("\",\"name\":"u8);
        writer.WriteJsonText(answer.Calls[call].Name);
        writer.Write(",\"input\":"u8);
        writer.Write(System.Text.Encoding.UTF8.GetBytes(input));
        writer.Write("}"u8);
    }

    private static void WriteMessageStart(IBufferWriter<byte> writer, Answer answer)
    {
        writer.Write("{\"id\":\"msg_sim_"u8);
        writer.WriteNumber(answer.Number);
        writer.Write("\",\"type\":\"message\",\"role\":\"assistant\",\"model\":\""u8);
        writer.Write(answer.Model.JsonName);
        writer.Write("\",\"content\":["u8);
    }

    private static void WriteBlockStart(IBufferWriter<byte> writer, bool isThinking, int index)
    {
        writer.Write("event: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":"u8);
        writer.WriteNumber(index);
        writer.Write(isThinking
            ? ",\"content_block\":{\"type\":\"thinking\",\"thinking\":\"\",\"signature\":\"\"}}\n\n"u8
            : ",\"content_block\":{\"type\":\"text\",\"text\":\"\"}}\n\n"u8);
    }

    /// <summary>The first word after reasoning opens a block of its own, also when that word's event is broken.</summary>
    private static void SwitchBlock(IBufferWriter<byte> writer, Answer answer, byte[] prefix, int index)
    {
        if (answer.ReasoningTokens > 0 && index == answer.ReasoningTokens)
        {
            WriteThinkingEnd(writer, prefix);
            WriteBlockStart(writer, isThinking: false, index: 1);
        }
    }

    private static void WriteThinkingEnd(IBufferWriter<byte> writer, byte[] prefix)
    {
        writer.Write(prefix);
        writer.Write("0,\"delta\":{\"type\":\"signature_delta\",\"signature\":\"c2ltdWxhdGVk\"}}\n\n"u8);
        writer.Write("event: content_block_stop\ndata: {\"type\":\"content_block_stop\",\"index\":0}\n\n"u8);
    }

    private static void WriteUsage(IBufferWriter<byte> writer, Answer answer, int outputTokens)
    {
        writer.Write(",\"usage\":{\"input_tokens\":"u8);
        writer.WriteNumber(answer.PromptTokens - answer.CachedTokens);
        writer.Write(",\"cache_creation_input_tokens\":0,\"cache_read_input_tokens\":"u8);
        writer.WriteNumber(answer.CachedTokens);
        writer.Write(",\"output_tokens\":"u8);
        writer.WriteNumber(outputTokens);
        writer.Write("}"u8);
    }

    private static string UsualType(int status) => status switch
    {
        401 => "authentication_error",
        403 => "permission_error",
        404 => "not_found_error",
        413 => "request_too_large",
        429 => "rate_limit_error",
        529 => "overloaded_error",
        >= 500 => "api_error",
        _ => "invalid_request_error",
    };
}
