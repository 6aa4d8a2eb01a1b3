using System.Text.Json;

namespace BeastOrleans.Upstreams.OpenAI;

/// <summary>A prompt or an embedding's input: a string, strings, tokens, or arrays of tokens.</summary>
internal static class PromptReader
{
    private const string Rule = "a non-empty string, or an array of strings, of token numbers, or of arrays of token numbers";

    /// <summary>The reader stands on the name before, on the value's end afterwards.</summary>
    /// <param name="maxCount">The most texts in one request.</param>
    /// <param name="count">Texts in it.</param>
    public static RequestDefect? Read(ref Utf8JsonReader reader, string name, int maxCount, out int count, out int bytes)
    {
        reader.Read();
        var start = reader.TokenStartIndex;
        var defect = ReadValue(ref reader, name, maxCount, out count);
        bytes = (int)(reader.BytesConsumed - start);
        return defect;
    }

    private static RequestDefect? ReadValue(ref Utf8JsonReader reader, string name, int maxCount, out int count)
    {
        count = 1;
        if (reader.TokenType == JsonTokenType.String)
        {
            return null;
        }

        if (reader.TokenType != JsonTokenType.StartArray)
        {
            return RequestFields.Must(name, Rule);
        }

        var first = JsonTokenType.None;
        var index = 0;
        for (; reader.Read() && reader.TokenType != JsonTokenType.EndArray; index++)
        {
            first = index == 0 ? reader.TokenType : first;
            if (reader.TokenType != first || !ReadElement(ref reader))
            {
                return RequestFields.Must($"{name}[{index}]", index == 0 ? "a string, a token number or an array of token numbers" : "of the same kind as the first");
            }
        }

        count = first == JsonTokenType.Number ? 1 : index;
        return index == 0 ? RequestFields.Must(name, Rule)
            : count > maxCount ? new RequestDefect($"'{name}' has more than {maxCount} texts.", name) : null;
    }

    private static bool ReadElement(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            return reader.TokenType == JsonTokenType.String || IsToken(ref reader);
        }

        var any = false;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            any = true;
            if (!IsToken(ref reader))
            {
                return false;
            }
        }

        return any;
    }

    private static bool IsToken(ref Utf8JsonReader reader) =>
        reader.TokenType == JsonTokenType.Number && reader.TryGetInt32(out var token) && token >= 0;
}
