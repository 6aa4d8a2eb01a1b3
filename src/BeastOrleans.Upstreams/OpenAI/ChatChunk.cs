using System.Text.Json;
using BeastOrleans.Contracts.Usage;

namespace BeastOrleans.Upstreams.OpenAI;

/// <summary>What one pass over a streamed chunk found; or over a legacy completion, whole or a chunk of it (the same shape).</summary>
internal ref struct ChatChunk
{
    private const int MaxTrackedChoices = 64;

    /// <summary>Valid JSON with <c>choices</c> or an error: a chunk, as far as a client could read it.</summary>
    public bool IsChunk { get; private set; }

    public bool IsError { get; private set; }

    public bool HasUsage { get; private set; }

    public TokenUsage Usage { get; private set; }

    public bool HasChoices { get; private set; }

    public bool HasContent { get; private set; }

    /// <summary>Legacy completions: each choice has a text, be it empty.</summary>
    public bool AllHaveText { get; private set; }

    public int Characters { get; private set; }

    /// <summary>One bit for each choice in this chunk.</summary>
    public ulong Seen { get; private set; }

    /// <summary>One bit for each choice that this chunk finishes.</summary>
    public ulong Finished { get; private set; }

    /// <param name="data">UTF-8.</param>
    /// <param name="isLegacy">Content stands in the choices' <c>text</c>, not in their <c>delta</c>.</param>
    public static ChatChunk Read(ReadOnlySpan<byte> data, bool isLegacy = false)
    {
        var chunk = default(ChatChunk);
        try
        {
            if (JsonText.IsWellFormed(data))
            {
                chunk.ReadRoot(data, isLegacy);
            }
        }
        catch (JsonException)
        {
            chunk = default;
        }

        return chunk;
    }

    private void ReadRoot(ReadOnlySpan<byte> data, bool isLegacy)
    {
        var reader = new Utf8JsonReader(data);
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            return;
        }

        var isChunk = false;
        AllHaveText = isLegacy;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isChoices = reader.ValueTextEquals("choices"u8);
            var isError = reader.ValueTextEquals("error"u8);
            var isUsage = reader.ValueTextEquals("usage"u8);
            reader.Read();
            if (isChoices && reader.TokenType == JsonTokenType.StartArray)
            {
                isChunk = true;
                ReadChoices(ref reader, isLegacy);
            }
            else if (isUsage && reader.TokenType == JsonTokenType.StartObject)
            {
                HasUsage = true;
                Usage = UsageJson.Read(ref reader);
            }
            else
            {
                IsError |= isError && reader.TokenType is JsonTokenType.StartObject or JsonTokenType.String;
                reader.Skip();
            }
        }

        // Anything but white space behind the object throws.
        reader.Read();
        IsChunk = isChunk || IsError;
    }

    private void ReadChoices(ref Utf8JsonReader reader, bool isLegacy)
    {
        for (var place = 0; reader.Read() && reader.TokenType != JsonTokenType.EndArray; place++)
        {
            HasChoices = true;
            if (reader.TokenType == JsonTokenType.StartObject)
            {
                ReadChoice(ref reader, place, isLegacy);
            }
            else
            {
                AllHaveText = false;
                reader.Skip();
            }
        }
    }

    private void ReadChoice(ref Utf8JsonReader reader, int place, bool isLegacy)
    {
        var index = place;
        var (finished, hasText) = (false, false);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isDelta = !isLegacy && reader.ValueTextEquals("delta"u8);
            var isText = isLegacy && reader.ValueTextEquals("text"u8);
            var isReason = reader.ValueTextEquals("finish_reason"u8);
            var isIndex = reader.ValueTextEquals("index"u8);
            reader.Read();
            if (isDelta && reader.TokenType == JsonTokenType.StartObject)
            {
                var (characters, hasContent) = DeltaReader.Read(ref reader);
                Characters += characters;
                HasContent |= hasContent;
                continue;
            }

            if (isText && reader.TokenType == JsonTokenType.String)
            {
                hasText = true;
                HasContent |= reader.ValueSpan.Length > 0;
                Characters += JsonText.CountCharacters(ref reader);
            }

            finished |= isReason && reader.TokenType == JsonTokenType.String && reader.ValueSpan.Length > 0;
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
