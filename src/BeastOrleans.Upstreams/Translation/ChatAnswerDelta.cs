using System.Text.Json;
using BeastOrleans.Upstreams.OpenAI;

namespace BeastOrleans.Upstreams.Translation;

/// <summary>
/// The first choice of a chat chunk, or of a whole completion: the two differ in the word for what is said (delta,
/// message) only. Spans are slices of the JSON; texts without their quotes, escapes as they stand.
/// </summary>
internal ref struct ChatAnswerDelta
{
    public ReadOnlySpan<byte> Content { get; private set; }

    public ReadOnlySpan<byte> Reasoning { get; private set; }

    public ReadOnlySpan<byte> Refusal { get; private set; }

    /// <summary>The elements of <c>logprobs.content</c>, without the brackets.</summary>
    public ReadOnlySpan<byte> Logprobs { get; private set; }

    /// <summary>The array <c>tool_calls</c>.</summary>
    public ReadOnlySpan<byte> ToolCalls { get; private set; }

    public string? FinishReason { get; private set; }

    public string? Model { get; private set; }

    public string? ServiceTier { get; private set; }

    public bool HasChoice { get; private set; }

    /// <summary>False for what is no JSON object of this shape; nothing of it is used then.</summary>
    public static bool TryRead(ReadOnlySpan<byte> json, out ChatAnswerDelta found) => TryRead(json, isWhole: false, out found);

    /// <summary>A whole completion. Where no choice has the index 0, as some servers count from 1, the first is the answer.</summary>
    public static bool TryReadWhole(ReadOnlySpan<byte> json, out ChatAnswerDelta found) => TryRead(json, isWhole: true, out found);

    private static bool TryRead(ReadOnlySpan<byte> json, bool isWhole, out ChatAnswerDelta found)
    {
        found = default;
        try
        {
            return JsonText.IsWellFormed(json) && found.ReadRoot(json, isWhole);
        }
        catch (JsonException)
        {
            found = default;
            return false;
        }
    }

    private bool ReadRoot(ReadOnlySpan<byte> json, bool isWhole)
    {
        var reader = new Utf8JsonReader(json);
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            return false;
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isChoices = reader.ValueTextEquals("choices"u8);
            var isModel = reader.ValueTextEquals("model"u8);
            var isTier = reader.ValueTextEquals("service_tier"u8);
            reader.Read();
            if (isChoices && reader.TokenType == JsonTokenType.StartArray)
            {
                ReadChoices(ref reader, json, isWhole);
                continue;
            }

            if (reader.TokenType == JsonTokenType.String)
            {
                Model = isModel ? reader.GetString() : Model;
                ServiceTier = isTier ? reader.GetString() : ServiceTier;
            }

            reader.Skip();
        }

        reader.Read();
        return true;
    }

    /// <summary>
    /// Responses has one answer: of several choices, the one of index 0. A chunk without it says nothing of that answer,
    /// a whole completion has no other.
    /// </summary>
    private void ReadChoices(ref Utf8JsonReader reader, ReadOnlySpan<byte> json, bool isWhole)
    {
        var first = default(ChatAnswerDelta);
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.StartObject)
            {
                reader.Skip();
                continue;
            }

            var choice = default(ChatAnswerDelta);
            var isOurs = choice.ReadChoice(ref reader, json);
            choice.HasChoice = true;
            first = first.HasChoice ? first : choice;
            if (isOurs && !HasChoice)
            {
                Become(choice);
            }
        }

        if (isWhole && !HasChoice && first.HasChoice)
        {
            Become(first);
        }
    }

    private void Become(ChatAnswerDelta choice)
    {
        choice.Model = Model;
        choice.ServiceTier = ServiceTier;
        this = choice;
    }

    /// <returns>It is the one of index 0.</returns>
    private bool ReadChoice(ref Utf8JsonReader reader, ReadOnlySpan<byte> json)
    {
        var index = 0;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isSaid = reader.ValueTextEquals("delta"u8) || reader.ValueTextEquals("message"u8);
            var isReason = reader.ValueTextEquals("finish_reason"u8);
            var isIndex = reader.ValueTextEquals("index"u8);
            var isLogprobs = reader.ValueTextEquals("logprobs"u8);
            reader.Read();
            if ((isSaid || isLogprobs) && reader.TokenType == JsonTokenType.StartObject)
            {
                ReadSaid(ref reader, json, isLogprobs);
                continue;
            }

            if (isReason && reader.TokenType == JsonTokenType.String && reader.ValueSpan.Length > 0)
            {
                FinishReason = reader.GetString();
            }
            else if (isIndex && reader.TokenType == JsonTokenType.Number)
            {
                reader.TryGetInt32(out index);
            }

            reader.Skip();
        }

        return index == 0;
    }

    private void ReadSaid(ref Utf8JsonReader reader, ReadOnlySpan<byte> json, bool isLogprobs)
    {
        var hasPlainReasoning = false;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isContent = reader.ValueTextEquals("content"u8);
            var isRefusal = reader.ValueTextEquals("refusal"u8);
            var isCalls = reader.ValueTextEquals("tool_calls"u8);
            var isThought = reader.ValueTextEquals("reasoning_content"u8);
            var isReasoning = reader.ValueTextEquals("reasoning"u8);
            reader.Read();
            if (reader.TokenType == JsonTokenType.String && !isLogprobs && reader.ValueSpan.Length > 0)
            {
                Content = isContent ? reader.ValueSpan : Content;
                Refusal = isRefusal ? reader.ValueSpan : Refusal;

                // Some servers say their reasoning under both names.
                Reasoning = isThought || (isReasoning && !hasPlainReasoning) ? reader.ValueSpan : Reasoning;
                hasPlainReasoning |= isThought;
            }

            var start = (int)reader.TokenStartIndex;
            var isList = reader.TokenType == JsonTokenType.StartArray;
            reader.Skip();
            if (isList && (isLogprobs ? isContent : isCalls))
            {
                var list = json[start..(int)reader.BytesConsumed];
                Logprobs = isLogprobs ? list[1..^1].Trim(" \t\r\n"u8) : Logprobs;
                ToolCalls = isLogprobs ? ToolCalls : list;
            }
        }
    }
}
