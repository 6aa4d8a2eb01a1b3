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

    /// <summary>Valid and of no interest: pings, starts and stops of texts, events of later versions.</summary>
    Ignored = 7,

    /// <summary>A call begins.</summary>
    Call = 8,

    /// <summary>A piece of a call's arguments.</summary>
    Arguments = 9,

    /// <summary>A block ends, a call's or another's.</summary>
    BlockStop = 10,
}

/// <summary>What one pass over an event of an Anthropic stream found.</summary>
internal ref struct MessagesEvent
{
    public MessagesEventKind Kind { get; private set; }

    /// <summary>The event's <c>type</c>, escapes as they stand.</summary>
    public ReadOnlySpan<byte> Type { get; private set; }

    /// <summary>The delta's text as its JSON token, quotes included, empty for thinking that is not shown: escapes mean the same in both dialects, so it is handed on raw.</summary>
    public ReadOnlySpan<byte> Text { get; private set; }

    public int Characters { get; private set; }

    /// <summary>Of the block that the event belongs to.</summary>
    public int Index { get; private set; }

    /// <summary>A call's id and name as JSON tokens; empty when none was given.</summary>
    public ReadOnlySpan<byte> CallId { get; private set; }

    public ReadOnlySpan<byte> CallName { get; private set; }

    /// <summary>Arguments given with the call's beginning, raw: an object, most often empty.</summary>
    public ReadOnlySpan<byte> CallInput { get; private set; }

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
        var block = MessagesEventKind.Ignored;
        var grown = usage;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isType = reader.ValueTextEquals("type"u8);
            var isMessage = reader.ValueTextEquals("message"u8);
            var isDelta = reader.ValueTextEquals("delta"u8);
            var isUsage = reader.ValueTextEquals("usage"u8);
            var isBlock = reader.ValueTextEquals("content_block"u8);
            var isIndex = reader.ValueTextEquals("index"u8);
            reader.Read();
            if (isType && reader.TokenType == JsonTokenType.String)
            {
                kind = KindOf(ref reader);
                Type = data[((int)reader.TokenStartIndex + 1)..((int)reader.BytesConsumed - 1)];
            }
            else if (isIndex && reader.TokenType == JsonTokenType.Number && reader.TryGetInt32(out var index))
            {
                Index = index;
            }
            else if (isBlock && reader.TokenType == JsonTokenType.StartObject)
            {
                block = ReadBlock(ref reader, data);
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
        Kind = kind switch
        {
            MessagesEventKind.Text => delta,
            MessagesEventKind.Call => block,
            _ => kind,
        };
    }

    private static MessagesEventKind KindOf(ref Utf8JsonReader reader)
    {
        if (reader.ValueTextEquals("content_block_delta"u8))
        {
            return MessagesEventKind.Text;
        }

        if (reader.ValueTextEquals("content_block_start"u8))
        {
            return MessagesEventKind.Call;
        }

        if (reader.ValueTextEquals("content_block_stop"u8))
        {
            return MessagesEventKind.BlockStop;
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

    /// <summary>Only calls say something when they begin.</summary>
    private MessagesEventKind ReadBlock(ref Utf8JsonReader reader, ReadOnlySpan<byte> data)
    {
        var isCall = false;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isType = reader.ValueTextEquals("type"u8);
            var isId = reader.ValueTextEquals("id"u8);
            var isName = reader.ValueTextEquals("name"u8);
            var isInput = reader.ValueTextEquals("input"u8);
            reader.Read();
            var start = (int)reader.TokenStartIndex;
            if (reader.TokenType == JsonTokenType.String)
            {
                var token = data[start..(int)reader.BytesConsumed];
                isCall |= isType && reader.ValueTextEquals("tool_use"u8);
                CallId = isId ? token : CallId;
                CallName = isName ? token : CallName;
                Characters += isName ? JsonText.CountCharacters(ref reader) : 0;
            }

            var isObject = reader.TokenType == JsonTokenType.StartObject;
            reader.Skip();
            CallInput = isInput && isObject ? data[start..(int)reader.BytesConsumed] : CallInput;
        }

        return isCall ? MessagesEventKind.Call : MessagesEventKind.Ignored;
    }

    private MessagesEventKind ReadDelta(ref Utf8JsonReader reader, ReadOnlySpan<byte> data)
    {
        var kind = MessagesEventKind.Ignored;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isText = reader.ValueTextEquals("text"u8);
            var isThinking = reader.ValueTextEquals("thinking"u8);
            var isArguments = reader.ValueTextEquals("partial_json"u8);
            var isSignature = reader.ValueTextEquals("signature"u8);
            var isStop = reader.ValueTextEquals("stop_reason"u8);
            reader.Read();
            if (reader.TokenType == JsonTokenType.String)
            {
                if ((isText || isThinking || isArguments) && reader.ValueSpan.Length > 0)
                {
                    kind = isText ? MessagesEventKind.Text : isThinking ? MessagesEventKind.Thinking : MessagesEventKind.Arguments;
                    Text = data[(int)reader.TokenStartIndex..(int)reader.BytesConsumed];
                    Characters = JsonText.CountCharacters(ref reader);
                }
                else if ((isThinking || isSignature) && kind == MessagesEventKind.Ignored)
                {
                    // Thinking that is not shown says no more than this, and is work all the same: silence would be taken for a hang.
                    kind = MessagesEventKind.Thinking;
                    Text = "\"\""u8;
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
