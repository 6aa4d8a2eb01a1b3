using System.Text.Json;

namespace BeastOrleans.Upstreams.OpenAI;

/// <summary>What the readers of OpenAI's bodies share: one property's value, checked, or the defect that names it.</summary>
internal static class RequestFields
{
    /// <summary>The reader's settings, with the nesting allowed.</summary>
    public static JsonReaderOptions Options(int maxDepth) => new()
    {
        MaxDepth = maxDepth,
        CommentHandling = JsonCommentHandling.Disallow,
        AllowTrailingCommas = false,
    };

    public static RequestDefect NotUtf8 { get; } = new("The body is not valid UTF-8, or has a lone surrogate in it.", null);

    public static RequestDefect NotAnObject { get; } = new("The body must be a JSON object.", null);

    public static RequestDefect NotJson(JsonException exception, int maxDepth) => new(
        $"The body is not valid JSON, or nested deeper than {maxDepth} levels (line {exception.LineNumber + 1}, byte {exception.BytePositionInLine + 1}).",
        null);

    public static RequestDefect Must(string path, string rule) => new($"'{path}' must be {rule}.", path);

    /// <summary>The token that the reader stands on; for strings with its quotes.</summary>
    public static (int Start, int Length) Token(ref Utf8JsonReader reader) =>
        ((int)reader.TokenStartIndex, (int)(reader.BytesConsumed - reader.TokenStartIndex));

    /// <summary>A string or null; the reader stands on the name before, on the value afterwards.</summary>
    public static RequestDefect? Text(ref Utf8JsonReader reader, string path, int maxLength, out string? text)
    {
        reader.Read();
        text = null;
        if (reader.TokenType == JsonTokenType.Null)
        {
            return null;
        }

        if (reader.TokenType != JsonTokenType.String)
        {
            return Must(path, "a string");
        }

        // Escapes only make the text shorter: a raw length within six times the bound may still fit.
        return reader.ValueSpan.Length > maxLength * 6 || (text = reader.GetString()!).Length > maxLength
            ? new RequestDefect($"'{path}' is longer than {maxLength} characters.", path)
            : null;
    }

    public static RequestDefect? Flag(ref Utf8JsonReader reader, string path, out bool value)
    {
        reader.Read();
        value = reader.TokenType == JsonTokenType.True;
        return reader.TokenType is JsonTokenType.True or JsonTokenType.False or JsonTokenType.Null ? null : Must(path, "true or false");
    }

    /// <summary>A whole number from <paramref name="min"/> to <paramref name="max"/>, or null.</summary>
    public static RequestDefect? Count(ref Utf8JsonReader reader, string path, int min, int max, ref int? value)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.Null)
        {
            return null;
        }

        if (reader.TokenType != JsonTokenType.Number || !reader.TryGetInt32(out var number) || number < min || number > max)
        {
            return Must(path, $"a whole number from {min} to {max}");
        }

        value = number;
        return null;
    }

    /// <summary>Widens a member over the comma behind it or, for an object's last member, the one before it.</summary>
    public static (int Start, int Length) WithComma(ReadOnlySpan<byte> body, int start, int end)
    {
        var next = end;
        while (next < body.Length && IsSpace(body[next]))
        {
            next++;
        }

        if (next < body.Length && body[next] == (byte)',')
        {
            return (start, next + 1 - start);
        }

        var before = start - 1;
        while (IsSpace(body[before]))
        {
            before--;
        }

        return body[before] == (byte)',' ? (before, end - before) : (start, end - start);
    }

    private static bool IsSpace(byte value) => value is (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n';
}
