using System.Buffers;
using System.Buffers.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using BeastOrleans.Contracts.Usage;

namespace BeastOrleans.Upstreams.Translation;

/// <summary>Writes the events of Anthropic's streams, framed. Deltas, which are nearly all of them, allocate nothing.</summary>
internal static class MessagesEvents
{
    private static readonly JsonWriterOptions WriterOptions = new() { SkipValidation = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static void Start(IBufferWriter<byte> output, string id, string model, in TokenUsage usage)
    {
        output.Write("event: message_start\ndata: "u8);
        using (var writer = new Utf8JsonWriter(output, WriterOptions))
        {
            writer.WriteStartObject();
            writer.WriteString("type", "message_start");
            writer.WriteStartObject("message");
            writer.WriteString("id", id);
            writer.WriteString("type", "message");
            writer.WriteString("role", "assistant");
            writer.WriteString("model", model);
            writer.WriteStartArray("content");
            writer.WriteEndArray();
            writer.WriteNull("stop_reason");
            writer.WriteNull("stop_sequence");
            MessagesToChat.WriteUsage(writer, usage);
            writer.WriteEndObject();
            writer.WriteEndObject();
        }

        output.Write("\n\n"u8);
    }

    public static void Ping(IBufferWriter<byte> output) => output.Write("event: ping\ndata: {\"type\":\"ping\"}\n\n"u8);

    /// <param name="block">The empty block, as JSON.</param>
    public static void BlockStart(IBufferWriter<byte> output, int index, ReadOnlySpan<byte> block)
    {
        output.Write("event: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":"u8);
        Number(output, index);
        output.Write(",\"content_block\":"u8);
        output.Write(block);
        output.Write("}\n\n"u8);
    }

    public static void ToolStart(IBufferWriter<byte> output, int index, string id, string name)
    {
        output.Write("event: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":"u8);
        Number(output, index);
        output.Write(",\"content_block\":{\"type\":\"tool_use\",\"id\":"u8);
        Text(output, id);
        output.Write(",\"name\":"u8);
        Text(output, name);
        output.Write(",\"input\":{}}}\n\n"u8);
    }

    /// <param name="type">Up to the quote that opens the value, e.g. <c>"type":"text_delta","text":"</c>.</param>
    /// <param name="text">A JSON string's inside.</param>
    public static void Delta(IBufferWriter<byte> output, int index, ReadOnlySpan<byte> type, ReadOnlySpan<byte> text)
    {
        output.Write("event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":"u8);
        Number(output, index);
        output.Write(",\"delta\":{"u8);
        output.Write(type);
        output.Write(text);
        output.Write("\"}}\n\n"u8);
    }

    public static void BlockStop(IBufferWriter<byte> output, int index)
    {
        output.Write("event: content_block_stop\ndata: {\"type\":\"content_block_stop\",\"index\":"u8);
        Number(output, index);
        output.Write("}\n\n"u8);
    }

    public static void End(IBufferWriter<byte> output, string stopReason, string? stopSequence, in TokenUsage usage)
    {
        output.Write("event: message_delta\ndata: "u8);
        using (var writer = new Utf8JsonWriter(output, WriterOptions))
        {
            writer.WriteStartObject();
            writer.WriteString("type", "message_delta");
            writer.WriteStartObject("delta");
            writer.WriteString("stop_reason", stopReason);
            writer.WriteString("stop_sequence", stopSequence);
            writer.WriteEndObject();
            MessagesToChat.WriteUsage(writer, usage);
            writer.WriteEndObject();
        }

        output.Write("\n\nevent: message_stop\ndata: {\"type\":\"message_stop\"}\n\n"u8);
    }

    private static void Text(IBufferWriter<byte> output, string text)
    {
        output.Write("\""u8);
        output.Write(JsonEncodedText.Encode(text, JavaScriptEncoder.UnsafeRelaxedJsonEscaping).EncodedUtf8Bytes);
        output.Write("\""u8);
    }

    private static void Number(IBufferWriter<byte> output, int number)
    {
        Utf8Formatter.TryFormat(number, output.GetSpan(11), out var written);
        output.Advance(written);
    }
}
