using System.Text.Json;

namespace BeastOrleans.Upstreams.Anthropic;

/// <summary>Reads single values and says what is wrong with them. Each method moves the reader from a name onto its value's end.</summary>
internal static class MessagesJson
{
    /// <summary>The string member <paramref name="name"/> of the object that the reader stands on, looked up ahead; the reader does not move.</summary>
    /// <returns>False when it is absent or no string; the found token is in <paramref name="found"/>.</returns>
    public static bool TryPeek(Utf8JsonReader ahead, ReadOnlySpan<byte> name, out Utf8JsonReader found)
    {
        while (ahead.Read() && ahead.TokenType == JsonTokenType.PropertyName)
        {
            var isIt = ahead.ValueTextEquals(name);
            ahead.Read();
            if (isIt)
            {
                found = ahead;
                return ahead.TokenType == JsonTokenType.String;
            }

            ahead.Skip();
        }

        found = default;
        return false;
    }

    /// <param name="maxLength">The longest text taken, in characters.</param>
    public static MessagesFlaw? ReadText(ref Utf8JsonReader reader, int maxLength, out string? text)
    {
        reader.Read();
        text = null;
        if (reader.TokenType == JsonTokenType.Null)
        {
            return null;
        }

        if (reader.TokenType != JsonTokenType.String)
        {
            return MessagesFlaw.Here("must be a string.");
        }

        // Escapes only make the text shorter: a raw length within six times the bound may still fit.
        return reader.ValueSpan.Length > maxLength * 6 || (text = reader.GetString()!).Length > maxLength
            ? MessagesFlaw.Here($"is longer than {maxLength} characters.")
            : null;
    }

    public static MessagesFlaw? ReadFlag(ref Utf8JsonReader reader, out bool value)
    {
        reader.Read();
        value = reader.TokenType == JsonTokenType.True;
        return reader.TokenType is JsonTokenType.True or JsonTokenType.False or JsonTokenType.Null
            ? null
            : MessagesFlaw.Here("must be true or false.");
    }

    public static MessagesFlaw? ReadCount(ref Utf8JsonReader reader, int min, out int? value)
    {
        reader.Read();
        value = null;
        if (reader.TokenType == JsonTokenType.Null)
        {
            return null;
        }

        if (reader.TokenType != JsonTokenType.Number || !reader.TryGetInt32(out var number) || number < min)
        {
            return MessagesFlaw.Here($"must be a whole number from {min} to {int.MaxValue}.");
        }

        value = number;
        return null;
    }

    public static MessagesFlaw? ReadFraction(ref Utf8JsonReader reader)
    {
        reader.Read();
        return reader.TokenType == JsonTokenType.Null
            || (reader.TokenType == JsonTokenType.Number && reader.TryGetDouble(out var number) && number is >= 0 and <= 1)
            ? null
            : MessagesFlaw.Here("must be a number from 0 to 1.");
    }

    /// <summary>Checks a value against what a member takes and moves over it.</summary>
    public static MessagesFlaw? ReadMember(ref Utf8JsonReader reader, JsonShape shape)
    {
        reader.Read();
        var type = reader.TokenType;
        var flaw = shape switch
        {
            JsonShape.Text => type == JsonTokenType.String ? null : "must be a string.",
            JsonShape.FilledText => type == JsonTokenType.String && reader.ValueSpan.Length > 0 ? null : "must be a non-empty string.",
            JsonShape.Flag => type is JsonTokenType.True or JsonTokenType.False or JsonTokenType.Null ? null : "must be true or false.",
            JsonShape.Object => type == JsonTokenType.StartObject ? null : "must be an object.",
            JsonShape.ObjectOrNull => type is JsonTokenType.StartObject or JsonTokenType.Null ? null : "must be an object.",
            JsonShape.TextOrNull => type is JsonTokenType.String or JsonTokenType.Null ? null : "must be a string.",
            _ => null,
        };
        if (flaw is null)
        {
            reader.Skip();
            return null;
        }

        return MessagesFlaw.Here(flaw);
    }
}

/// <summary>What a member of an object takes.</summary>
internal enum JsonShape
{
    Any = 0,
    Text = 1,
    FilledText = 2,
    Flag = 3,
    Object = 4,
    ObjectOrNull = 5,
    TextOrNull = 6,

    /// <summary>An image's source.</summary>
    ImageSource = 7,

    /// <summary>A string or an array of blocks.</summary>
    Blocks = 8,

    /// <summary>An object with the content of a file, in base64 or not.</summary>
    Source = 9,
}
