using System.Text.Json;
using BeastOrleans.Contracts.Endpoints;

namespace BeastOrleans.Upstreams.OpenAI;

/// <summary>The input's shape, and what it and the options ask of a model.</summary>
public static partial class ResponsesRequestReader
{
    private static RequestDefect? ReadInput(ref Utf8JsonReader reader, ref Facts facts)
    {
        reader.Read();
        var start = reader.TokenStartIndex;
        if (reader.TokenType == JsonTokenType.StartArray)
        {
            for (var index = 0; reader.Read() && reader.TokenType != JsonTokenType.EndArray; index++)
            {
                if (ReadItem(ref reader, index, ref facts) is { } defect)
                {
                    return defect;
                }

                facts.HasInput = true;
            }
        }
        else
        {
            facts.HasInput = reader.TokenType == JsonTokenType.String;
        }

        facts.PromptBytes += (int)(reader.BytesConsumed - start);
        return facts.HasInput ? null : RequestFields.Must("input", InputRule);
    }

    private static RequestDefect? ReadItem(ref Utf8JsonReader reader, int index, ref Facts facts)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            return RequestFields.Must($"input[{index}]", "an object");
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.ValueTextEquals("content"u8) ? "content" : reader.ValueTextEquals("output"u8) ? "output" : null;
            reader.Read();
            if (name is null || reader.TokenType != JsonTokenType.StartArray)
            {
                reader.Skip();
                continue;
            }

            for (var part = 0; reader.Read() && reader.TokenType != JsonTokenType.EndArray; part++)
            {
                if (reader.TokenType != JsonTokenType.StartObject)
                {
                    return RequestFields.Must($"input[{index}].{name}[{part}]", "an object");
                }

                ReadPart(ref reader, ref facts);
            }
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
            if (reader.TokenType == JsonTokenType.String && reader.ValueTextEquals("input_image"u8))
            {
                facts.Needs |= Capabilities.Vision;
            }

            reader.Skip();
        }
    }

    private static RequestDefect? ReadInstructions(ref Utf8JsonReader reader, ref Facts facts)
    {
        reader.Read();
        if (reader.TokenType is not (JsonTokenType.String or JsonTokenType.Null))
        {
            return RequestFields.Must("instructions", "a string");
        }

        facts.PromptBytes += reader.TokenType == JsonTokenType.String ? RequestFields.Token(ref reader).Length : 0;
        return null;
    }

    private static RequestDefect? ReadTools(ref Utf8JsonReader reader, ref Facts facts)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.Null)
        {
            return null;
        }

        if (reader.TokenType != JsonTokenType.StartArray)
        {
            return RequestFields.Must("tools", "an array");
        }

        for (var index = 0; reader.Read() && reader.TokenType != JsonTokenType.EndArray; index++)
        {
            if (reader.TokenType != JsonTokenType.StartObject)
            {
                return RequestFields.Must($"tools[{index}]", "an object");
            }

            facts.Needs |= Capabilities.Tools;
            reader.Skip();
        }

        return null;
    }

    private static RequestDefect? ReadTextOptions(ref Utf8JsonReader reader, ref Facts facts)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.Null)
        {
            return null;
        }

        if (reader.TokenType != JsonTokenType.StartObject)
        {
            return RequestFields.Must("text", "an object");
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isFormat = reader.ValueTextEquals("format"u8);
            reader.Read();
            if (isFormat && reader.TokenType == JsonTokenType.StartObject)
            {
                if (HasType(ref reader, "json_schema"u8))
                {
                    facts.Needs |= Capabilities.JsonSchema;
                }

                continue;
            }

            if (isFormat && reader.TokenType != JsonTokenType.Null)
            {
                return RequestFields.Must("text.format", "an object");
            }

            reader.Skip();
        }

        return null;
    }

    /// <summary>Reads the object that the reader stands on to its end; does its <c>type</c> say this?</summary>
    private static bool HasType(ref Utf8JsonReader reader, ReadOnlySpan<byte> wanted)
    {
        var found = false;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isType = reader.ValueTextEquals("type"u8);
            reader.Read();
            found |= isType && reader.TokenType == JsonTokenType.String && reader.ValueTextEquals(wanted);
            reader.Skip();
        }

        return found;
    }
}
