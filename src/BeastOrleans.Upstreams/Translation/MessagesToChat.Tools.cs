using System.Text.Json;

namespace BeastOrleans.Upstreams.Translation;

/// <summary>Tools and the choice among them.</summary>
public static partial class MessagesToChat
{
    private static JsonElement[] ToolsOf(JsonElement root) =>
        root.TryGetProperty("tools", out var tools) && tools.ValueKind == JsonValueKind.Array ? [.. tools.EnumerateArray()] : [];

    private static void WriteTools(Utf8JsonWriter writer, JsonElement root)
    {
        // OpenAI refuses an empty list, and a choice without tools.
        var tools = ToolsOf(root);
        if (tools.Length == 0)
        {
            return;
        }

        writer.WriteStartArray("tools");
        foreach (var tool in tools)
        {
            writer.WriteStartObject();
            writer.WriteString("type", "function");
            writer.WriteStartObject("function");
            writer.WritePropertyName("name");
            tool.GetProperty("name").WriteTo(writer);
            if (tool.TryGetProperty("description", out var description) && description.ValueKind == JsonValueKind.String)
            {
                writer.WritePropertyName("description");
                description.WriteTo(writer);
            }

            writer.WritePropertyName("parameters");
            tool.GetProperty("input_schema").WriteTo(writer);
            if (tool.TryGetProperty("strict", out var strict) && strict.ValueKind is JsonValueKind.True or JsonValueKind.False)
            {
                writer.WriteBoolean("strict", strict.GetBoolean());
            }

            writer.WriteEndObject();
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        if (root.TryGetProperty("tool_choice", out var choice) && choice.ValueKind == JsonValueKind.Object)
        {
            WriteChoice(writer, choice);
        }
    }

    private static void WriteChoice(Utf8JsonWriter writer, JsonElement choice)
    {
        var type = choice.GetProperty("type").GetString();
        if (type == "tool")
        {
            writer.WriteStartObject("tool_choice");
            writer.WriteString("type", "function");
            writer.WriteStartObject("function");
            writer.WritePropertyName("name");
            choice.GetProperty("name").WriteTo(writer);
            writer.WriteEndObject();
            writer.WriteEndObject();
        }
        else
        {
            writer.WriteString("tool_choice", type == "any" ? "required" : type);
        }

        if (choice.TryGetProperty("disable_parallel_tool_use", out var disabled) && disabled.ValueKind == JsonValueKind.True)
        {
            writer.WriteBoolean("parallel_tool_calls", false);
        }
    }
}
