using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace BeastOrleans.Upstreams.Translation;

/// <summary>Which block is open, and what waits for its turn.</summary>
public sealed partial class ChatStreamToMessages
{
    /// <summary>The most calls of one answer; what an upstream sends beyond is not shown.</summary>
    internal const int MaxCalls = 512;

    private readonly List<ChatToolCall> _calls = [];
    private ArrayBufferWriter<byte>? _lateThinking;
    private ArrayBufferWriter<byte>? _lateText;
    private ChatToolCall? _openCall;
    private BlockKind _open;
    private int _index = -1;
    private byte[] _scratch = [];

    private enum BlockKind
    {
        None = 0,
        Thinking = 1,
        Text = 2,
        Tool = 3,
    }

    /// <param name="text">A JSON string's inside.</param>
    private void WriteText(IBufferWriter<byte> output, BlockKind kind, ReadOnlySpan<byte> text)
    {
        if (text.IsEmpty)
        {
            return;
        }

        if (_open == BlockKind.Tool && !_openCall!.IsComplete)
        {
            // The call's arguments go first; they would have nowhere to go once its block is closed.
            var late = kind == BlockKind.Thinking ? _lateThinking ??= new() : _lateText ??= new();
            late.Write(text);
            return;
        }

        if (_open != kind)
        {
            Close(output);
            _open = kind;
            MessagesEvents.BlockStart(output, ++_index, kind == BlockKind.Thinking
                ? """{"type":"thinking","thinking":"","signature":""}"""u8 : """{"type":"text","text":""}"""u8);
        }

        MessagesEvents.Delta(output, _index, kind == BlockKind.Thinking
            ? "\"type\":\"thinking_delta\",\"thinking\":\""u8 : "\"type\":\"text_delta\",\"text\":\""u8, text);
    }

    private void ReadCalls(IBufferWriter<byte> output, ReadOnlySpan<byte> calls)
    {
        if (calls.IsEmpty)
        {
            return;
        }

        var reader = new Utf8JsonReader(calls);
        reader.Read();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType == JsonTokenType.StartObject)
            {
                ReadCall(output, ChatCallDelta.Read(ref reader, calls, place: 0));
            }
            else
            {
                reader.Skip();
            }
        }

        StartCalls(output);
    }

    private void ReadCall(IBufferWriter<byte> output, in ChatCallDelta delta)
    {
        if (FindCall(delta.HasIndex ? delta.Index : null, delta.Id, delta.Name) is not { } call)
        {
            return;
        }

        call.Identify(delta.Id, delta.Name);
        if (delta.Arguments.Length > 0)
        {
            TakeArguments(output, call, delta);
        }
    }

    /// <summary>
    /// By number; where the upstream gives none (or the same to all, as some do) by id, else the last one. A number seen
    /// before with another id and a name is another call.
    /// </summary>
    private ChatToolCall? FindCall(int? index, string? id, string? name)
    {
        ChatToolCall? found = null;
        for (var place = _calls.Count - 1; place >= 0 && found is null; place--)
        {
            var call = _calls[place];
            found = index is null
                ? string.IsNullOrEmpty(id) || call.Id == id ? call : null
                : call.Index == index ? call : null;
        }

        var isAnother = found is not null && !string.IsNullOrEmpty(name)
            && !string.IsNullOrEmpty(id) && !string.IsNullOrEmpty(found.Id) && found.Id != id;
        if ((found is null || isAnother) && _calls.Count < MaxCalls)
        {
            found = new ChatToolCall(index, id);
            _calls.Add(found);
        }

        return found;
    }

    private void TakeArguments(IBufferWriter<byte> output, ChatToolCall call, in ChatCallDelta delta)
    {
        // An object is turned into the text that it should have been.
        var fragment = delta.IsObject ? JsonEncodedText.Encode(delta.Arguments, JavaScriptEncoder.UnsafeRelaxedJsonEscaping).EncodedUtf8Bytes : delta.Arguments;
        if (call == _openCall)
        {
            MessagesEvents.Delta(output, _index, ArgumentsDelta, fragment);
        }
        else if (!call.IsStarted)
        {
            call.Hold(fragment);
        }

        // Else its block was closed when its arguments were: what follows a closed object is no part of it.
        call.Follow(delta, ref _scratch);
    }

    private static ReadOnlySpan<byte> ArgumentsDelta => "\"type\":\"input_json_delta\",\"partial_json\":\""u8;

    /// <summary>Opens the next call's block whenever the one before it has all its arguments.</summary>
    private void StartCalls(IBufferWriter<byte> output)
    {
        foreach (var call in _calls)
        {
            if (_openCall is { IsComplete: false })
            {
                return;
            }

            if (!call.IsStarted)
            {
                if (string.IsNullOrEmpty(call.Name))
                {
                    return;
                }

                StartCall(output, call);
            }
        }
    }

    private void StartCall(IBufferWriter<byte> output, ChatToolCall call)
    {
        Close(output);
        (_open, _openCall, call.IsStarted) = (BlockKind.Tool, call, true);
        MessagesEvents.ToolStart(output, ++_index, MessagesToChat.CallId(call.Id, _id, _calls.IndexOf(call)), call.Name ?? "");
        if (!call.Held.IsEmpty)
        {
            MessagesEvents.Delta(output, _index, ArgumentsDelta, call.Held);
            call.DropHeld();
        }
    }

    private void Close(IBufferWriter<byte> output)
    {
        if (_open != BlockKind.None)
        {
            MessagesEvents.BlockStop(output, _index);
        }

        (_open, _openCall) = (BlockKind.None, null);
    }

    /// <summary>What still waits, in the order that whole answers have it; then the last block's end.</summary>
    private void Flush(IBufferWriter<byte> output)
    {
        foreach (var call in _calls.Where(static call => !call.IsStarted))
        {
            StartCall(output, call);
        }

        Close(output);
        WriteLate(output, BlockKind.Thinking, _lateThinking);
        WriteLate(output, BlockKind.Text, _lateText);
        Close(output);
    }

    private void WriteLate(IBufferWriter<byte> output, BlockKind kind, ArrayBufferWriter<byte>? late)
    {
        if (late is not null)
        {
            WriteText(output, kind, late.WrittenSpan);
        }
    }
}
