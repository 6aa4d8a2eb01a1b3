using System.Text.Json;
using BeastOrleans.Upstreams.OpenAI;

namespace BeastOrleans.Upstreams.Translation;

/// <summary>
/// The conversation. Responses keeps text and function calls as items of their own; chat wants those of one turn in one
/// assistant message, so they are gathered until something else comes.
/// </summary>
public static partial class ResponsesToChat
{
    private static RequestDefect? WriteMessages(Utf8JsonWriter writer, JsonElement root, DroppedFields dropped)
    {
        writer.WriteStartArray("messages");
        if (TextOf(root, "instructions") is { Length: > 0 } instructions)
        {
            WritePlain(writer, "system", instructions);
        }

        var input = root.GetProperty("input");
        if (input.ValueKind == JsonValueKind.String)
        {
            WritePlain(writer, "user", input.GetString()!);
            writer.WriteEndArray();
            return null;
        }

        var turn = new AssistantTurn(writer);
        var index = 0;
        var any = false;
        foreach (var item in input.EnumerateArray())
        {
            var path = $"input[{index++}]";
            var type = TypeOf(item);
            if (type == "reasoning")
            {
                // Sealed by the provider that thought it, or a summary: no other model may read it as its own.
                dropped.Add("input[].reasoning");
                continue;
            }

            if ((Judge(item, path + ".", "input[].", dropped) ?? WriteItem(writer, turn, item, type, path, dropped)) is { } defect)
            {
                return defect;
            }

            any = true;
        }

        turn.Flush();
        writer.WriteEndArray();
        return any ? null : RequestFields.Must("input", "more than reasoning: a message at least");
    }

    private static string? TypeOf(JsonElement item) =>
        item.TryGetProperty("type", out _) ? TextOf(item, "type")
        : item.TryGetProperty("role", out _) ? "message"
        : item.TryGetProperty("id", out _) ? "item_reference" : null;

    private static RequestDefect? WriteItem(
        Utf8JsonWriter writer, AssistantTurn turn, JsonElement item, string? type, string path, DroppedFields dropped) => type switch
        {
            "message" => WriteMessage(writer, turn, item, path, dropped),
            "function_call" => TakeCall(turn, item, path),
            "function_call_output" => WriteToolResult(writer, turn, item, path, dropped),
            "item_reference" => new RequestDefect(
                $"'{path}' refers to a stored item, and nothing is stored here: send the item itself (with an SDK: store:false).", path),
            null => RequestFields.Must($"{path}.type", "message, function_call, function_call_output or reasoning"),
            _ => new RequestDefect(
                $"'{path}.type' must be message, function_call, function_call_output or reasoning; '{Shown(type)}' belongs to a tool that runs at one provider.",
                $"{path}.type"),
        };

    private static RequestDefect? WriteMessage(Utf8JsonWriter writer, AssistantTurn turn, JsonElement item, string path, DroppedFields dropped)
    {
        var role = TextOf(item, "role");
        if (role is not ("user" or "assistant" or "system" or "developer"))
        {
            return RequestFields.Must($"{path}.role", "user, assistant, system or developer");
        }

        if (!item.TryGetProperty("content", out var content) || content.ValueKind is not (JsonValueKind.String or JsonValueKind.Array))
        {
            return RequestFields.Must($"{path}.content", "a string or an array of parts");
        }

        if (content.ValueKind == JsonValueKind.Array && CheckParts(content, $"{path}.content", PartsOf(role), dropped) is { } defect)
        {
            return defect;
        }

        if (role == "assistant")
        {
            turn.AddContent(content);
            return null;
        }

        turn.Flush();
        writer.WriteStartObject();
        writer.WriteString("role", role == "user" ? "user" : "system");
        WriteContent(writer, content);
        writer.WriteEndObject();
        return null;
    }

    private static RequestDefect? TakeCall(AssistantTurn turn, JsonElement item, string path)
    {
        if (TextOf(item, "call_id") is not { Length: > 0 } callId)
        {
            return RequestFields.Must($"{path}.call_id", "a non-empty string");
        }

        if (TextOf(item, "name") is not { Length: > 0 } name)
        {
            return RequestFields.Must($"{path}.name", "a non-empty string");
        }

        if (TextOf(item, "arguments") is not { } arguments)
        {
            return RequestFields.Must($"{path}.arguments", "a string of JSON");
        }

        turn.AddCall(callId, name, arguments);
        return null;
    }

    private static RequestDefect? WriteToolResult(Utf8JsonWriter writer, AssistantTurn turn, JsonElement item, string path, DroppedFields dropped)
    {
        if (TextOf(item, "call_id") is not { } callId || !turn.HasCall(callId))
        {
            return RequestFields.Must($"{path}.call_id", "the call_id of a function_call before it");
        }

        if (!item.TryGetProperty("output", out var output) || output.ValueKind is not (JsonValueKind.String or JsonValueKind.Array))
        {
            return RequestFields.Must($"{path}.output", "a string or an array of parts");
        }

        if (output.ValueKind == JsonValueKind.Array && CheckParts(output, $"{path}.output", "input_text", dropped) is { } defect)
        {
            return defect;
        }

        turn.Flush();
        writer.WriteStartObject();
        writer.WriteString("role", "tool");
        writer.WriteString("tool_call_id", callId);
        WriteContent(writer, output);
        writer.WriteEndObject();
        return null;
    }

    private static void WritePlain(Utf8JsonWriter writer, string role, string text)
    {
        writer.WriteStartObject();
        writer.WriteString("role", role);
        writer.WriteString("content", text);
        writer.WriteEndObject();
    }
}
