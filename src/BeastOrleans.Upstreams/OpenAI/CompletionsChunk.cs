using System.Text.Json;
using BeastOrleans.Contracts.Usage;

namespace BeastOrleans.Upstreams.OpenAI;

/// <summary>What one pass over a legacy completion, or a chunk of one (the same shape), found.</summary>
internal ref struct CompletionsChunk
{
    private const int MaxTrackedChoices = 64;

    /// <summary>Valid JSON with <c>choices</c> or an error.</summary>
    public bool IsChunk { get; private set; }

    public bool IsError { get; private set; }

    public bool HasUsage { get; private set; }

    public TokenUsage Usage { get; private set; }

    public bool HasChoices { get; private set; }

    public bool AllHaveText { get; private set; }

    /// <summary>A choice has a text that is not empty.</summary>
    public bool HasContent { get; private set; }

    public int Characters { get; private set; }

    /// <summary>One bit for each choice in this chunk.</summary>
    public ulong Seen { get; private set; }

    /// <summary>One bit for each choice that this chunk finishes.</summary>
    public ulong Finished { get; private set; }

    public static CompletionsChunk Read(ReadOnlySpan<byte> data)
    {
        var chunk = default(CompletionsChunk);
        try
        {
            if (JsonText.IsWellFormed(data))
            {
                chunk.ReadRoot(data);
            }
        }
        catch (JsonException)
        {
            chunk = default;
        }

        return chunk;
    }

    private void ReadRoot(ReadOnlySpan<byte> data)
    {
        var reader = new Utf8JsonReader(data);
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            return;
        }

        var isChunk = false;
        AllHaveText = true;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isChoices = reader.ValueTextEquals("choices"u8);
            var isError = reader.ValueTextEquals("error"u8);
            var isUsage = reader.ValueTextEquals("usage"u8);
            reader.Read();
            if (isChoices && reader.TokenType == JsonTokenType.StartArray)
            {
                isChunk = true;
                for (var place = 0; reader.Read() && reader.TokenType != JsonTokenType.EndArray; place++)
                {
                    HasChoices = true;
                    ReadChoice(ref reader, place);
                }
            }
            else if (isUsage && reader.TokenType == JsonTokenType.StartObject)
            {
                HasUsage = true;
                Usage = UsageJson.Read(ref reader);
            }
            else
            {
                IsError |= isError && (reader.TokenType is JsonTokenType.StartObject or JsonTokenType.String);
                reader.Skip();
            }
        }

        // Anything but white space behind the object throws.
        reader.Read();
        IsChunk = isChunk || IsError;
    }

    private void ReadChoice(ref Utf8JsonReader reader, int place)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            AllHaveText = false;
            reader.Skip();
            return;
        }

        var index = place;
        bool finished = false, hasText = false;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isText = reader.ValueTextEquals("text"u8);
            var isReason = reader.ValueTextEquals("finish_reason"u8);
            var isIndex = reader.ValueTextEquals("index"u8);
            reader.Read();
            if (reader.TokenType == JsonTokenType.String)
            {
                hasText |= isText;
                HasContent |= isText && reader.ValueSpan.Length > 0;
                Characters += isText ? JsonText.CountCharacters(ref reader) : 0;
                finished |= isReason && reader.ValueSpan.Length > 0;
            }

            if (isIndex && reader.TokenType == JsonTokenType.Number && reader.TryGetInt32(out var number) && number >= 0)
            {
                index = number;
            }

            reader.Skip();
        }

        AllHaveText &= hasText;
        var bit = 1UL << Math.Min(index, MaxTrackedChoices - 1);
        Seen |= bit;
        Finished |= finished ? bit : 0;
    }
}
