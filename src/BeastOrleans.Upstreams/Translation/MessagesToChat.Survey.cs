using System.Text.Json;
using BeastOrleans.Upstreams.Anthropic;

namespace BeastOrleans.Upstreams.Translation;

/// <summary>What of one request is refused and what is dropped, before a byte is written.</summary>
public static partial class MessagesToChat
{
    private sealed partial class FieldSurvey(ChatModelTraits traits)
    {
        /// <summary>The most names listed; a mark stands for the rest.</summary>
        private const int MaxDropped = 32;

        private const int MaxNameLength = 64;

        private readonly List<string> _dropped = [];

        public IReadOnlyList<string> Dropped => _dropped;

        public RequestDefect? Read(JsonElement root)
        {
            foreach (var member in root.EnumerateObject())
            {
                if (member.Value.ValueKind != JsonValueKind.Null && ReadTop(member) is { } defect)
                {
                    return defect;
                }
            }

            return ReadValues(root) ?? ReadSystem(root) ?? ReadTools(root) ?? ReadChoice(root) ?? ReadFormats(root) ?? ReadMessages(root.GetProperty("messages"));
        }

        private RequestDefect? ReadTop(JsonProperty member)
        {
            switch (member.Name)
            {
                case "temperature" or "top_p" when !traits.TakesSampling:
                    Drop(member.Name);
                    return null;
                case "thinking":
                    DropOthers(member.Value, "thinking", "type", "budget_tokens");
                    if (!traits.TakesEffort && Effort(member.Value) is not null)
                    {
                        Drop("thinking");
                    }

                    return null;
                case "metadata":
                    DropOthers(member.Value, "metadata", "user_id");
                    return null;
                case "output_config":
                    DropOthers(member.Value, "output_config", "format", "effort");
                    if (!traits.TakesEffort && member.Value.TryGetProperty("effort", out var effort) && effort.ValueKind == JsonValueKind.String)
                    {
                        Drop("output_config.effort");
                    }

                    return null;
                case "stop_sequences" when member.Value.GetArrayLength() > MaxStopSequences:
                    return new RequestDefect($"'stop_sequences' may hold at most {MaxStopSequences} for this upstream.", "stop_sequences");
            }

            var verdict = FieldsByPath.TryGetValue(member.Name, out var field) ? field.Verdict : Verdict.Dropped;
            if (verdict == Verdict.Refused && !(member.Value.ValueKind == JsonValueKind.Array && member.Value.GetArrayLength() == 0))
            {
                return Refusal(member.Name, field!);
            }

            if (verdict == Verdict.Dropped)
            {
                Drop(field?.Path ?? Safe(member.Name));
            }

            return null;
        }

        /// <summary>Values of carried fields that only a native upstream may know.</summary>
        private static RequestDefect? ReadValues(JsonElement root)
        {
            if (root.TryGetProperty("max_tokens", out var limit) && limit.ValueKind == JsonValueKind.Number && limit.GetInt32() == 0)
            {
                return Refusal("max_tokens", FieldsByPath["max_tokens=0"]);
            }

            if (root.TryGetProperty("thinking", out var thinking) && thinking.ValueKind == JsonValueKind.Object
                && thinking.GetProperty("type").GetString() is not ("enabled" or "disabled" or "adaptive"))
            {
                return Refusal("thinking.type", FieldsByPath["thinking.type=other"]);
            }

            return root.TryGetProperty("output_config", out var config) && config.ValueKind == JsonValueKind.Object
                && config.TryGetProperty("effort", out var effort) && effort.ValueKind == JsonValueKind.String
                && effort.GetString() is not ("low" or "medium" or "high" or "xhigh" or "max")
                ? Refusal("output_config.effort", FieldsByPath["output_config.effort=other"])
                : null;
        }

        private RequestDefect? ReadSystem(JsonElement root)
        {
            if (root.TryGetProperty("system", out var system) && system.ValueKind == JsonValueKind.Array)
            {
                var index = 0;
                foreach (var block in system.EnumerateArray())
                {
                    if (!block.GetProperty("type").ValueEquals("text"u8))
                    {
                        return Refusal($"system[{index}]", FieldsByPath["messages[].content[type=other]"]);
                    }

                    DropOthers(block, "system[]", "type", "text");
                    index++;
                }
            }

            return null;
        }

