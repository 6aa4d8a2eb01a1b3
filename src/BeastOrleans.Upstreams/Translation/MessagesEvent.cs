using System.Text.Json;
using BeastOrleans.Upstreams.OpenAI;

namespace BeastOrleans.Upstreams.Translation;

internal enum MessagesEventKind
{
    /// <summary>No valid event of this dialect.</summary>
    Undecodable = 0,
    Start = 1,
    Text = 2,
    Thinking = 3,
    Delta = 4,
    Stop = 5,
    Error = 6,

    /// <summary>Valid and of no interest: pings, block starts and stops, signatures, events of later versions.</summary>
    Ignored = 7,
}

/// <summary>What one pass over an event of an Anthropic stream found.</summary>
internal ref struct MessagesEvent
{
    public MessagesEventKind Kind { get; private set; }

    /// <summary>The delta's text as its JSON token, quotes included: escapes mean the same in both dialects, so it is handed on raw.</summary>
    public ReadOnlySpan<byte> Text { get; private set; }

    public int Characters { get; private set; }

    public string? StopReason { get; private set; }

    public string? Id { get; private set; }

    public string? Model { get; private set; }

    /// <param name="usage">Takes what the event says of usage.</param>
    public static MessagesEvent Read(ReadOnlySpan<byte> data, ref MessagesUsage usage)
    {
        var found = default(MessagesEvent);
        try
        {
            if (JsonText.IsWellFormed(data))
            {
                found.ReadRoot(data, ref usage);
            }
        }
        catch (JsonException)
        {
            found = default;
        }

        return found;
    }

    private void ReadRoot(ReadOnlySpan<byte> data, ref MessagesUsage usage)
    {
        var reader = new Utf8JsonReader(data);
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            return;
        }

        var kind = MessagesEventKind.Undecodable;
        var delta = MessagesEventKind.Ignored;
        var grown = usage;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isType = reader.ValueTextEquals("type"u8);
            var isMessage = reader.ValueTextEquals("message"u8);
            var isDelta = reader.ValueTextEquals("delta"u8);
            var isUsage = reader.ValueTextEquals("usage"u8);
            reader.Read();
            if (isType && reader.TokenType == JsonTokenType.String)
            {
                kind = KindOf(ref reader);
            }
            else if (isMessage && reader.TokenType == JsonTokenType.StartObject)
            {
                ReadMessage(ref reader, ref grown);
            }
            else if (isDelta && reader.TokenType == JsonTokenType.StartObject)
            {
                delta = ReadDelta(ref reader, data);
            }
            else if (isUsage && reader.TokenType == JsonTokenType.StartObject)
            {
                grown.Read(ref reader, isFinal: true);
            }
            else
            {
                reader.Skip();
            }
        }

        // Anything but white space behind the object throws.
        reader.Read();
        usage = grown;
        Kind = kind == MessagesEventKind.Text ? delta : kind;
    }

    private static MessagesEventKind KindOf(ref Utf8JsonReader reader)
    {
        if (reader.ValueTextEquals("content_block_delta"u8))
        {
            return MessagesEventKind.Text;
        }

        if (reader.ValueTextEquals("message_start"u8))
        {
            return MessagesEventKind.Start;
        }

        if (reader.ValueTextEquals("message_delta"u8))
        {
            return MessagesEventKind.Delta;
        }

        if (reader.ValueTextEquals("message_stop"u8))
        {
            return MessagesEventKind.Stop;
        }

        return reader.ValueTextEquals("error"u8) ? MessagesEventKind.Error : MessagesEventKind.Ignored;
    }

    private void ReadMessage(ref Utf8JsonReader reader, ref MessagesUsage usage)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isId = reader.ValueTextEquals("id"u8);
            var isModel = reader.ValueTextEquals("model"u8);
            var isUsage = reader.ValueTextEquals("usage"u8);
            reader.Read();
            if (isUsage && reader.TokenType == JsonTokenType.StartObject)
            {
                usage.Read(ref reader, isFinal: false);
                continue;
            }

            if (reader.TokenType == JsonTokenType.String)
            {
                Id = isId ? reader.GetString() : Id;
                Model = isModel ? reader.GetString() : Model;
            }

            reader.Skip();
        }
    }

    private MessagesEventKind ReadDelta(ref Utf8JsonReader reader, ReadOnlySpan<byte> data)
    {
        var kind = MessagesEventKind.Ignored;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isText = reader.ValueTextEquals("text"u8);
            var isThinking = reader.ValueTextEquals("thinking"u8);
            var isStop = reader.ValueTextEquals("stop_reason"u8);
            reader.Read();
            if (reader.TokenType == JsonTokenType.String)
            {
                if ((isText || isThinking) && reader.ValueSpan.Length > 0)
                {
                    kind = isText ? MessagesEventKind.Text : MessagesEventKind.Thinking;
                    Text = data[(int)reader.TokenStartIndex..(int)reader.BytesConsumed];
                    Characters = JsonText.CountCharacters(ref reader);
                }
                else if (isStop)
                {
                    StopReason = reader.GetString();
                }
            }

            reader.Skip();
        }

        return kind;
    }
}
