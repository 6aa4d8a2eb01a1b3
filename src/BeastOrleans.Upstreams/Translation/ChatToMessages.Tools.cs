using System.Text.Json;

namespace BeastOrleans.Upstreams.Translation;

/// <summary>Tools, and which of them may be called.</summary>
internal static partial class ChatToMessages
{
    /// <summary>
    /// A conversation with calls in it needs their tools defined there; OpenAI takes it without. Those are then defined by
    /// name alone, and may not be called.
    /// </summary>
    private static void WritePastTools(Utf8JsonWriter writer, List<ChatEntry> entries)
    {
        var names = entries.SelectMany(static entry => entry.Calls).Select(static call => call.Name).Distinct(StringComparer.Ordinal).ToArray();
        if (names.Length == 0)
        {
            return;
        }

        writer.WriteStartArray("tools");
        foreach (var name in names)
        {
            WriteTool(writer, new ChatFunction { Name = name }, strict: false);
        }

        writer.WriteEndArray();
        writer.WriteStartObject("tool_choice");
        writer.WriteString("type", "none");
        writer.WriteEndObject();
    }

    private static void WriteTools(Utf8JsonWriter writer, Scope scope, List<ChatEntry> entries, ChatTools tools)
    {
        if (tools.Functions.Count == 0)
        {
            WritePastTools(writer, entries);
            return;
        }

        writer.WriteStartArray("tools");
        foreach (var function in tools.Functions)
        {
            if (function.Strict && !scope.Model.Schemas)
            {
                scope.Dropped.Add("tools[].function.strict");
            }

            WriteTool(writer, function, function.Strict && scope.Model.Schemas);
        }

        writer.WriteEndArray();
        WriteToolChoice(writer, tools);
    }

    private static void WriteTool(Utf8JsonWriter writer, ChatFunction function, bool strict)
    {
        writer.WriteStartObject();
        writer.WriteString("name", function.Name);
        if (!string.IsNullOrEmpty(function.Description))
        {
            writer.WriteString("description", function.Description);
        }

        function.WriteParameters(writer, "input_schema");
        if (strict)
        {
            writer.WriteBoolean("strict", true);
        }

        WriteCacheControl(writer, function.CacheControl);
        writer.WriteEndObject();
    }

    private static void WriteToolChoice(Utf8JsonWriter writer, ChatTools tools)
    {
        if (tools.Choice == ChatToolChoice.Unset && !tools.OneAtATime)
        {
            return;
        }

        writer.WriteStartObject("tool_choice");
        writer.WriteString("type", tools.Choice switch
        {
            ChatToolChoice.None => "none",
            ChatToolChoice.Required => "any",
            ChatToolChoice.Function => "tool",
            _ => "auto",
        });
        if (tools.Named is not null)
        {
            writer.WriteString("name", tools.Named);
        }

        if (tools.OneAtATime && tools.Choice != ChatToolChoice.None)
        {
            writer.WriteBoolean("disable_parallel_tool_use", true);
        }

        writer.WriteEndObject();
    }

    private static void WriteCacheControl(Utf8JsonWriter writer, JsonElement? marker)
    {
        if (marker is { ValueKind: JsonValueKind.Object } given)
        {
            writer.WritePropertyName("cache_control");
            given.WriteTo(writer);
        }
    }
}