        private RequestDefect? ReadTools(JsonElement root)
        {
            if (!root.TryGetProperty("tools", out var tools) || tools.ValueKind != JsonValueKind.Array)
            {
                return null;
            }

            var index = 0;
            foreach (var tool in tools.EnumerateArray())
            {
                if (tool.TryGetProperty("type", out var type) && type.ValueKind == JsonValueKind.String && !type.ValueEquals("custom"u8))
                {
                    return Refusal($"tools[{index}].type", FieldsByPath["tools[].type"]);
                }

                // In a chat completion the schema stands one level deeper.
                if (DepthOf(tool.GetProperty("input_schema")) > MessagesRequestReader.MaxDepth - 4)
                {
                    return new RequestDefect($"'tools[{index}].input_schema' is nested too deep for this upstream.", $"tools[{index}].input_schema");
                }

                DropOthers(tool, "tools[]", "type", "name", "description", "input_schema", "strict");
                index++;
            }

            return null;
        }

        private RequestDefect? ReadChoice(JsonElement root)
        {
            if (!root.TryGetProperty("tool_choice", out var choice) || choice.ValueKind != JsonValueKind.Object)
            {
                return null;
            }

            DropOthers(choice, "tool_choice", "type", "name", "disable_parallel_tool_use");
            var type = choice.GetProperty("type");
            var names = ToolsOf(root).Select(static tool => tool.GetProperty("name").GetString()).ToHashSet();
            if (names.Count == 0 && !type.ValueEquals("none"u8))
            {
                return type.ValueEquals("auto"u8) ? null : new RequestDefect("'tool_choice' asks for a tool, and 'tools' has none.", "tool_choice");
            }

            return type.ValueEquals("tool"u8) && !names.Contains(choice.GetProperty("name").GetString())
                ? new RequestDefect("'tool_choice.name' is none of the tools' names.", "tool_choice.name")
                : null;
        }

        private RequestDefect? ReadFormats(JsonElement root)
        {
            foreach (var path in (ReadOnlySpan<string>)["output_format", "output_config.format"])
            {
                if (FormatOf(root, path) is not { } format)
                {
                    continue;
                }

                DropOthers(format, path, "type", "schema");
                if (DepthOf(format.GetProperty("schema")) > MessagesRequestReader.MaxDepth - 3)
                {
                    return new RequestDefect($"'{path}.schema' is nested too deep for this upstream.", $"{path}.schema");
                }
            }

            return null;
        }

        private static RequestDefect Refusal(string path, Field field) => new($"'{path}' {field.Note}", path);

        /// <summary>Lists the members beside the carried ones. A cache marker has one name wherever it stands.</summary>
        private void DropOthers(JsonElement element, string path, params ReadOnlySpan<string> carried)
        {
            foreach (var member in element.EnumerateObject())
            {
                if (member.Value.ValueKind != JsonValueKind.Null && !carried.Contains(member.Name))
                {
                    Drop(member.Name == "cache_control" ? member.Name : $"{path}.{Safe(member.Name)}");
                }
            }
        }

        private void Drop(string path)
        {
            if (!_dropped.Contains(path) && _dropped.Count <= MaxDropped)
            {
                _dropped.Add(_dropped.Count == MaxDropped ? "..." : path);
            }
        }

        /// <summary>The client's own text may not reach a header as it is.</summary>
        private static string Safe(string name) =>
            name.Length is > 0 and <= MaxNameLength && name.All(static c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-') ? name : "?";

        private static int DepthOf(JsonElement element)
        {
            var deepest = 0;
            if (element.ValueKind == JsonValueKind.Object)
            {
                foreach (var member in element.EnumerateObject())
                {
                    deepest = Math.Max(deepest, DepthOf(member.Value));
                }
            }
            else if (element.ValueKind == JsonValueKind.Array)
            {
                foreach (var item in element.EnumerateArray())
                {
                    deepest = Math.Max(deepest, DepthOf(item));
                }
            }
            else
            {
                return 0;
            }

            return deepest + 1;
        }
    }
}
