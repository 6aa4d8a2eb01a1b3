using System.Text.Json;
using BeastOrleans.Contracts.Usage;
using BeastOrleans.Upstreams.OpenAI;
using BeastOrleans.Upstreams.Translation;

namespace BeastOrleans.Upstreams.Anthropic;

/// <summary>Reads a whole message that is handed on as it came: is it one, what did it use, how much does it say.</summary>
internal static class MessagesAnswer
{
    /// <returns>False when the body is no whole message.</returns>
    public static bool TryRead(ReadOnlySpan<byte> body, out TokenUsage usage, out int characters)
    {
        usage = default;
        characters = 0;
        try
        {
            return JsonText.IsWellFormed(body) && ReadRoot(body, ref usage, ref characters);
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static bool ReadRoot(ReadOnlySpan<byte> body, ref TokenUsage usage, ref int characters)
    {
        var reader = new Utf8JsonReader(body);
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            return false;
        }

        var (hasContent, hasStop) = (false, false);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isContent = reader.ValueTextEquals("content"u8);
            var isStop = reader.ValueTextEquals("stop_reason"u8);
            var isUsage = reader.ValueTextEquals("usage"u8);
            reader.Read();
            if (isContent && reader.TokenType == JsonTokenType.StartArray)
            {
                hasContent = true;
                characters = CountStrings(ref reader);
            }
            else if (isUsage && reader.TokenType == JsonTokenType.StartObject)
            {
                var reported = default(MessagesUsage);
                reported.Read(ref reader, isFinal: true);
                usage = reported.Total;
            }
            else
            {
                hasStop |= isStop && reader.TokenType == JsonTokenType.String;
                reader.Skip();
            }
        }

        // Anything but white space behind the object throws.
        reader.Read();
        return hasContent && hasStop;
    }

    /// <summary>All strings in the blocks: a little more than the text, and only counted on where no usage is told.</summary>
    private static int CountStrings(ref Utf8JsonReader reader)
    {
        var depth = reader.CurrentDepth;
        var characters = 0;
        while (reader.Read() && reader.CurrentDepth > depth)
        {
            if (reader.TokenType == JsonTokenType.String)
            {
                characters += JsonText.CountCharacters(ref reader);
            }
        }

        return characters;
    }
}
