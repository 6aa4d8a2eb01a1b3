using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;

namespace BeastOrleans.Simulator;

/// <summary>OpenAI's embeddings: vectors of length 1 that depend on the text alone, as numbers or base64.</summary>
internal sealed class EmbeddingsResponses : Dialect
{
    public const int UsualDimensions = 16;
    public const int MaxDimensions = 3072;

    public static readonly EmbeddingsResponses Instance = new();

    public override SimulatedError? Refusal(in IncomingRequest request) =>
        OpenAIResponses.BodyRefusal(request)
        ?? (request.HasPrompt ? null : new SimulatedError(400, Code: "missing_required_parameter", Message: "Missing required parameter: 'input'."))
        ?? (request.Stream ? new SimulatedError(400, Code: "unknown_parameter", Message: "Unrecognized request argument supplied: stream") : null);

    public override SimulatedError? StrictRefusal(Exchange exchange) => PlainRules.EmbeddingsRefusal(exchange.Request.Detail);

    public override void WriteCompletion(IBufferWriter<byte> writer, Answer answer)
    {
        var root = answer.Detail?.Root ?? default;
        var isBase64 = root.ValueKind == JsonValueKind.Object && root.TryGetProperty("encoding_format", out var format)
            && format.ValueKind == JsonValueKind.String && format.ValueEquals("base64");
        var dimensions = root.ValueKind == JsonValueKind.Object && root.TryGetProperty("dimensions", out var wanted) && wanted.TryGetInt32(out var count)
            ? Math.Clamp(count, 1, MaxDimensions)
            : UsualDimensions;
        writer.Write("{\"object\":\"list\",\"data\":["u8);
        var index = 0;
        foreach (var text in Inputs(root))
        {
            writer.Write(index == 0 ? "{\"object\":\"embedding\",\"index\":"u8 : ",{\"object\":\"embedding\",\"index\":"u8);
            writer.WriteNumber(index++);
            writer.Write(",\"embedding\":"u8);
            WriteVector(writer, Vector(text, dimensions), isBase64);
            writer.Write("}"u8);
        }

        writer.Write("],\"model\":\""u8);
        writer.Write(answer.Model.JsonName);
        writer.Write("\""u8);
        if (answer.HasUsage)
        {
            writer.Write(",\"usage\":{\"prompt_tokens\":"u8);
            writer.WriteNumber(answer.PromptTokens);
            writer.Write(",\"total_tokens\":"u8);
            writer.WriteNumber(answer.PromptTokens);
            writer.Write("}"u8);
        }

        writer.Write("}"u8);
    }

    public override byte[] EventPrefix(Answer answer) => throw new NotSupportedException("Embeddings do not stream.");

    public override void WriteOpening(IBufferWriter<byte> writer, Answer answer, byte[] prefix) => EventPrefix(answer);

    public override void WriteEvent(IBufferWriter<byte> writer, Answer answer, byte[] prefix, int index) => EventPrefix(answer);

    public override void WriteBrokenEvent(IBufferWriter<byte> writer, Answer answer, byte[] prefix, int index) => EventPrefix(answer);

    public override void WriteClosing(IBufferWriter<byte> writer, Answer answer, byte[] prefix, bool omitDone) => EventPrefix(answer);

    public override void WriteError(IBufferWriter<byte> writer, SimulatedError error, long number) => OpenAIResponses.Instance.WriteError(writer, error, number);

    public override void WriteErrorEvent(IBufferWriter<byte> writer, SimulatedError error, long number) => OpenAIResponses.Instance.WriteErrorEvent(writer, error, number);

    public override void WriteModels(IBufferWriter<byte> writer, IReadOnlyList<string> models) => OpenAIResponses.Instance.WriteModels(writer, models);

    /// <summary>One text, several, one list of token ids, or several.</summary>
    private static IEnumerable<string> Inputs(JsonElement root)
    {
        if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty("input", out var input))
        {
            return [];
        }

        var isList = input.ValueKind == JsonValueKind.Array && input.GetArrayLength() > 0 && input[0].ValueKind != JsonValueKind.Number;
        return isList ? input.EnumerateArray().Select(static text => text.GetRawText()) : [input.GetRawText()];
    }

    private static float[] Vector(string text, int dimensions)
    {
        // FNV-1a: the same text gives the same vector in every process.
        var state = 14695981039346656037UL;
        foreach (var one in Encoding.UTF8.GetBytes(text))
        {
            state = (state ^ one) * 1099511628211UL;
        }

        var vector = new float[dimensions];
        var square = 0.0;
        for (var index = 0; index < dimensions; index++)
        {
            state = (state ^ (ulong)index) * 1099511628211UL;
            vector[index] = (state >> 40) / (float)(1 << 24) - 0.5f;
            square += vector[index] * vector[index];
        }

        var length = (float)Math.Sqrt(square);
        return Array.ConvertAll(vector, value => value / length);
    }

    private static void WriteVector(IBufferWriter<byte> writer, float[] vector, bool isBase64)
    {
        if (isBase64)
        {
            var bytes = MemoryMarshal.AsBytes(vector.AsSpan());
            writer.Write("\""u8);
            var text = writer.GetSpan(Base64.GetMaxEncodedToUtf8Length(bytes.Length));
            Base64.EncodeToUtf8(bytes, text, out _, out var written);
            writer.Advance(written);
            writer.Write("\""u8);
            return;
        }

        writer.Write("["u8);
        writer.Write(Encoding.ASCII.GetBytes(string.Join(',', vector.Select(static value => value.ToString("R", CultureInfo.InvariantCulture)))));
        writer.Write("]"u8);
    }
}
