using System.Text.Json;
using BeastOrleans.Contracts.Usage;
using BeastOrleans.Upstreams.OpenAI;

namespace BeastOrleans.Upstreams.Translation;

/// <summary>What one pass over a <c>GenerateContentResponse</c> found: a whole answer, or one event of a stream. Used again for the next.</summary>
internal sealed class GeminiAnswer
{
    private const int MaxCandidates = 64;

    private readonly List<GeminiCandidate> _candidates = [];

    /// <summary>How many of the candidates belong to this event.</summary>
    private int _count;

    /// <summary>The answer's id, the same in every event; null when none was given.</summary>
    public string? Id { get; private set; }

    public string? Model { get; private set; }

    /// <summary>The last that was said.</summary>
    public TokenUsage Usage { get; private set; }

    /// <summary>Why the prompt was not answered; null when it was.</summary>
    public string? BlockReason { get; private set; }

    public bool IsError { get; private set; }

    public ReadOnlySpan<GeminiCandidate> Candidates => System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_candidates)[.._count];

    /// <summary>False when the bytes are no valid response; what they said is then forgotten, but for the usage known before.</summary>
    public bool Read(ReadOnlySpan<byte> data)
    {
        _count = 0;
        BlockReason = null;
        IsError = false;
        var known = Usage;
        try
        {
            if (JsonText.IsWellFormed(data) && ReadRoot(data))
            {
                return true;
            }
        }
        catch (JsonException)
        {
            // No JSON: the same as a response of another form.
        }

        _count = 0;
        Usage = known;
        return false;
    }

    private bool ReadRoot(ReadOnlySpan<byte> data)
    {
        var reader = new Utf8JsonReader(data);
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            return false;
        }

        var isResponse = false;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isCandidates = reader.ValueTextEquals("candidates"u8);
            var isUsage = reader.ValueTextEquals("usageMetadata"u8);
            var isFeedback = reader.ValueTextEquals("promptFeedback"u8);
            var isError = reader.ValueTextEquals("error"u8);
            var isId = reader.ValueTextEquals("responseId"u8);
            var isModel = reader.ValueTextEquals("modelVersion"u8);
            reader.Read();
            switch (reader.TokenType)
            {
                case JsonTokenType.StartArray when isCandidates:
                    isResponse = true;
                    ReadCandidates(ref reader, data);
                    continue;
                case JsonTokenType.StartObject when isUsage:
                    isResponse = true;
                    Usage = GeminiUsage.Read(ref reader);
                    continue;
                case JsonTokenType.StartObject when isFeedback:
                    isResponse = true;
                    ReadFeedback(ref reader);
                    continue;
                case JsonTokenType.StartObject when isError:
                    IsError = true;
                    break;
                case JsonTokenType.String when isId:
                    Id ??= reader.GetString();
                    break;
                case JsonTokenType.String when isModel:
                    Model ??= reader.GetString();
                    break;
            }

            reader.Skip();
        }

        // Anything but white space behind the object throws.
        reader.Read();
        return isResponse || IsError;
    }

    private void ReadCandidates(ref Utf8JsonReader reader, ReadOnlySpan<byte> data)
    {
        for (var place = 0; reader.Read() && reader.TokenType != JsonTokenType.EndArray; place++)
        {
            if (reader.TokenType != JsonTokenType.StartObject || _count == MaxCandidates)
            {
                reader.Skip();
                continue;
            }

            if (_candidates.Count == _count)
            {
                _candidates.Add(new GeminiCandidate());
            }

            _candidates[_count++].Read(ref reader, data, place);
        }
    }

    private void ReadFeedback(ref Utf8JsonReader reader)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isReason = reader.ValueTextEquals("blockReason"u8);
            reader.Read();
            if (isReason && reader.TokenType == JsonTokenType.String)
            {
                BlockReason = reader.GetString();
            }

            reader.Skip();
        }
    }
}
