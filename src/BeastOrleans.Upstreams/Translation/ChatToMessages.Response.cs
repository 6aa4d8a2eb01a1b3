using System.Buffers;
using System.Text;
using System.Text.Json;
using BeastOrleans.Contracts.Usage;
using BeastOrleans.Upstreams.OpenAI;

namespace BeastOrleans.Upstreams.Translation;

/// <summary>The whole answer.</summary>
internal static partial class ChatToMessages
{
    /// <summary>The answer in OpenAI's dialect; null when the body is no whole message.</summary>
    /// <param name="body">UTF-8.</param>
    /// <param name="createdSeconds">Unix time: Anthropic gives none.</param>
    /// <param name="model">Named where the answer names none.</param>
    /// <param name="oldStyle">A call is said as <c>function_call</c>, see <see cref="UsesFunctions"/>.</param>
    /// <param name="usage">What the answer reports.</param>
    /// <param name="characters">Of text, thinking and calls.</param>
    public static byte[]? TranslateResponse(
        ReadOnlyMemory<byte> body, long createdSeconds, string model, bool oldStyle, out TokenUsage usage, out int characters)
    {
        usage = default;
        characters = 0;
        if (!JsonText.IsWellFormed(body.Span))
        {
            return null;
        }

        try
        {
            using var document = JsonDocument.Parse(body);
            return TranslateMessage(document.RootElement, createdSeconds, model, oldStyle, ref usage, ref characters);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static byte[]? TranslateMessage(
        JsonElement root, long createdSeconds, string model, bool oldStyle, ref TokenUsage usage, ref int characters)
    {
        if (root.ValueKind != JsonValueKind.Object
            || !root.TryGetProperty("content", out var content) || content.ValueKind != JsonValueKind.Array
            || !root.TryGetProperty("stop_reason", out var stop) || stop.ValueKind != JsonValueKind.String)
        {
            return null;
        }

        if (root.TryGetProperty("usage", out var reported) && reported.ValueKind == JsonValueKind.Object)
        {
            usage = ReadUsage(reported);
        }

        var buffer = new ArrayBufferWriter<byte>(512);
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            writer.WriteString("id", "chatcmpl-" + TextOf(root, "id"));
            writer.WriteString("object", "chat.completion");
            writer.WriteNumber("created", createdSeconds);
            writer.WriteString("model", TextOf(root, "model") is { Length: > 0 } named ? named : model);
            writer.WriteStartArray("choices");
            writer.WriteStartObject();
            writer.WriteNumber("index", 0);
            characters = WriteMessage(writer, content, oldStyle);
            writer.WriteNull("logprobs");
            writer.WriteString("finish_reason", FinishReason(stop.GetString(), oldStyle));
            writer.WriteEndObject();
            writer.WriteEndArray();
            ChatUsageJson.Write(writer, usage);
            writer.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    /// <returns>The characters of its content.</returns>
    private static int WriteMessage(Utf8JsonWriter writer, JsonElement content, bool oldStyle)
    {
        var text = new StringBuilder();
        var thinking = new StringBuilder();
        var calls = new List<JsonElement>();
        foreach (var block in content.EnumerateArray())
        {
            if (block.ValueKind == JsonValueKind.Object)
            {
                text.Append(TextOf(block, "text"));
                thinking.Append(TextOf(block, "thinking"));
                if (TextOf(block, "type") == "tool_use")
                {
                    calls.Add(block);
                }
            }
        }

        writer.WriteStartObject("message");
        writer.WriteString("role", "assistant");
        if (text.Length == 0 && calls.Count > 0)
        {
            writer.WriteNull("content");
        }
        else
        {
            writer.WriteString("content", text.ToString());
        }

        writer.WriteNull("refusal");
        if (thinking.Length > 0)
        {
            writer.WriteString("reasoning_content", thinking.ToString());
        }

        var characters = WriteCalls(writer, calls, oldStyle);
        writer.WriteEndObject();
        return text.Length + thinking.Length + characters;
    }

    private static int WriteCalls(Utf8JsonWriter writer, List<JsonElement> calls, bool oldStyle)
    {
        var characters = 0;
        if (calls.Count == 0)
        {
            return 0;
        }

        if (oldStyle)
        {
            // One at a time was asked for: the old style has no room for a second.
            writer.WritePropertyName("function_call");
            return WriteFunction(writer, calls[0]);
        }

        writer.WriteStartArray("tool_calls");
        foreach (var call in calls)
        {
            writer.WriteStartObject();
            writer.WriteString("id", TextOf(call, "id"));
            writer.WriteString("type", "function");
            writer.WritePropertyName("function");
            characters += WriteFunction(writer, call);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        return characters;
    }

    private static int WriteFunction(Utf8JsonWriter writer, JsonElement call)
    {
        var name = TextOf(call, "name");
        var arguments = call.TryGetProperty("input", out var input) && input.ValueKind == JsonValueKind.Object ? input.GetRawText() : "{}";
        writer.WriteStartObject();
        writer.WriteString("name", name);
        writer.WriteString("arguments", arguments);
        writer.WriteEndObject();
        return name.Length + arguments.Length;
    }

    private static TokenUsage ReadUsage(JsonElement reported)
    {
        var reader = new Utf8JsonReader(Encoding.UTF8.GetBytes(reported.GetRawText()));
        reader.Read();
        var usage = default(MessagesUsage);
        usage.Read(ref reader, isFinal: true);
        return usage.Total;
    }

    private static string TextOf(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : "";
}
