using System.Text.Json;
using BeastOrleans.Upstreams.OpenAI;

namespace BeastOrleans.Upstreams.Translation;

/// <summary>Function tools and the choice among them. Hosted tools run at their provider: another upstream cannot.</summary>
public static partial class ResponsesToChat
{
    private static RequestDefect? WriteTools(Utf8JsonWriter writer, JsonElement root, DroppedFields dropped)
    {
        HashSet<string>? allowed = null;
        string? mode = null;
        var hasChoice = TryGiven(root, "tool_choice", out var choice);
        if (hasChoice && choice.ValueKind == JsonValueKind.Object && TextOf(choice, "type") == "allowed_tools"
            && ReadAllowed(choice, out allowed, out mode) is { } badChoice)
        {
            return badChoice;
        }

        var names = new HashSet<string>(StringComparer.Ordinal);
        if (TryGiven(root, "tools", out var tools) && WriteToolList(writer, tools, allowed, names, dropped) is { } defect)
        {
            return defect;
        }

        if (allowed?.FirstOrDefault(name => !names.Contains(name)) is { } unknown)
        {
            return new RequestDefect($"'tool_choice.tools' names '{unknown}', which is not among 'tools'.", "tool_choice.tools");
        }

        if (hasChoice && WriteChoice(writer, choice, mode, names) is { } wrong)
        {
            return wrong;
        }

        if (TryGiven(root, "parallel_tool_calls", out var parallel))
        {
            if (!IsFlag(parallel))
            {
                return RequestFields.Must("parallel_tool_calls", "true or false");
            }

            if (names.Count > 0)
            {
                // Chat refuses it where there are no tools, Responses does not.
                writer.WriteBoolean("parallel_tool_calls", parallel.GetBoolean());
            }
        }

        return null;
    }

    private static RequestDefect? WriteToolList(
        Utf8JsonWriter writer, JsonElement tools, HashSet<string>? allowed, HashSet<string> names, DroppedFields dropped)
    {
        var kept = new List<JsonElement>();
        var index = 0;
        foreach (var tool in tools.EnumerateArray())
        {
            var path = $"tools[{index++}]";
            if (TextOf(tool, "type") is not { } type)
            {
                return RequestFields.Must($"{path}.type", "a string: function");
            }

            if (type != "function")
            {
                return new RequestDefect(
                    $"'{path}.type' must be function: a tool of type '{Shown(type)}' runs at one provider and cannot be had through this gateway.", $"{path}.type");
            }

            if (TextOf(tool, "name") is not { Length: > 0 } name)
            {
                return RequestFields.Must($"{path}.name", "a non-empty string");
            }

            if (TryGiven(tool, "parameters", out var parameters) && parameters.ValueKind != JsonValueKind.Object)
            {
                return RequestFields.Must($"{path}.parameters", "a JSON schema: an object");
            }

            if (TryGiven(tool, "strict", out var strict) && !IsFlag(strict))
            {
                return RequestFields.Must($"{path}.strict", "true or false");
            }

            if (Judge(tool, path + ".", "tools[].", dropped) is { } defect)
            {
                return defect;
            }

            names.Add(name);
            if (allowed is null || allowed.Contains(name))
            {
                kept.Add(tool);
            }
        }

        if (kept.Count == 0)
        {
            // Chat refuses an empty list, Responses does not.
            return null;
        }

        writer.WriteStartArray("tools");
        foreach (var tool in kept)
        {
            writer.WriteStartObject();
            writer.WriteString("type", "function");
            writer.WriteStartObject("function");
            CopyGiven(writer, tool, "name", "description", "parameters", "strict");
            writer.WriteEndObject();
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        return null;
    }

    private static RequestDefect? ReadAllowed(JsonElement choice, out HashSet<string> allowed, out string? mode)
    {
        allowed = new HashSet<string>(StringComparer.Ordinal);
        mode = TextOf(choice, "mode");
        if (mode is not ("auto" or "required"))
        {
            return RequestFields.Must("tool_choice.mode", "auto or required");
        }

        if (!choice.TryGetProperty("tools", out var tools) || tools.ValueKind != JsonValueKind.Array || tools.GetArrayLength() == 0)
        {
            return RequestFields.Must("tool_choice.tools", "a non-empty array of {\"type\":\"function\",\"name\"}");
        }

        var index = 0;
        foreach (var tool in tools.EnumerateArray())
        {
            if (tool.ValueKind != JsonValueKind.Object || TextOf(tool, "type") != "function" || TextOf(tool, "name") is not { Length: > 0 } name)
            {
                return RequestFields.Must($"tool_choice.tools[{index}]", "{\"type\":\"function\",\"name\"}");
            }

            allowed.Add(name);
            index++;
        }

        return null;
    }

    private static RequestDefect? WriteChoice(Utf8JsonWriter writer, JsonElement choice, string? mode, HashSet<string> names)
    {
        const string Rule = "none, auto, required, {\"type\":\"function\",\"name\"} or {\"type\":\"allowed_tools\",\"mode\",\"tools\"}";
        var word = mode ?? (choice.ValueKind == JsonValueKind.String ? choice.GetString() : null);
        if (word is not null)
        {
            if (word is not ("none" or "auto" or "required"))
            {
                return RequestFields.Must("tool_choice", Rule);
            }

            if (names.Count > 0)
            {
                writer.WriteString("tool_choice", word);
            }
            else if (word == "required")
            {
                return new RequestDefect("'tool_choice' is required, and there are no 'tools'.", "tool_choice");
            }

            return null;
        }

        if (choice.ValueKind != JsonValueKind.Object)
        {
            return RequestFields.Must("tool_choice", Rule);
        }

        if (TextOf(choice, "type") != "function")
        {
            return RequestFields.Must("tool_choice.type", "function or allowed_tools");
        }

        if (TextOf(choice, "name") is not { } name || !names.Contains(name))
        {
            return RequestFields.Must("tool_choice.name", "the name of one of 'tools'");
        }

        writer.WriteStartObject("tool_choice");
        writer.WriteString("type", "function");
        writer.WriteStartObject("function");
        writer.WriteString("name", name);
        writer.WriteEndObject();
        writer.WriteEndObject();
        return null;
    }

    /// <summary>A word of the client's as an error repeats it.</summary>
    private static string Shown(string text) => text.Length <= 64 ? text : text[..64] + "...";
}
