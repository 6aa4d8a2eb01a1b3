using System.Text.Json;
using BeastOrleans.Contracts.Endpoints;

namespace BeastOrleans.Upstreams.OpenAI;

/// <summary>The values of the top-level properties that are looked at.</summary>
public static partial class ChatRequestReader
{
    private static (int Start, int Length) Token(ref Utf8JsonReader reader) =>
        ((int)reader.TokenStartIndex, (int)(reader.BytesConsumed - reader.TokenStartIndex));

    private static RequestDefect? ReadText(ref Utf8JsonReader reader, string name, int maxLength, out string? text)
    {
        reader.Read();
        text = null;
        if (reader.TokenType == JsonTokenType.Null)
        {
            return null;
        }

        if (reader.TokenType != JsonTokenType.String)
        {
            return new RequestDefect($"'{name}' must be a string.", name);
        }

        // Escapes only make the text shorter: a raw length within six times the bound may still fit.
        if (reader.ValueSpan.Length > maxLength * 6 || (text = reader.GetString()!).Length > maxLength)
        {
            return new RequestDefect($"'{name}' is longer than {maxLength} characters.", name);
        }

        return null;
    }

    private static RequestDefect? ReadFlag(ref Utf8JsonReader reader, string name, out bool value)
    {
        reader.Read();
        value = reader.TokenType == JsonTokenType.True;
        return reader.TokenType is JsonTokenType.True or JsonTokenType.False or JsonTokenType.Null
            ? null
            : new RequestDefect($"'{name}' must be true or false.", name);
    }

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
                else if (ReadFlag(ref reader, "stream_options.include_usage", out facts.IncludeUsage) is { } defect)
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
        facts.StreamOptionsMember = WithComma(body, nameStart, end);
        return null;
    }

    /// <summary>Widens a member over the comma behind it or, for an object's last member, the one before it.</summary>
    private static (int Start, int Length) WithComma(ReadOnlySpan<byte> body, int start, int end)
    {
        var next = end;
        while (next < body.Length && body[next] is (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n')
        {
            next++;
        }

        if (next < body.Length && body[next] == (byte)',')
        {
            return (start, next + 1 - start);
        }

        var before = start - 1;
        while (body[before] is (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n')
        {
            before--;
        }

        return body[before] == (byte)',' ? (before, end - before) : (start, end - start);
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
