using System.Text.Json;

namespace BeastOrleans.Upstreams.Translation;

public static partial class MessagesToChat
{
    /// <summary>The turns: block types, and that every call has its result directly behind it, as both dialects demand.</summary>
    private sealed partial class FieldSurvey
    {
        // Calls of the assistant's last turn that no result has answered yet, each with its path.
        private readonly Dictionary<string, string> _unanswered = new(StringComparer.Ordinal);

        private RequestDefect? ReadMessages(JsonElement messages)
        {
            var index = 0;
            bool wasAssistant = false, hasUser = false, saysLast = false;
            foreach (var message in messages.EnumerateArray())
            {
                var path = $"messages[{index++}]";
                var role = message.GetProperty("role");
                var isUser = role.ValueEquals("user"u8);
                var isAssistant = role.ValueEquals("assistant"u8);

                // A chat completion takes nothing between a call and its result, no system message either.
                if (!isUser && !(isAssistant && wasAssistant) && Unanswered() is { } open)
                {
                    return open;
                }

                DropOthers(message, "messages[]", "role", "content");
                var content = message.GetProperty("content");
                if (ReadContent(content, path + ".content") is { } defect)
                {
                    return defect;
                }

                saysLast = SaysSomething(content);
                (wasAssistant, hasUser) = (isAssistant, hasUser || isUser);
            }

            if (Unanswered() is { } left)
            {
                return left;
            }

            if (wasAssistant && saysLast)
            {
                return Refusal($"messages[{index - 1}]", FieldsByPath["messages[last].role=assistant"]);
            }

            return hasUser ? null : new RequestDefect("'messages' must hold a user turn.", "messages");
        }

        private RequestDefect? ReadContent(JsonElement content, string path)
        {
            if (content.ValueKind != JsonValueKind.Array)
            {
                return null;
            }

            var index = 0;
            foreach (var block in content.EnumerateArray())
            {
                if (ReadBlock(block, $"{path}[{index++}]") is { } defect)
                {
                    return defect;
                }
            }

            return null;
        }

        private RequestDefect? ReadBlock(JsonElement block, string path)
        {
            const string Members = "messages[].content[]";
            switch (block.GetProperty("type").GetString())
            {
                case "text":
                    DropOthers(block, Members, "type", "text");
                    return null;
                case "image":
                    DropOthers(block, Members, "type", "source");
                    return block.GetProperty("source").GetProperty("type").ValueEquals("file"u8)
                        ? Refusal(path + ".source.file_id", FieldsByPath["messages[].content[].source.file_id"])
                        : null;
                case "tool_use":
                    DropOthers(block, Members, "type", "id", "name", "input");
                    return _unanswered.TryAdd(block.GetProperty("id").GetString()!, path)
                        ? null
                        : new RequestDefect($"'{path}.id' is another call's id.", path + ".id");
                case "tool_result":
                    DropOthers(block, Members, "type", "tool_use_id", "content", "is_error");
                    if (!_unanswered.Remove(block.GetProperty("tool_use_id").GetString()!))
                    {
                        return new RequestDefect(
                            $"'{path}.tool_use_id' must name a tool_use of the assistant's turn directly before it, once.", path + ".tool_use_id");
                    }

                    return block.TryGetProperty("content", out var content) ? ReadContent(content, path + ".content") : null;
                case { } type:
                    var field = FieldsByPath.GetValueOrDefault($"messages[].content[type={type}]") ?? FieldsByPath["messages[].content[type=other]"];
                    if (field.Verdict == Verdict.Refused)
                    {
                        return Refusal(path, field);
                    }

                    Drop(field.Path);
                    return null;
                default:
                    throw new InvalidOperationException("A content block without a type passed the reader.");
            }
        }

        private RequestDefect? Unanswered()
        {
            foreach (var path in _unanswered.Values)
            {
                return new RequestDefect($"'{path}' is a tool_use without a tool_result in the user turn directly behind it.", path);
            }

            return null;
        }

        private static bool SaysSomething(JsonElement content) => content.ValueKind == JsonValueKind.String
            ? content.ValueEquals(""u8) is false
            : content.EnumerateArray().Any(static block => block.GetProperty("type").ValueEquals("text"u8));
    }
}
