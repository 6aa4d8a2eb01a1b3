using System.Text.Json;

namespace BeastOrleans.Upstreams.OpenAI;

/// <summary>Counts what a <c>delta</c> or <c>message</c> object says: text, reasoning, refusal, tool calls.</summary>
internal static class DeltaReader
{
    /// <summary>The reader stands on the object's start, and on its end afterwards.</summary>
    /// <returns>Characters of content, and whether there is any (a tool call may be one without characters).</returns>
    public static (int Characters, bool HasContent) Read(ref Utf8JsonReader reader)
    {
        var characters = 0;
        var hasContent = false;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isText = reader.ValueTextEquals("content"u8) || reader.ValueTextEquals("reasoning_content"u8)
                || reader.ValueTextEquals("reasoning"u8) || reader.ValueTextEquals("refusal"u8);
            var isCall = !isText && (reader.ValueTextEquals("tool_calls"u8) || reader.ValueTextEquals("function_call"u8)
                || reader.ValueTextEquals("audio"u8) || reader.ValueTextEquals("reasoning_details"u8));
            reader.Read();
            if (isText && reader.TokenType == JsonTokenType.String)
            {
                characters += JsonText.CountCharacters(ref reader);
                hasContent |= reader.ValueSpan.Length > 0;
            }
            else if (isCall || isText)
            {
                hasContent |= ReadNested(ref reader, reader.CurrentDepth, ref characters);
            }
            else
            {
                reader.Skip();
            }
        }

        return (characters, hasContent);
    }

    /// <summary>Reads to the end of a nested value; counts the strings that cost output tokens. True when it holds anything.</summary>
    private static bool ReadNested(ref Utf8JsonReader reader, int depth, ref int characters)
    {
        if (reader.TokenType is not (JsonTokenType.StartArray or JsonTokenType.StartObject))
        {
            return false;
        }

        var any = false;
        while (reader.Read() && reader.CurrentDepth > depth)
        {
            any = true;
            if (reader.TokenType == JsonTokenType.PropertyName
                && (reader.ValueTextEquals("arguments"u8) || reader.ValueTextEquals("name"u8) || reader.ValueTextEquals("text"u8)))
            {
                reader.Read();
                if (reader.TokenType == JsonTokenType.String)
                {
                    characters += JsonText.CountCharacters(ref reader);
                }
            }
        }

        return any;
    }
}
