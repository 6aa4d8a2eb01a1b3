using System.Text.Json;
using BeastOrleans.Upstreams.OpenAI;

namespace BeastOrleans.Upstreams.Translation;

/// <summary>Parts of content.</summary>
public static partial class ResponsesToChat
{
    /// <summary>The types of parts that chat takes from a role.</summary>
    private static string PartsOf(string role) => role switch
    {
        "user" => "input_text, input_image, input_file",
        "assistant" => "output_text, input_text, refusal",
        _ => "input_text",
    };

    private static RequestDefect? CheckParts(JsonElement parts, string path, string allowed, DroppedFields dropped)
    {
        var index = 0;
        foreach (var part in parts.EnumerateArray())
        {
            var at = $"{path}[{index++}]";
            var type = TextOf(part, "type");
            if (type is null || !allowed.Split(", ").Contains(type, StringComparer.Ordinal))
            {
                return RequestFields.Must($"{at}.type", $"one of: {allowed}");
            }

            var field = type switch { "refusal" => "refusal", "input_image" => "image_url", "input_file" => "file_data", _ => "text" };
            if ((Judge(part, at + ".", "part.", dropped) ?? CheckPart(part, type, field, at)) is { } defect)
            {
                return defect;
            }
        }

        return null;
    }

    private static RequestDefect? CheckPart(JsonElement part, string type, string field, string at)
    {
        if (TextOf(part, field) is not { } value || (field is "image_url" or "file_data" && value.Length == 0))
        {
            return RequestFields.Must($"{at}.{field}", field == "image_url" ? "a string: a URL or a data: URL" : "a string");
        }

        var option = type switch { "input_image" => "detail", "input_file" => "filename", _ => null };
        return option is not null && TryGiven(part, option, out var given) && given.ValueKind != JsonValueKind.String
            ? RequestFields.Must($"{at}.{option}", "a string")
            : null;
    }

    /// <summary>One text is a string, which every server takes; anything else an array of parts.</summary>
    private static void WriteContent(Utf8JsonWriter writer, JsonElement content)
    {
        if (content.ValueKind == JsonValueKind.String)
        {
            writer.WriteString("content", content.GetString());
        }
        else
        {
            WriteContent(writer, [.. content.EnumerateArray()]);
        }
    }

    private static void WriteContent(Utf8JsonWriter writer, List<JsonElement> parts)
    {
        if (parts.Count == 0)
        {
            writer.WriteString("content", "");
            return;
        }

        if (parts.Count == 1 && (parts[0].ValueKind == JsonValueKind.String || TextOf(parts[0], "text") is not null))
        {
            writer.WriteString("content", parts[0].ValueKind == JsonValueKind.String ? parts[0].GetString() : TextOf(parts[0], "text"));
            return;
        }

        writer.WriteStartArray("content");
        foreach (var part in parts)
        {
            writer.WriteStartObject();
            WritePart(writer, part);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    private static void WritePart(Utf8JsonWriter writer, JsonElement part)
    {
        var type = part.ValueKind == JsonValueKind.String ? "text" : TextOf(part, "type");
        switch (type)
        {
            case "refusal":
                writer.WriteString("type", "refusal");
                writer.WriteString("refusal", TextOf(part, "refusal"));
                break;
            case "input_image":
                writer.WriteString("type", "image_url");
                writer.WriteStartObject("image_url");
                writer.WriteString("url", TextOf(part, "image_url"));
                CopyGiven(writer, part, "detail");
                writer.WriteEndObject();
                break;
            case "input_file":
                writer.WriteString("type", "file");
                writer.WriteStartObject("file");
                CopyGiven(writer, part, "filename", "file_data");
                writer.WriteEndObject();
                break;
            default:
                writer.WriteString("type", "text");
                writer.WriteString("text", part.ValueKind == JsonValueKind.String ? part.GetString() : TextOf(part, "text"));
                break;
        }
    }

    /// <summary>The assistant's message that is being gathered: its text, then its calls.</summary>
    private sealed class AssistantTurn(Utf8JsonWriter writer)
    {
        private readonly HashSet<string> _known = new(StringComparer.Ordinal);
        private readonly List<(string Id, string Name, string Arguments)> _calls = [];
        private readonly List<JsonElement> _parts = [];
        private bool _open;

        public bool HasCall(string callId) => _known.Contains(callId);

        /// <summary>Text behind calls that have no answer yet joins their message: chat allows nothing between the two.</summary>
        public void AddContent(JsonElement content)
        {
            if (_calls.Count == 0)
            {
                Flush();
            }

            _open = true;
            if (content.ValueKind == JsonValueKind.String)
            {
                _parts.Add(content);
            }
            else
            {
                _parts.AddRange(content.EnumerateArray());
            }
        }

        public void AddCall(string id, string name, string arguments)
        {
            _open = true;
            _known.Add(id);
            _calls.Add((id, name, string.IsNullOrWhiteSpace(arguments) ? "{}" : arguments));
        }

        public void Flush()
        {
            if (!_open)
            {
                return;
            }

            writer.WriteStartObject();
            writer.WriteString("role", "assistant");
            if (_parts.Count == 0 && _calls.Count > 0)
            {
                writer.WriteNull("content");
            }
            else
            {
                WriteContent(writer, _parts);
            }

            WriteCalls();
            writer.WriteEndObject();
            _parts.Clear();
            _calls.Clear();
            _open = false;
        }

        private void WriteCalls()
        {
            if (_calls.Count == 0)
            {
                return;
            }

            writer.WriteStartArray("tool_calls");
            foreach (var (id, name, arguments) in _calls)
            {
                writer.WriteStartObject();
                writer.WriteString("id", id);
                writer.WriteString("type", "function");
                writer.WriteStartObject("function");
                writer.WriteString("name", name);
                writer.WriteString("arguments", arguments);
                writer.WriteEndObject();
                writer.WriteEndObject();
            }

            writer.WriteEndArray();
        }
    }
}
