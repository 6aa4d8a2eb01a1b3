using System.Buffers;
using System.Text;
using System.Text.Json;
using BeastOrleans.Contracts.Usage;
using BeastOrleans.Upstreams.OpenAI;

namespace BeastOrleans.Upstreams.Translation;

/// <summary>The whole answer.</summary>
public static partial class MessagesToChat
{
    /// <summary>The member under which arguments stand that are no JSON object: Anthropic's clients take an object only.</summary>
    internal const string RawArguments = "_raw";

    /// <summary>The answer as a message; null when the body is no whole chat completion.</summary>
    /// <param name="model">Named when the upstream names none.</param>
    /// <param name="fallbackId">Makes the message's id when the upstream gives none, e.g. the request's id.</param>
    /// <param name="estimate">Usage to tell when the upstream told none.</param>
    public static byte[]? TranslateResponse(ReadOnlyMemory<byte> body, string model, string fallbackId, TokenUsage estimate = default)
    {
        if (!JsonText.IsWellFormed(body.Span))
        {
            return null;
        }

        try
        {
            using var document = JsonDocument.Parse(body);
            return TranslateCompletion(document.RootElement, model, fallbackId, estimate);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static byte[]? TranslateCompletion(JsonElement root, string model, string fallbackId, in TokenUsage estimate)
    {
        if (root.ValueKind != JsonValueKind.Object
            || !root.TryGetProperty("choices", out var choices) || choices.ValueKind != JsonValueKind.Array
            || choices.GetArrayLength() == 0 || choices[0].ValueKind != JsonValueKind.Object
            || !choices[0].TryGetProperty("message", out var message) || message.ValueKind != JsonValueKind.Object)
        {
            return null;
        }

        var choice = choices[0];
        var id = MessageId(TextOf(root, "id"), fallbackId);
        JsonElement[] calls = message.TryGetProperty("tool_calls", out var found) && found.ValueKind == JsonValueKind.Array
            ? [.. found.EnumerateArray().Where(static call => call.ValueKind == JsonValueKind.Object)] : [];
        var refusal = TextOf(message, "refusal");
        var sequence = TextOf(choice, "stop_reason");
        var stop = StopReason(TextOf(choice, "finish_reason"), calls.Length > 0, !string.IsNullOrEmpty(refusal), !string.IsNullOrEmpty(sequence));

        var buffer = new ArrayBufferWriter<byte>(512);
        using (var writer = new Utf8JsonWriter(buffer, WriterOptions))
        {
            writer.WriteStartObject();
            writer.WriteString("id", id);
            writer.WriteString("type", "message");
            writer.WriteString("role", "assistant");
            writer.WriteString("model", TextOf(root, "model") is { Length: > 0 } named ? named : model);
            writer.WriteStartArray("content");
            WriteThinking(writer, TextOf(message, "reasoning_content") ?? TextOf(message, "reasoning"));
            WriteAnswerText(writer, ContentText(message) + refusal);
            for (var index = 0; index < calls.Length; index++)
            {
                WriteToolUse(writer, calls[index], id, index);
            }

            writer.WriteEndArray();
            writer.WriteString("stop_reason", stop);
            writer.WriteString("stop_sequence", stop == "stop_sequence" ? sequence : null);
            WriteUsage(writer, ReadUsage(root) is { Source: not UsageSource.None } told ? told : estimate);
            writer.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>The signature is empty: only Anthropic can sign, and its clients require the field.</summary>
    private static void WriteThinking(Utf8JsonWriter writer, string? thinking)
    {
        if (!string.IsNullOrEmpty(thinking))
        {
            writer.WriteStartObject();
            writer.WriteString("type", "thinking");
            writer.WriteString("thinking", thinking);
            writer.WriteString("signature", "");
            writer.WriteEndObject();
        }
    }

    private static void WriteAnswerText(Utf8JsonWriter writer, string text)
    {
        if (text.Length > 0)
        {
            writer.WriteStartObject();
            writer.WriteString("type", "text");
            writer.WriteString("text", text);
            writer.WriteEndObject();
        }
    }

    private static void WriteToolUse(Utf8JsonWriter writer, JsonElement call, string messageId, int index)
    {
        var function = call.TryGetProperty("function", out var found) && found.ValueKind == JsonValueKind.Object ? found : call;
        writer.WriteStartObject();
        writer.WriteString("type", "tool_use");
        writer.WriteString("id", CallId(TextOf(call, "id"), messageId, index));
        writer.WriteString("name", TextOf(function, "name") ?? "");
        writer.WritePropertyName("input");
        if (function.TryGetProperty("arguments", out var arguments) && arguments.ValueKind == JsonValueKind.Object)
        {
            // Some upstreams give the object itself.
            arguments.WriteTo(writer);
        }
        else
        {
            WriteInput(writer, TextOf(function, "arguments") ?? "");
        }

        writer.WriteEndObject();
    }

    /// <summary>
    /// Arguments as an object. Nothing is <c>{}</c>; what is no object (cut off by the limit, or plain wrong) is kept as a
    /// string in <c>_raw</c>, so that the client sees what the model said and its parser does not fail.
    /// </summary>
    internal static void WriteInput(Utf8JsonWriter writer, string arguments)
    {
        if (string.IsNullOrWhiteSpace(arguments) || arguments.Trim() == "null")
        {
            writer.WriteStartObject();
            writer.WriteEndObject();
            return;
        }

        if (ParseObject(arguments) is { } document)
        {
            using (document)
            {
                document.RootElement.WriteTo(writer);
            }

            return;
        }

        writer.WriteStartObject();
        writer.WriteString(RawArguments, arguments);
        writer.WriteEndObject();
    }

    private static JsonDocument? ParseObject(string arguments)
    {
        var json = Encoding.UTF8.GetBytes(arguments);
        if (!JsonText.IsWellFormed(json))
        {
            return null;
        }

        try
        {
            var document = JsonDocument.Parse(json);
            if (document.RootElement.ValueKind == JsonValueKind.Object)
            {
                return document;
            }

            document.Dispose();
            return null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static TokenUsage ReadUsage(JsonElement root)
    {
        if (!root.TryGetProperty("usage", out var usage) || usage.ValueKind != JsonValueKind.Object)
        {
            return default;
        }

        var reader = new Utf8JsonReader(System.Runtime.InteropServices.JsonMarshal.GetRawUtf8Value(usage));
        reader.Read();
        return UsageJson.Read(ref reader);
    }

    /// <summary>The text; of an array of parts, as some upstreams write it, their texts.</summary>
    private static string ContentText(JsonElement message)
    {
        if (!message.TryGetProperty("content", out var content))
        {
            return "";
        }

        return content.ValueKind switch
        {
            JsonValueKind.String => content.GetString()!,
            JsonValueKind.Array => string.Concat(content.EnumerateArray()
                .Select(static part => part.ValueKind == JsonValueKind.Object ? TextOf(part, "text") : null)),
            _ => "",
        };
    }

    private static string? TextOf(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
