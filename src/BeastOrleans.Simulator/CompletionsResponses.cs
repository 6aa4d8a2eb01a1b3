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
        for (var choice = 0; choice < answer.Choices; choice++)
        {
            OpenAIResponses.BeginChoice(writer, choice);
            writer.Write(",\"text\":\""u8);
            answer.WriteContent(writer);
            writer.Write("\",\"logprobs\":null,\"finish_reason\":\""u8);
            writer.Write(OpenAIResponses.FinishReason(answer));
            writer.Write("\"}"u8);
        }

        writer.Write("]"u8);
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
        for (var choice = 0; choice < answer.Choices; choice++)
        {
            BeginChunk(writer, prefix, choice);
            if (index >= answer.ReasoningTokens)
            {
                answer.WriteWord(writer, index - answer.ReasoningTokens);
            }

            writer.Write("\",\"logprobs\":null,\"finish_reason\":null}]}\n\n"u8);
        }
    }

    public override void WriteBrokenEvent(IBufferWriter<byte> writer, Answer answer, byte[] prefix, int index)
    {
        BeginChunk(writer, prefix, choice: 0);
        writer.Write("bro\n\n"u8);
    }

    public override void WriteClosing(IBufferWriter<byte> writer, Answer answer, byte[] prefix, bool omitDone)
    {
        for (var choice = 0; choice < answer.Choices; choice++)
        {
            BeginChunk(writer, prefix, choice);
            writer.Write("\",\"logprobs\":null,\"finish_reason\":\""u8);
            writer.Write(OpenAIResponses.FinishReason(answer));
            writer.Write("\"}]}\n\n"u8);
        }

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

    /// <summary>As far as the text.</summary>
    private static void BeginChunk(IBufferWriter<byte> writer, byte[] prefix, int choice)
    {
        writer.Write(prefix);
        writer.Write("{\"index\":"u8);
        writer.WriteNumber(choice);
        writer.Write(",\"text\":\""u8);
    }

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
