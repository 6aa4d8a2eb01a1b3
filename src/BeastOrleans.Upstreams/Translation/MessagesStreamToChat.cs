using System.Buffers;
using System.Text.Json;
using BeastOrleans.Contracts.Usage;

namespace BeastOrleans.Upstreams.Translation;

/// <summary>Writes OpenAI's chunks for an Anthropic stream, into one buffer that is used again: a chunk is valid until the next.</summary>
internal sealed class MessagesStreamToChat(long createdSeconds, string model)
{
    private readonly ArrayBufferWriter<byte> _buffer = new(512);
    private byte[] _head = [];
    private string _id = "chatcmpl-";
    private string _model = model;

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
            MessagesUsage.Write(writer, usage);
            writer.WriteEndObject();
        }

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
