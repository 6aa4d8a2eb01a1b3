using System.Buffers;

namespace BeastOrleans.Simulator;

/// <summary>OpenAI chat completions, as the real API writes them.</summary>
internal sealed class OpenAIResponses : Dialect
{
    public static readonly OpenAIResponses Instance = new();

    // Unix seconds of the models' made-up birthday; a constant, so that lists compare equal.
    private const long ModelCreated = 1_735_689_600;

    public override SimulatedError? Refusal(in IncomingRequest request) =>
        BodyRefusal(request)
        ?? (request.HasMessages ? null : new SimulatedError(400, Code: "missing_required_parameter", Message: "Missing required parameter: 'messages'."));

    public override SimulatedError? StrictRefusal(Exchange exchange) => OpenAIRules.ChatRefusal(exchange.Request.Detail);

    /// <summary>Shared by all of OpenAI's routes.</summary>
    public static SimulatedError? BodyRefusal(in IncomingRequest request)
    {
        if (!request.IsJson)
        {
            return new SimulatedError(400, Message: "We could not parse the JSON body of your request.");
        }

        return request.Model is null ? new SimulatedError(400, Message: "you must provide a model parameter") : null;
    }

    public override void WriteCompletion(IBufferWriter<byte> writer, Answer answer)
    {
        writer.Write("{\"id\":\"chatcmpl-sim"u8);
        writer.WriteNumber(answer.Number);
        writer.Write("\",\"object\":\"chat.completion\",\"created\":"u8);
        writer.WriteNumber(answer.CreatedUnixSeconds);
        writer.Write(",\"model\":\""u8);
        writer.Write(answer.Model.JsonName);
        writer.Write("\",\"choices\":["u8);
        for (var choice = 0; choice < answer.Choices; choice++)
        {
            WriteChoice(writer, answer, choice);
        }

        writer.Write("]"u8);
        if (answer.HasUsage)
        {
            WriteUsage(writer, answer);
        }

        writer.Write(",\"service_tier\":\"default\",\"system_fingerprint\":\"fp_simulated\"}"u8);
    }

    public override byte[] EventPrefix(Answer answer)
    {
        var writer = new ArrayBufferWriter<byte>(256);
        writer.Write("data: {\"id\":\"chatcmpl-sim"u8);
        writer.WriteNumber(answer.Number);
        writer.Write("\",\"object\":\"chat.completion.chunk\",\"created\":"u8);
        writer.WriteNumber(answer.CreatedUnixSeconds);
        writer.Write(",\"model\":\""u8);
        writer.Write(answer.Model.JsonName);
        writer.Write("\",\"service_tier\":\"default\",\"system_fingerprint\":\"fp_simulated\",\"choices\":["u8);
        return writer.WrittenSpan.ToArray();
    }

    public override void WriteOpening(IBufferWriter<byte> writer, Answer answer, byte[] prefix)
    {
        for (var choice = 0; choice < answer.Choices; choice++)
        {
            BeginChunk(writer, prefix, choice);
            writer.Write("{\"role\":\"assistant\",\"content\":\"\",\"refusal\":null}"u8);
            WriteChunkEnd(writer, answer);
        }
    }

    public override void WriteEvent(IBufferWriter<byte> writer, Answer answer, byte[] prefix, int index)
    {
        for (var choice = 0; choice < answer.Choices; choice++)
        {
            BeginChunk(writer, prefix, choice);
            WriteDelta(writer, answer, index, choice);
            WriteChunkEnd(writer, answer);
        }
    }

    public override void WriteBrokenEvent(IBufferWriter<byte> writer, Answer answer, byte[] prefix, int index)
    {
        BeginChunk(writer, prefix, choice: 0);
        writer.Write("{\"content\":\"bro\n\n"u8);
    }

