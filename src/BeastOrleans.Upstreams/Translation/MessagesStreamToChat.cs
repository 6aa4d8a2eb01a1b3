using System.Buffers;
using System.Buffers.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using BeastOrleans.Contracts.Usage;

namespace BeastOrleans.Upstreams.Translation;

/// <summary>Writes OpenAI's chunks for an Anthropic stream, into one buffer that is used again: a chunk is valid until the next.</summary>
/// <param name="createdSeconds">Unix time: Anthropic gives none.</param>
/// <param name="model">Named until the stream names its own.</param>
/// <param name="oldStyle">Calls are said as <c>function_call</c>, see <see cref="ChatToMessages.UsesFunctions"/>.</param>
internal sealed class MessagesStreamToChat(long createdSeconds, string model, bool oldStyle = false)
{
    /// <summary>The most calls of one answer; more are no answer of a model.</summary>
    private const int MaxCalls = 128;

    /// <summary>The index of each call's block; its place is the call's index.</summary>
    private readonly List<int> _calls = [];
    private bool _hasArguments;
    private readonly ArrayBufferWriter<byte> _buffer = new(512);
    private byte[] _head = [];
    private string _id = "chatcmpl-";
    private string _model = model;

    public bool OldStyle => oldStyle;

    /// <summary>The role chunk.</summary>
    public ReadOnlyMemory<byte> Start(string? id, string? model)
    {
        _id = "chatcmpl-" + id;
        _model = string.IsNullOrEmpty(model) ? _model : model;
        _head = [];
        return Chunk("""{"role":"assistant","content":""}"""u8, null);
    }

    /// <param name="token">The text as a JSON string, quotes included.</param>
    public ReadOnlyMemory<byte> Text(ReadOnlySpan<byte> token, bool isThinking)
    {
        Begin();
        _buffer.Write(isThinking ? """{"reasoning_content":"""u8 : """{"content":"""u8);
        _buffer.Write(token);
        _buffer.Write("""},"logprobs":null,"finish_reason":null}]}"""u8);
        return _buffer.WrittenMemory;
    }

    /// <summary>A call's beginning; empty when it cannot be said.</summary>
    public ReadOnlyMemory<byte> Call(in MessagesEvent call)
    {
        if (_calls.Count >= MaxCalls || call.CallName.IsEmpty || (oldStyle && _calls.Count > 0))
        {
            return default;
        }

        _calls.Add(call.Index);
        BeginCall(_calls.Count - 1);
        if (!oldStyle)
        {
            _buffer.Write("\"id\":"u8);
            _buffer.Write(call.CallId.IsEmpty ? "\"\""u8 : call.CallId);
            _buffer.Write(",\"type\":\"function\",\"function\":{"u8);
        }

        _buffer.Write("\"name\":"u8);
        _buffer.Write(call.CallName);
        _buffer.Write(",\"arguments\":"u8);

        // Servers beside Anthropic's own give the arguments whole, here.
        _hasArguments = call.CallInput.Contains((byte)'"');
        _buffer.Write("\""u8);
        _buffer.Write(_hasArguments ? JsonEncodedText.Encode(call.CallInput, JavaScriptEncoder.UnsafeRelaxedJsonEscaping).EncodedUtf8Bytes : default);
        _buffer.Write("\""u8);
        return EndCall();
    }

    /// <param name="index">Of the block.</param>
    /// <param name="token">The piece as a JSON string, quotes included.</param>
    /// <returns>Empty when no call has begun there.</returns>
    public ReadOnlyMemory<byte> Arguments(int index, ReadOnlySpan<byte> token)
    {
        var call = _calls.IndexOf(index);
        if (call < 0)
        {
            return default;
        }

        _hasArguments = true;
        BeginCall(call);
        _buffer.Write(oldStyle ? "\"arguments\":"u8 : "\"function\":{\"arguments\":"u8);
        _buffer.Write(token);
        return EndCall();
    }

    /// <summary>The end of a block. A call that said no arguments has none, and OpenAI's clients want that as <c>{}</c>; else empty.</summary>
    public ReadOnlyMemory<byte> BlockStop(int index) =>
        _calls.Count > 0 && _calls[^1] == index && !_hasArguments ? Arguments(index, "\"{}\""u8) : default;

    public ReadOnlyMemory<byte> Finish(string finishReason) => Chunk("{}"u8, finishReason);

    /// <summary>The chunk of usage alone, with no choices.</summary>
    public ReadOnlyMemory<byte> Usage(in TokenUsage usage)
    {
        _buffer.ResetWrittenCount();
        using (var writer = new Utf8JsonWriter(_buffer))
        {
            WriteHead(writer);
            writer.WriteStartArray("choices");
            writer.WriteEndArray();
            ChatUsageJson.Write(writer, usage);
            writer.WriteEndObject();
        }

        return _buffer.WrittenMemory;
    }

    private void BeginCall(int index)
    {
        Begin();
        if (oldStyle)
        {
            _buffer.Write("{\"function_call\":{"u8);
            return;
        }

        _buffer.Write("{\"tool_calls\":[{\"index\":"u8);
        Utf8Formatter.TryFormat(index, _buffer.GetSpan(11), out var written);
        _buffer.Advance(written);
        _buffer.Write(","u8);
    }

    private ReadOnlyMemory<byte> EndCall()
    {
        _buffer.Write(oldStyle ? "}}"u8 : "}}]}"u8);
        _buffer.Write(",\"logprobs\":null,\"finish_reason\":null}]}"u8);
        return _buffer.WrittenMemory;
    }

    private ReadOnlyMemory<byte> Chunk(ReadOnlySpan<byte> delta, string? finishReason)
    {
        Begin();
        _buffer.Write(delta);
        _buffer.Write(""","logprobs":null,"finish_reason":"""u8);
        _buffer.Write(finishReason is null ? "null"u8 : JsonSerializer.SerializeToUtf8Bytes(finishReason));
        _buffer.Write("}]}"u8);
        return _buffer.WrittenMemory;
    }

    /// <summary>Everything up to the delta, made once for each stream.</summary>
    private void Begin()
    {
        _buffer.ResetWrittenCount();
        if (_head.Length == 0)
        {
            using (var writer = new Utf8JsonWriter(_buffer))
            {
                WriteHead(writer);
                writer.WriteStartArray("choices");
                writer.WriteStartObject();
                writer.WriteNumber("index", 0);
                writer.WritePropertyName("delta");
            }

            _head = _buffer.WrittenSpan.ToArray();
            return;
        }

        _buffer.Write(_head);
    }

    private void WriteHead(Utf8JsonWriter writer)
    {
        writer.WriteStartObject();
        writer.WriteString("id", _id);
        writer.WriteString("object", "chat.completion.chunk");
        writer.WriteNumber("created", createdSeconds);
        writer.WriteString("model", _model);
    }
}
