using System.Text.Json;
using BeastOrleans.Contracts.Endpoints;

namespace BeastOrleans.Upstreams.OpenAI;

/// <summary>The messages: their shape, and whether there are images among them.</summary>
public static partial class ChatRequestReader
{
    private static RequestDefect? ReadMessages(ref Utf8JsonReader reader, ref Facts facts)
    {
        reader.Read();
        var start = reader.TokenStartIndex;
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            return new RequestDefect("'messages' must be an array.", "messages");
        }

        for (var index = 0; reader.Read() && reader.TokenType != JsonTokenType.EndArray; index++)
        {
            if (reader.TokenType != JsonTokenType.StartObject)
            {
                return new RequestDefect($"'messages[{index}]' must be an object.", $"messages[{index}]");
            }

            if (ReadMessage(ref reader, index, ref facts) is { } defect)
            {
                return defect;
            }

            facts.HasMessages = true;
        }

        facts.PromptBytes += (int)(reader.BytesConsumed - start);
        return facts.HasMessages ? null : new RequestDefect("'messages' must not be empty.", "messages");
    }

    private static RequestDefect? ReadMessage(ref Utf8JsonReader reader, int index, ref Facts facts)
    {
        var hasRole = false;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("role"u8))
            {
                reader.Read();
                if (reader.TokenType != JsonTokenType.String || reader.ValueSpan.Length == 0)
                {
                    return new RequestDefect($"'messages[{index}].role' must be a non-empty string.", $"messages[{index}].role");
                }

                hasRole = true;
            }
            else if (reader.ValueTextEquals("content"u8))
            {
                if (ReadContent(ref reader, index, ref facts) is { } defect)
                {
                    return defect;
                }
            }
            else
            {
                reader.Skip();
            }
        }

        return hasRole ? null : new RequestDefect($"'messages[{index}].role' is required.", $"messages[{index}].role");
    }

    private static RequestDefect? ReadContent(ref Utf8JsonReader reader, int index, ref Facts facts)
    {
        reader.Read();
        if (reader.TokenType is JsonTokenType.String or JsonTokenType.Null)
        {
            return null;
        }

        if (reader.TokenType != JsonTokenType.StartArray)
        {
            return new RequestDefect(
                $"'messages[{index}].content' must be a string, an array of parts or null.", $"messages[{index}].content");
        }

        for (var part = 0; reader.Read() && reader.TokenType != JsonTokenType.EndArray; part++)
        {
            if (reader.TokenType != JsonTokenType.StartObject)
            {
                return new RequestDefect(
                    $"'messages[{index}].content[{part}]' must be an object.", $"messages[{index}].content[{part}]");
            }

            ReadPart(ref reader, ref facts);
        }

        return null;
    }

    private static void ReadPart(ref Utf8JsonReader reader, ref Facts facts)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (!reader.ValueTextEquals("type"u8))
            {
                facts.PromptBytes += InlineMedia.SkipMember(ref reader);
                continue;
            }

            reader.Read();
            if (reader.TokenType == JsonTokenType.String
                && (reader.ValueTextEquals("image_url"u8) || reader.ValueTextEquals("input_image"u8)))
            {
                facts.Needs |= Capabilities.Vision;
            }

            reader.Skip();
        }
    }
}