    public override void WriteClosing(IBufferWriter<byte> writer, Answer answer, byte[] prefix, bool omitDone)
    {
        for (var choice = 0; choice < answer.Choices; choice++)
        {
            BeginChunk(writer, prefix, choice);
            writer.Write("{},\"logprobs\":null,\"finish_reason\":\""u8);
            writer.Write(FinishReason(answer));
            writer.Write(answer.HasUsageChunk ? "\"}],\"usage\":null}\n\n"u8 : "\"}]}\n\n"u8);
        }

        if (answer.HasUsageChunk)
        {
            writer.Write(prefix);
            writer.Write("]"u8);
            WriteUsage(writer, answer);
            writer.Write("}\n\n"u8);
        }

        if (!omitDone)
        {
            writer.Write("data: [DONE]\n\n"u8);
        }
    }

    public override void WriteError(IBufferWriter<byte> writer, SimulatedError error, long number)
    {
        writer.Write("{\"error\":{\"message\":"u8);
        writer.WriteJsonText(Message(error));
        writer.Write(",\"type\":"u8);
        writer.WriteJsonText(error.Type ?? UsualType(error.Status));
        writer.Write(",\"param\":null,\"code\":"u8);
        writer.WriteJsonText(error.Code ?? UsualCode(error.Status));
        writer.Write("}}"u8);
    }

    public override void WriteErrorEvent(IBufferWriter<byte> writer, SimulatedError error, long number)
    {
        writer.Write("data: "u8);
        WriteError(writer, error, number);
        writer.Write("\n\n"u8);
    }

    public override void WriteModels(IBufferWriter<byte> writer, IReadOnlyList<string> models)
    {
        writer.Write("{\"object\":\"list\",\"data\":["u8);
        for (var index = 0; index < models.Count; index++)
        {
            writer.Write(index == 0 ? "{\"id\":"u8 : ",{\"id\":"u8);
            writer.WriteJsonText(models[index]);
            writer.Write(",\"object\":\"model\",\"created\":"u8);
            writer.WriteNumber(ModelCreated);
            writer.Write(",\"owned_by\":\"simulator\"}"u8);
        }

        writer.Write("]}"u8);
    }

    public static ReadOnlySpan<byte> FinishReason(Answer answer) =>
        answer.Calls.Count > 0 ? "tool_calls"u8 : answer.CutByLength ? "length"u8 : "stop"u8;

    /// <summary>All choices say the same, each under an index of its own.</summary>
    public static void BeginChoice(IBufferWriter<byte> writer, int choice)
    {
        writer.Write(choice == 0 ? "{\"index\":"u8 : ",{\"index\":"u8);
        writer.WriteNumber(choice);
    }

    private static void WriteChoice(IBufferWriter<byte> writer, Answer answer, int choice)
    {
        BeginChoice(writer, choice);
        writer.Write(",\"message\":{\"role\":\"assistant\",\"content\":"u8);
        WriteText(writer, answer);
        if (answer.ReasoningTokens > 0)
        {
            writer.Write(",\"reasoning_content\":\""u8);
            answer.WriteReasoning(writer);
            writer.Write("\""u8);
        }

        WriteCalls(writer, answer, choice);
        writer.Write(",\"refusal\":null,\"annotations\":[]},\"logprobs\":null,\"finish_reason\":\""u8);
        writer.Write(FinishReason(answer));
        writer.Write("\"}"u8);
    }

    /// <summary>As far as the delta.</summary>
    private static void BeginChunk(IBufferWriter<byte> writer, byte[] prefix, int choice)
    {
        writer.Write(prefix);
        writer.Write("{\"index\":"u8);
        writer.WriteNumber(choice);
        writer.Write(",\"delta\":"u8);
    }

    private static void WriteDelta(IBufferWriter<byte> writer, Answer answer, int index, int choice)
    {
        if (index >= answer.FirstCallEvent)
        {
            WriteCallDelta(writer, answer, index - answer.FirstCallEvent, choice);
            return;
        }

        if (index < answer.ReasoningTokens)
        {
            writer.Write("{\"reasoning_content\":\" thinking"u8);
        }
        else
        {
            writer.Write("{\"content\":\""u8);
            answer.WriteWord(writer, index - answer.ReasoningTokens);
        }

        writer.Write("\"}"u8);
    }

