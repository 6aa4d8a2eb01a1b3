using System.Text.Json;
using BeastOrleans.Contracts.Usage;

namespace BeastOrleans.Upstreams.OpenAI;

/// <summary>Reads OpenAI's <c>usage</c> object.</summary>
internal static class UsageJson
{
    /// <summary>The most tokens believed of one count: an upstream that claims more must not overflow the sums of the ledger.</summary>

    /// <summary>The reader stands on the object's start, and on its end afterwards.</summary>
    public static TokenUsage Read(ref Utf8JsonReader reader)
    {
        long input = 0, output = 0, cached = 0, written = 0, reasoning = 0;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("prompt_tokens"u8))
            {
                input = Count(ref reader);
            }
            else if (reader.ValueTextEquals("completion_tokens"u8))
            {
                output = Count(ref reader);
            }
            else if (reader.ValueTextEquals("prompt_tokens_details"u8))
            {
                Details(ref reader, "cached_tokens"u8, ref cached, "cache_write_tokens"u8, ref written);
            }
            else if (reader.ValueTextEquals("completion_tokens_details"u8))
            {
                Detail(ref reader, "reasoning_tokens"u8, ref reasoning);
            }
            else
            {
                reader.Skip();
            }
        }

        return new TokenUsage
        {
            Input = input,
            Output = output,
            // A part is never more than the whole, whatever the upstream says: prices are subtracted by these.
            CachedInput = Math.Min(cached, input),
            CacheWrite = Math.Min(written, input - Math.Min(cached, input)),
            Reasoning = Math.Min(reasoning, output),
            Source = UsageSource.Reported,
        };
    }

    /// <summary>One count of an object of details; the reader stands on its name before, on its end afterwards.</summary>
    public static void Detail(ref Utf8JsonReader reader, ReadOnlySpan<byte> name, ref long count)
    {
        long none = 0;
        Details(ref reader, name, ref count, default, ref none);
    }

    private static void Details(
        ref Utf8JsonReader reader, ReadOnlySpan<byte> first, ref long firstCount, ReadOnlySpan<byte> second, ref long secondCount)
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            reader.Skip();
            return;
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals(first))
            {
                firstCount = Count(ref reader);
            }
            else if (!second.IsEmpty && reader.ValueTextEquals(second))
            {
                secondCount = Count(ref reader);
            }
            else
            {
                reader.Skip();
            }
        }
    }

    /// <summary>A token count; 0 for null, a negative number or anything else.</summary>
    public static long Count(ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.Number)
        {
            reader.Skip();
            return 0;
        }

        return reader.TryGetInt64(out var whole) ? Math.Clamp(whole, 0, TokenUsage.Most)
            : reader.TryGetDouble(out var number) && double.IsFinite(number) ? (long)Math.Clamp(number, 0, TokenUsage.Most) : 0;
    }
}
