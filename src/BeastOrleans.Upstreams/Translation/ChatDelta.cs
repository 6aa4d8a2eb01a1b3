using System.Text.Json;
using BeastOrleans.Contracts.Usage;
using BeastOrleans.Upstreams.OpenAI;

namespace BeastOrleans.Upstreams.Translation;

/// <summary>
/// What one pass over a streamed chat chunk found of its first choice. Texts are JSON strings without their quotes:
/// escapes mean the same in both dialects, so they are handed on raw.
/// </summary>
internal ref struct ChatDelta
{
    private ReadOnlySpan<byte> _data;

    public ReadOnlySpan<byte> Text { get; private set; }

    public ReadOnlySpan<byte> Refusal { get; private set; }

    public ReadOnlySpan<byte> Thinking { get; private set; }

    /// <summary>The array <c>tool_calls</c> as it stands; empty when there is none.</summary>
    public ReadOnlySpan<byte> ToolCalls { get; private set; }

    /// <summary>The array <c>content</c>, where an upstream writes parts in the place of a text.</summary>
    public ReadOnlySpan<byte> Parts { get; private set; }

    public string? FinishReason { get; private set; }

    /// <summary>The stop sequence that was met, where an upstream tells.</summary>
    public string? StopSequence { get; private set; }

    public bool HasUsage { get; private set; }

    public TokenUsage Usage { get; private set; }

    /// <summary>Bounds of the strings in the chunk: they are made only when asked for.</summary>
    private (int Start, int Length) _id;
    private (int Start, int Length) _model;

    public readonly string? Id => StringAt(_id);

    public readonly string? Model => StringAt(_model);

    /// <summary>False when the data is no chunk.</summary>
    public static bool TryRead(ReadOnlySpan<byte> data, out ChatDelta delta)
    {
        delta = new ChatDelta { _data = data };
        try
        {
            return JsonText.IsWellFormed(data) && delta.ReadRoot();
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private bool ReadRoot()
    {
        var reader = new Utf8JsonReader(_data);
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            return false;
        }

        var isChunk = false;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isChoices = reader.ValueTextEquals("choices"u8);
            var isUsage = reader.ValueTextEquals("usage"u8);
            var isId = reader.ValueTextEquals("id"u8);
            var isModel = reader.ValueTextEquals("model"u8);
            reader.Read();
            if (isChoices && reader.TokenType == JsonTokenType.StartArray)
            {
                isChunk = true;
                ReadChoices(ref reader);
            }
            else if (isUsage && reader.TokenType == JsonTokenType.StartObject)
            {
                HasUsage = true;
                Usage = UsageJson.Read(ref reader);
            }
            else if ((isId || isModel) && reader.TokenType == JsonTokenType.String)
            {
                (isId ? ref _id : ref _model) = Bounds(ref reader);
            }
            else
            {
                reader.Skip();
            }
        }

        // Anything but white space behind the object throws.
        reader.Read();
        return isChunk;
    }

    private void ReadChoices(ref Utf8JsonReader reader)
    {
        for (var place = 0; reader.Read() && reader.TokenType != JsonTokenType.EndArray; place++)
        {
            if (reader.TokenType == JsonTokenType.StartObject && IndexOf(reader, place) == 0)
            {
                ReadChoice(ref reader);
            }
            else
            {
                reader.Skip();
            }
        }
    }

    /// <summary>One answer was asked for; a stray second one is not mixed into it.</summary>
    private static int IndexOf(Utf8JsonReader ahead, int place)
    {
        while (ahead.Read() && ahead.TokenType == JsonTokenType.PropertyName)
        {
            var isIndex = ahead.ValueTextEquals("index"u8);
            ahead.Read();
            if (isIndex)
            {
                return ahead.TokenType == JsonTokenType.Number && ahead.TryGetInt32(out var index) ? index : place;
            }

            ahead.Skip();
        }

        return place;
    }

    private void ReadChoice(ref Utf8JsonReader reader)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isDelta = reader.ValueTextEquals("delta"u8);
            var isFinish = reader.ValueTextEquals("finish_reason"u8);
            var isStop = reader.ValueTextEquals("stop_reason"u8);
            reader.Read();
            if (isDelta && reader.TokenType == JsonTokenType.StartObject)
            {
                ReadDelta(ref reader);
                continue;
            }

            if (reader.TokenType == JsonTokenType.String && reader.ValueSpan.Length > 0)
            {
                FinishReason = isFinish ? reader.GetString() : FinishReason;
                StopSequence = isStop ? reader.GetString() : StopSequence;
            }

            reader.Skip();
        }
    }

    private void ReadDelta(ref Utf8JsonReader reader)
    {
        ReadOnlySpan<byte> reasoning = default;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isText = reader.ValueTextEquals("content"u8);
            var isThinking = reader.ValueTextEquals("reasoning_content"u8);
            var isReasoning = reader.ValueTextEquals("reasoning"u8);
            var isRefusal = reader.ValueTextEquals("refusal"u8);
            var isCalls = reader.ValueTextEquals("tool_calls"u8);
            reader.Read();
            if (reader.TokenType == JsonTokenType.String)
            {
                Text = isText ? reader.ValueSpan : Text;
                Thinking = isThinking ? reader.ValueSpan : Thinking;
                Refusal = isRefusal ? reader.ValueSpan : Refusal;
                reasoning = isReasoning ? reader.ValueSpan : reasoning;
            }
            else if (reader.TokenType == JsonTokenType.StartArray && (isCalls || isText))
            {
                var start = (int)reader.TokenStartIndex;
                reader.Skip();
                var array = _data[start..(int)reader.BytesConsumed];
                ToolCalls = isCalls ? array : ToolCalls;
                Parts = isText ? array : Parts;
                continue;
            }

            reader.Skip();
        }

        // Two names for one thing; who sends both sends the same.
        Thinking = Thinking.IsEmpty ? reasoning : Thinking;
    }

    private static (int Start, int Length) Bounds(ref Utf8JsonReader reader) =>
        ((int)reader.TokenStartIndex, (int)(reader.BytesConsumed - reader.TokenStartIndex));

    private readonly string? StringAt((int Start, int Length) bounds)
    {
        if (bounds.Length == 0)
        {
            return null;
        }

        var reader = new Utf8JsonReader(_data.Slice(bounds.Start, bounds.Length));
        reader.Read();
        return reader.GetString();
    }
}
