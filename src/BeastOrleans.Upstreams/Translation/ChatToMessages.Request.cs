using System.Buffers;
using System.Text.Json;
using BeastOrleans.Upstreams.OpenAI;

namespace BeastOrleans.Upstreams.Translation;

/// <summary>
/// The request. Hints without a counterpart (seed, penalties, metadata, reasoning effort) are left out: they promise
/// nothing. Whatever promises something is refused before, see <see cref="FindUnsupported"/>.
/// </summary>
internal static partial class ChatToMessages
{
    public static ReadOnlyMemory<byte> WriteRequest(ChatRequest request, JsonElement root, string model)
    {
        var buffer = new ArrayBufferWriter<byte>(request.Body.Length + 256);
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            writer.WriteString("model", model);
            writer.WriteNumber("max_tokens", request.MaxOutputTokens ?? DefaultMaxTokens);
            if (request.Stream)
            {
                writer.WriteBoolean("stream", true);
            }

            WriteSampling(writer, root);
            WriteStop(writer, root);
            if (!string.IsNullOrEmpty(request.User))
            {
                writer.WriteStartObject("metadata");
                writer.WriteString("user_id", request.User);
                writer.WriteEndObject();
            }

            var messages = root.GetProperty("messages");
            WriteSystem(writer, messages);
            WriteTurns(writer, messages);
            writer.WriteEndObject();
        }

        return buffer.WrittenMemory;
    }

    /// <summary>OpenAI's temperature reaches 2, Anthropic's 1. Newer Claude models refuse the two together: temperature wins.</summary>
    private static void WriteSampling(Utf8JsonWriter writer, JsonElement root)
    {
        foreach (var name in (ReadOnlySpan<string>)["temperature", "top_p"])
        {
            if (root.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number)
            {
                writer.WriteNumber(name, Math.Clamp(value.GetDouble(), 0, 1));
                return;
            }
        }
    }

    private static void WriteStop(Utf8JsonWriter writer, JsonElement root)
    {
        if (!root.TryGetProperty("stop", out var stop) || stop.ValueKind is not (JsonValueKind.String or JsonValueKind.Array))
        {
            return;
        }

        writer.WriteStartArray("stop_sequences");
        if (stop.ValueKind == JsonValueKind.String)
        {
            writer.WriteStringValue(stop.GetString());
        }
        else
        {
            foreach (var sequence in stop.EnumerateArray())
            {
                writer.WriteStringValue(sequence.GetString());
            }
        }

        writer.WriteEndArray();
    }

    private static void WriteSystem(Utf8JsonWriter writer, JsonElement messages)
    {
        var open = false;
        foreach (var message in messages.EnumerateArray())
        {
            if (!IsSystem(message) || !HasText(message))
            {
                continue;
            }

            if (!open)
            {
                writer.WriteStartArray("system");
                open = true;
            }

            WriteBlocks(writer, message, trimEnd: false);
        }

        if (open)
        {
            writer.WriteEndArray();
        }
    }

    /// <summary>Turns must alternate: consecutive messages of one role become blocks of one. Empty messages are refused there and say nothing: left out.</summary>
    private static void WriteTurns(Utf8JsonWriter writer, JsonElement messages)
    {
        var turns = messages.EnumerateArray().Where(static message => !IsSystem(message) && HasText(message)).ToArray();
        string? open = null;
        writer.WriteStartArray("messages");
        for (var index = 0; index < turns.Length; index++)
        {
            var role = turns[index].GetProperty("role").ValueEquals("assistant"u8) ? "assistant" : "user";
            if (role != open)
            {
                CloseTurn(writer, open);
                writer.WriteStartObject();
                writer.WriteString("role", role);
                writer.WriteStartArray("content");
                open = role;
            }

            // An assistant's last turn is a prefill, and one that ends in white space is refused.
            WriteBlocks(writer, turns[index], trimEnd: index == turns.Length - 1 && role == "assistant");
        }

        CloseTurn(writer, open);
        writer.WriteEndArray();
    }

    private static void CloseTurn(Utf8JsonWriter writer, string? open)
    {
        if (open is not null)
        {
            writer.WriteEndArray();
            writer.WriteEndObject();
        }
    }

    private static void WriteBlocks(Utf8JsonWriter writer, JsonElement message, bool trimEnd)
    {
        foreach (var text in Texts(message))
        {
            writer.WriteStartObject();
            writer.WriteString("type", "text");
            writer.WriteString("text", trimEnd ? text.TrimEnd() : text);
            writer.WriteEndObject();
        }
    }

    private static bool IsSystem(JsonElement message)
    {
        var role = message.GetProperty("role");
        return role.ValueEquals("system"u8) || role.ValueEquals("developer"u8);
    }

    private static bool HasText(JsonElement message) => Texts(message).Any();

    /// <summary>A message's non-blank texts: Anthropic refuses blocks of white space.</summary>
    private static IEnumerable<string> Texts(JsonElement message)
    {
        if (!message.TryGetProperty("content", out var content))
        {
            yield break;
        }

        if (content.ValueKind == JsonValueKind.String)
        {
            if (!IsBlank(content))
            {
                yield return content.GetString()!;
            }

            yield break;
        }

        if (content.ValueKind != JsonValueKind.Array)
        {
            yield break;
        }

        foreach (var part in content.EnumerateArray())
        {
            var field = part.TryGetProperty("text", out var text) || part.TryGetProperty("refusal", out text) ? text : default;
            if (field.ValueKind == JsonValueKind.String && !IsBlank(field))
            {
                yield return field.GetString()!;
            }
        }
    }
}
