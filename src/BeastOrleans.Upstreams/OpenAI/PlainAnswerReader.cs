using System.Text.Json;
using BeastOrleans.Contracts.Usage;

namespace BeastOrleans.Upstreams.OpenAI;

/// <summary>Whole answers and chunks of the two routes that are never translated. One pass; the bytes stay as they are.</summary>
internal static class PlainAnswerReader
{
    /// <summary>A whole legacy completion: choices that each have a text.</summary>
    public static ChatCompletionReader.Verdict ReadCompletion(ReadOnlySpan<byte> body, out TokenUsage usage)
    {
        var chunk = ChatChunk.Read(body, isLegacy: true);
        usage = chunk.Usage;
        return chunk.IsError ? ChatCompletionReader.Verdict.Error
            : chunk.HasChoices && chunk.AllHaveText ? ChatCompletionReader.Verdict.Answer : ChatCompletionReader.Verdict.Malformed;
    }

    /// <summary>Embeddings: a list whose every element has one, as numbers or base64.</summary>
    public static ChatCompletionReader.Verdict ReadEmbeddings(ReadOnlySpan<byte> body, out TokenUsage usage)
    {
        usage = default;
        try
        {
            return JsonText.IsWellFormed(body) ? ReadList(body, ref usage) : ChatCompletionReader.Verdict.Malformed;
        }
        catch (JsonException)
        {
            return ChatCompletionReader.Verdict.Malformed;
        }
    }

    private static ChatCompletionReader.Verdict ReadList(ReadOnlySpan<byte> body, ref TokenUsage usage)
    {
        var reader = new Utf8JsonReader(body);
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            return ChatCompletionReader.Verdict.Malformed;
        }

        var verdict = ChatCompletionReader.Verdict.Malformed;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isData = reader.ValueTextEquals("data"u8);
            var isError = reader.ValueTextEquals("error"u8);
            var isUsage = reader.ValueTextEquals("usage"u8);
            reader.Read();
            if (isError && (reader.TokenType is JsonTokenType.StartObject or JsonTokenType.String))
            {
                return ChatCompletionReader.Verdict.Error;
            }

            if (isData && reader.TokenType == JsonTokenType.StartArray)
            {
                verdict = ReadData(ref reader) ? ChatCompletionReader.Verdict.Answer : ChatCompletionReader.Verdict.Malformed;
            }
            else if (isUsage && reader.TokenType == JsonTokenType.StartObject)
            {
                usage = UsageJson.Read(ref reader);
            }
            else
            {
                reader.Skip();
            }
        }

        // Anything but white space behind the object throws.
        reader.Read();
        return verdict;
    }

    private static bool ReadData(ref Utf8JsonReader reader)
    {
        int good = 0, all = 0;
        for (; reader.Read() && reader.TokenType != JsonTokenType.EndArray; all++)
        {
            var isObject = reader.TokenType == JsonTokenType.StartObject;
            var has = false;
            while (isObject && reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var isEmbedding = reader.ValueTextEquals("embedding"u8);
                reader.Read();
                has |= isEmbedding && (reader.TokenType is JsonTokenType.StartArray or JsonTokenType.String);
                reader.Skip();
            }

            good += has ? 1 : 0;
            reader.Skip();
        }

        return good > 0 && good == all;
    }
}
