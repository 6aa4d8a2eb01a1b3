using System.Buffers;
using System.Text.Json;

namespace BeastOrleans.Upstreams.Translation;

/// <summary>
/// What a response object repeats of its request, in the order of the real one. Defaults stand where the API fixes them;
/// sampling that only the upstream knows is null.
/// </summary>
internal static class ResponsesEcho
{
    public static byte[] Write(JsonElement root)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var writer = new Utf8JsonWriter(buffer, ResponsesToChat.Readable))
        {
            writer.WriteStartObject();
            writer.WriteBoolean("background", false);
            writer.WriteNull("error");
            Copy(writer, root, "instructions", "null");
            Copy(writer, root, "max_output_tokens", "null");
            writer.WriteNull("max_tool_calls");
            Copy(writer, root, "metadata", "{}");
            Copy(writer, root, "parallel_tool_calls", "true");
            writer.WriteNull("previous_response_id");
            Copy(writer, root, "prompt_cache_key", "null");
            WriteReasoning(writer, root);
            Copy(writer, root, "safety_identifier", "null");
            writer.WriteBoolean("store", false);
            Copy(writer, root, "temperature", "null");
            WriteText(writer, root);
            Copy(writer, root, "tool_choice", "\"auto\"");
            WriteTools(writer, root);
            Copy(writer, root, "top_logprobs", "0");
            Copy(writer, root, "top_p", "null");
            writer.WriteString("truncation", "disabled");
            Copy(writer, root, "user", "null");
            writer.WriteEndObject();
        }

        return buffer.WrittenSpan[1..^1].ToArray();
    }

    private static void Copy(Utf8JsonWriter writer, JsonElement source, string name, string otherwise)
    {
        writer.WritePropertyName(name);
        if (ResponsesToChat.TryGiven(source, name, out var value))
        {
            value.WriteTo(writer);
        }
        else
        {
            writer.WriteRawValue(otherwise);
        }
    }

    private static void WriteReasoning(Utf8JsonWriter writer, JsonElement root)
    {
        ResponsesToChat.TryGiven(root, "reasoning", out var reasoning);
        writer.WriteStartObject("reasoning");
        writer.WriteString("effort", reasoning.ValueKind == JsonValueKind.Object ? ResponsesToChat.TextOf(reasoning, "effort") : null);
        writer.WriteNull("summary");
        writer.WriteEndObject();
    }

    private static void WriteText(Utf8JsonWriter writer, JsonElement root)
    {
        writer.WriteStartObject("text");
        if (ResponsesToChat.TryGiven(root, "text", out var text))
        {
            Copy(writer, text, "format", """{"type":"text"}""");
            Copy(writer, text, "verbosity", "\"medium\"");
        }
        else
        {
            writer.WritePropertyName("format");
            writer.WriteRawValue("""{"type":"text"}""");
            writer.WriteString("verbosity", "medium");
        }

        writer.WriteEndObject();
    }

    private static void WriteTools(Utf8JsonWriter writer, JsonElement root)
    {
        writer.WriteStartArray("tools");
        if (ResponsesToChat.TryGiven(root, "tools", out var tools))
        {
            foreach (var tool in tools.EnumerateArray())
            {
                writer.WriteStartObject();
                writer.WriteString("type", "function");
                Copy(writer, tool, "description", "null");
                Copy(writer, tool, "name", "null");
                Copy(writer, tool, "parameters", "null");
                Copy(writer, tool, "strict", "false");
                writer.WriteEndObject();
            }
        }

        writer.WriteEndArray();
    }
}
