using System.Text.Json;
using BeastOrleans.Contracts.Usage;

namespace BeastOrleans.Upstreams.OpenAI;

/// <summary>Is this a whole chat completion? One pass; the bytes stay as they are.</summary>
internal static class ChatCompletionReader
{
    internal enum Verdict
    {
        Malformed = 0,

        /// <summary>An <c>error</c> stands in it.</summary>
        Error = 1,

        Answer = 2,
    }

    /// <param name="body">UTF-8.</param>
    /// <param name="usage">What the answer reports.</param>
    /// <param name="characters">Of content in all its choices.</param>
    public static Verdict Read(ReadOnlySpan<byte> body, out TokenUsage usage, out int characters)
    {
        usage = default;
        characters = 0;
        try
        {
            return JsonText.IsWellFormed(body) ? ReadRoot(body, ref usage, ref characters) : Verdict.Malformed;
        }
        catch (JsonException)
        {
            return Verdict.Malformed;
        }
    }

    private static Verdict ReadRoot(ReadOnlySpan<byte> body, ref TokenUsage usage, ref int characters)
    {
        var reader = new Utf8JsonReader(body);
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            return Verdict.Malformed;
        }

        var verdict = Verdict.Malformed;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("choices"u8))
            {
                reader.Read();
                verdict = ReadChoices(ref reader, ref characters) ? Verdict.Answer : Verdict.Malformed;
            }
            else if (reader.ValueTextEquals("error"u8))
            {
                reader.Read();
                if (reader.TokenType is JsonTokenType.StartObject or JsonTokenType.String)
                {
                    return Verdict.Error;
                }

                reader.Skip();
            }
            else if (reader.ValueTextEquals("usage"u8))
            {
                reader.Read();
                if (reader.TokenType == JsonTokenType.StartObject)
                {
                    usage = UsageJson.Read(ref reader);
                }
                else
                {
                    reader.Skip();
                }
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

    private static bool ReadChoices(ref Utf8JsonReader reader, ref int characters)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            reader.Skip();
            return false;
        }

        var good = 0;
        var bad = 0;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType == JsonTokenType.StartObject && ReadChoice(ref reader, ref characters))
            {
                good++;
            }
            else
            {
                reader.Skip();
                bad++;
            }
        }

        return good > 0 && bad == 0;
    }

    /// <summary>A message with a finish reason; some servers leave the reason out, then the message must say something.</summary>
    private static bool ReadChoice(ref Utf8JsonReader reader, ref int characters)
    {
        var hasMessage = false;
        var hasContent = false;
        var finished = false;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isMessage = reader.ValueTextEquals("message"u8);
            var isReason = reader.ValueTextEquals("finish_reason"u8);
            reader.Read();
            if (isMessage && reader.TokenType == JsonTokenType.StartObject)
            {
                hasMessage = true;
                var said = DeltaReader.Read(ref reader);
                hasContent = said.HasContent;
                characters += said.Characters;
            }
            else
            {
                finished |= isReason && reader.TokenType == JsonTokenType.String;
                reader.Skip();
            }
        }

        return hasMessage && (finished || hasContent);
    }
}
