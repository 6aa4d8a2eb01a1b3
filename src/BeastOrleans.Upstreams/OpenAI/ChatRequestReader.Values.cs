using System.Text.Json;
using BeastOrleans.Contracts.Endpoints;

namespace BeastOrleans.Upstreams.OpenAI;

/// <summary>The values of the top-level properties that are looked at.</summary>
public static partial class ChatRequestReader
{
    private static RequestDefect? ReadCount(ref Utf8JsonReader reader, string name, int max, ref int? value)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.Null)
        {
            return null;
        }

        if (reader.TokenType != JsonTokenType.Number || !reader.TryGetInt32(out var number) || number < 1 || number > max)
        {
            return new RequestDefect($"'{name}' must be a whole number from 1 to {max}.", name);
        }

        value = Math.Max(value ?? 0, number);
        return null;
    }

    private static RequestDefect? ReadStreamOptions(ref Utf8JsonReader reader, ReadOnlySpan<byte> body, ref Facts facts)
    {
        var nameStart = (int)reader.TokenStartIndex;
        reader.Read();
        var start = (int)reader.TokenStartIndex;
        if (reader.TokenType == JsonTokenType.StartObject)
        {
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                if (!reader.ValueTextEquals("include_usage"u8))
                {
                    reader.Skip();
                }
                else if (RequestFields.Flag(ref reader, "stream_options.include_usage", out facts.IncludeUsage) is { } defect)
                {
                    return defect;
                }
            }
        }
        else if (reader.TokenType != JsonTokenType.Null)
        {
            return new RequestDefect("'stream_options' must be an object.", "stream_options");
        }

        var end = (int)reader.BytesConsumed;
        facts.StreamOptionsToken = (start, end - start);
        facts.StreamOptionsMember = RequestFields.WithComma(body, nameStart, end);
        return null;
    }

    private static RequestDefect? ReadToolList(ref Utf8JsonReader reader, string name, ref Facts facts)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.Null)
        {
            return null;
        }

        if (reader.TokenType != JsonTokenType.StartArray)
        {
            return new RequestDefect($"'{name}' must be an array.", name);
        }

        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            facts.Needs |= Capabilities.Tools;
            reader.Skip();
        }

        return null;
    }

    private static RequestDefect? ReadResponseFormat(ref Utf8JsonReader reader, ref Facts facts)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.Null)
        {
            return null;
        }

        if (reader.TokenType != JsonTokenType.StartObject)
        {
            return new RequestDefect("'response_format' must be an object.", "response_format");
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isType = reader.ValueTextEquals("type"u8);
            reader.Read();
            if (isType && reader.TokenType == JsonTokenType.String && reader.ValueTextEquals("json_schema"u8))
            {
                facts.Needs |= Capabilities.JsonSchema;
            }

            reader.Skip();
        }

        return null;
    }
}