    private static void WriteText(IBufferWriter<byte> writer, Answer answer)
    {
        if (answer.Calls.Count > 0)
        {
            writer.Write("null"u8);
            return;
        }

        writer.Write("\""u8);
        answer.WriteContent(writer);
        writer.Write("\""u8);
    }

    private static void WriteCalls(IBufferWriter<byte> writer, Answer answer, int choice)
    {
        for (var index = 0; index < answer.Calls.Count; index++)
        {
            writer.Write(index == 0 ? ",\"tool_calls\":[{"u8 : ",{"u8);
            WriteCallStart(writer, answer, index, choice);
            writer.Write(System.Text.Json.JsonEncodedText.Encode(answer.Calls[index].Arguments).EncodedUtf8Bytes);
            writer.Write(index == answer.Calls.Count - 1 ? "\"}}]"u8 : "\"}}"u8);
        }
    }

    private static void WriteCallDelta(IBufferWriter<byte> writer, Answer answer, int index, int choice)
    {
        var (call, step) = Math.DivRem(index, SimulatedCall.Events);
        writer.Write("{\"tool_calls\":[{\"index\":"u8);
        writer.WriteNumber(call);
        writer.Write(","u8);
        if (step == 0)
        {
            WriteCallStart(writer, answer, call, choice);
        }
        else
        {
            writer.Write("\"function\":{\"arguments\":\""u8);
            writer.Write(answer.Calls[call].Piece(step - 1).EncodedUtf8Bytes);
        }

        writer.Write("\"}}]}"u8);
    }

    /// <summary>As far as the arguments' opening quote.</summary>
    private static void WriteCallStart(IBufferWriter<byte> writer, Answer answer, int call, int choice)
    {
        writer.Write("\"id\":\""u8);
        answer.WriteCallId(writer, "call_sim"u8, call + choice * answer.Calls.Count);
        writer.Write("\",\"type\":\"function\",\"function\":{\"name\":"u8);
        writer.WriteJsonText(answer.Calls[call].Name);
        writer.Write(",\"arguments\":\""u8);
    }

    private static void WriteChunkEnd(IBufferWriter<byte> writer, Answer answer) =>
        writer.Write(answer.HasUsageChunk
            ? ",\"logprobs\":null,\"finish_reason\":null}],\"usage\":null}\n\n"u8
            : ",\"logprobs\":null,\"finish_reason\":null}]}\n\n"u8);

    public static void WriteUsage(IBufferWriter<byte> writer, Answer answer)
    {
        writer.Write(",\"usage\":{\"prompt_tokens\":"u8);
        writer.WriteNumber(answer.PromptTokens);
        writer.Write(",\"completion_tokens\":"u8);
        writer.WriteNumber(answer.CompletionTokens);
        writer.Write(",\"total_tokens\":"u8);
        writer.WriteNumber((long)answer.PromptTokens + answer.CompletionTokens);
        writer.Write(",\"prompt_tokens_details\":{\"cached_tokens\":"u8);
        writer.WriteNumber(answer.CachedTokens);
        writer.Write(",\"audio_tokens\":0},\"completion_tokens_details\":{\"reasoning_tokens\":"u8);
        writer.WriteNumber(answer.ReasoningTokens);
        writer.Write(",\"audio_tokens\":0,\"accepted_prediction_tokens\":0,\"rejected_prediction_tokens\":0}}"u8);
    }

    private static string UsualType(int status) => status switch
    {
        429 => "requests",
        >= 500 => "server_error",
        _ => "invalid_request_error",
    };

    private static string? UsualCode(int status) => status switch
    {
        401 => "invalid_api_key",
        404 => "model_not_found",
        429 => "rate_limit_exceeded",
        _ => null,
    };
}
