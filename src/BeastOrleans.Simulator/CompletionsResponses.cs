using System.Buffers;

namespace BeastOrleans.Simulator;

/// <summary>OpenAI's legacy completions.</summary>
internal sealed class CompletionsResponses : Dialect
{
    public static readonly CompletionsResponses Instance = new();

    public override SimulatedError? Refusal(in IncomingRequest request) =>
        OpenAIResponses.BodyRefusal(request)
        ?? (request.HasPrompt ? null : new SimulatedError(400, Code: "missing_required_parameter", Message: "Missing required parameter: 'prompt'."));

    public override SimulatedError? StrictRefusal(Exchange exchange) => PlainRules.CompletionsRefusal(exchange.Request.Detail);

    public override void WriteCompletion(IBufferWriter<byte> writer, Answer answer)
    {
        writer.Write("{"u8);
        WriteHead(writer, answer);
        writer.Write("{\"index\":0,\"text\":\""u8);
        answer.WriteContent(writer);
        writer.Write("\",\"logprobs\":null,\"finish_reason\":\""u8);
        writer.Write(OpenAIResponses.FinishReason(answer));
        writer.Write("\"}]"u8);
        if (answer.HasUsage)
        {
            OpenAIResponses.WriteUsage(writer, answer);
        }

        writer.Write("}"u8);
    }

    public override byte[] EventPrefix(Answer answer)
    {
        var writer = new ArrayBufferWriter<byte>(256);
        writer.Write("data: {"u8);
        WriteHead(writer, answer);
        return writer.WrittenSpan.ToArray();
    }

    public override void WriteOpening(IBufferWriter<byte> writer, Answer answer, byte[] prefix)
    {
        // The first event is the first word.
    }

    public override void WriteEvent(IBufferWriter<byte> writer, Answer answer, byte[] prefix, int index)
    {
        writer.Write(prefix);
        writer.Write("{\"index\":0,\"text\":\""u8);
        if (index >= answer.ReasoningTokens)
        {
            answer.WriteWord(writer, index - answer.ReasoningTokens);
        }

        writer.Write("\",\"logprobs\":null,\"finish_reason\":null}]}\n\n"u8);
    }

    public override void WriteBrokenEvent(IBufferWriter<byte> writer, Answer answer, byte[] prefix, int index)
    {
        writer.Write(prefix);
        writer.Write("{\"index\":0,\"text\":\"bro\n\n"u8);
    }

    public override void WriteClosing(IBufferWriter<byte> writer, Answer answer, byte[] prefix, bool omitDone)
    {
        writer.Write(prefix);
        writer.Write("{\"index\":0,\"text\":\"\",\"logprobs\":null,\"finish_reason\":\""u8);
        writer.Write(OpenAIResponses.FinishReason(answer));
        writer.Write("\"}]}\n\n"u8);
        if (answer.HasUsageChunk)
        {
            writer.Write(prefix);
            writer.Write("]"u8);
            OpenAIResponses.WriteUsage(writer, answer);
            writer.Write("}\n\n"u8);
        }

        if (!omitDone)
        {
            writer.Write("data: [DONE]\n\n"u8);
        }
    }

    public override void WriteError(IBufferWriter<byte> writer, SimulatedError error, long number) => OpenAIResponses.Instance.WriteError(writer, error, number);

    public override void WriteErrorEvent(IBufferWriter<byte> writer, SimulatedError error, long number) => OpenAIResponses.Instance.WriteErrorEvent(writer, error, number);

    public override void WriteModels(IBufferWriter<byte> writer, IReadOnlyList<string> models) => OpenAIResponses.Instance.WriteModels(writer, models);

    private static void WriteHead(IBufferWriter<byte> writer, Answer answer)
    {
        writer.Write("\"id\":\"cmpl-sim"u8);
        writer.WriteNumber(answer.Number);
        writer.Write("\",\"object\":\"text_completion\",\"created\":"u8);
        writer.WriteNumber(answer.CreatedUnixSeconds);
        writer.Write(",\"model\":\""u8);
        writer.Write(answer.Model.JsonName);
        writer.Write("\",\"choices\":["u8);
    }
}
