using System.Text.Json;

namespace BeastOrleans.Simulator;

/// <summary>What Anthropic refuses of messages beyond a missing model, messages or max_tokens.</summary>
internal static class AnthropicRules
{
    private const string NewestVersion = "2026-10-21";
    private const int LeastThinkingBudget = 1024;

    private static readonly FieldRules Body = new(
        "model:t messages:a max_tokens:n cache_control:o? container:to? context_management:o? inference_geo:t? mcp_servers:a metadata:o output_config:o "
        + "output_format:o? service_tier:t speed:t? stop_sequences:a stream:b system:ta temperature:n thinking:o tool_choice:o tools:a top_k:n top_p:n");

    private static readonly FieldRules Message = new("role:t content:ta");

    private static readonly Dictionary<string, FieldRules> Blocks = new(StringComparer.Ordinal)
    {
        ["text"] = new("type:t text:t cache_control:o? citations:a?"),
        ["image"] = new("type:t source:o cache_control:o?"),
        ["document"] = new("type:t source:o title:t? context:t? citations:o? cache_control:o?"),
        ["tool_use"] = new("type:t id:t name:t input:o cache_control:o? caller:o"),
        ["tool_result"] = new("type:t tool_use_id:t content:ta is_error:b cache_control:o?"),
        ["thinking"] = new("type:t thinking:t signature:t"),
        ["redacted_thinking"] = new("type:t data:t"),
    };

    private static readonly FieldRules Tool = new(
        "type:t? name:t description:t input_schema:o cache_control:o? strict:b input_examples:a eager_input_streaming:b? defer_loading:b allowed_callers:a");

    private static readonly FieldRules ToolChoice = new("type:t name:t disable_parallel_tool_use:b");
    private static readonly FieldRules Thinking = new("type:t budget_tokens:n display:t?");
    private static readonly FieldRules OutputConfig = new("effort:t? format:o? task_budget:o?");
    private static readonly FieldRules Metadata = new("user_id:t?");

    public static SimulatedError? Refusal(IHeaderDictionary headers, RequestDetail? detail)
    {
        var version = headers["anthropic-version"].ToString();
        if (version.Length == 0)
        {
            return new SimulatedError(400, Message: "anthropic-version: header is required");
        }

        return detail is null ? null
            : Check(Body, detail.Root, "") ?? Options(detail.Root, version) ?? Tools(detail.Root) ?? Turns(detail.Root.GetProperty("messages"));
    }

    private static SimulatedError? Check(FieldRules rules, JsonElement element, string path)
    {
        if (element.ValueKind != JsonValueKind.Object)
        {
            return Invalid(path.TrimEnd('.'), "Input should be an object");
        }

        var (unknown, misshaped) = rules.Check(element);
        return unknown is not null ? Invalid(path + unknown, "Extra inputs are not permitted")
            : misshaped is not null ? Invalid(path + misshaped, "Input should be of another type")
            : null;
    }

    private static SimulatedError Invalid(string path, string why) => new(400, Message: $"{path}: {why}");

    private static SimulatedError? Options(JsonElement body, string version)
    {
        foreach (var name in (ReadOnlySpan<string>)["temperature", "top_p", "top_k"])
        {
            if (version == NewestVersion && body.TryGetProperty(name, out _))
            {
                return Invalid(name, "Extra inputs are not permitted");
            }
        }

        if (body.TryGetProperty("temperature", out var temperature) && temperature.GetDouble() is < 0 or > 1)
        {
            return Invalid("temperature", "range: 0..1");
        }

        if (body.TryGetProperty("stop_sequences", out var stops) && stops.EnumerateArray().Any(static stop => string.IsNullOrWhiteSpace(stop.GetString())))
        {
            return Invalid("stop_sequences", "each stop sequence must contain non-whitespace");
        }

        return Part(Metadata, body, "metadata") ?? Part(OutputConfig, body, "output_config") ?? Thought(body);
    }

    private static SimulatedError? Thought(JsonElement body)
    {
        if (!body.TryGetProperty("thinking", out var thinking))
        {
            return null;
        }

        if (Check(Thinking, thinking, "thinking.") is { } refusal)
        {
            return refusal;
        }

        if (thinking.GetProperty("type").ValueEquals("disabled"))
        {
            return null;
        }

        if (thinking.TryGetProperty("budget_tokens", out var budget)
            && (budget.GetInt32() < LeastThinkingBudget || budget.GetInt32() >= body.GetProperty("max_tokens").GetInt32()))
        {
            return Invalid("thinking.budget_tokens", "at least 1024 and less than max_tokens");
        }

        if (body.TryGetProperty("temperature", out var temperature) && temperature.GetDouble() != 1)
        {
            return Invalid("temperature", "may only be set to 1 when thinking is enabled");
        }

        return body.TryGetProperty("tool_choice", out var choice) && choice.GetProperty("type").GetString() is "any" or "tool"
            ? Invalid("thinking", "may not be enabled when tool_choice forces tool use")
            : null;
    }

    private static SimulatedError? Tools(JsonElement body)
    {
        if (!body.TryGetProperty("tools", out var tools))
        {
            return body.TryGetProperty("tool_choice", out _) ? Invalid("tool_choice", "may only be specified while providing tools") : null;
        }

        for (var index = 0; index < tools.GetArrayLength(); index++)
        {
            if (Check(Tool, tools[index], $"tools.{index}.") is { } refusal)
            {
                return refusal;
            }

            if (!tools[index].TryGetProperty("input_schema", out var schema) || !schema.TryGetProperty("type", out var type) || !type.ValueEquals("object"))
            {
                return Invalid($"tools.{index}.input_schema.type", "Field required");
            }
        }

        return Part(ToolChoice, body, "tool_choice");
    }

    private static SimulatedError? Turns(JsonElement messages)
    {
        var open = new HashSet<string>(StringComparer.Ordinal);
        for (var index = 0; index < messages.GetArrayLength(); index++)
        {
            var (message, path) = (messages[index], $"messages.{index}.");
            if (Check(Message, message, path) is { } refusal)
            {
                return refusal;
            }

            // The real one joins neighbours of one role; here they show a translation that did not.
            if (!message.TryGetProperty("role", out var role) || !role.ValueEquals(index % 2 == 0 ? "user" : "assistant"))
            {
                return Invalid(path + "role", "roles must alternate between \"user\" and \"assistant\", beginning with \"user\"");
            }

            if (!message.TryGetProperty("content", out var content))
            {
                return Invalid(path + "content", "Field required");
            }

            if ((content.ValueKind == JsonValueKind.Array ? Content(content, path, open) : Said(content, path)) is { } flaw)
            {
                return flaw;
            }

            if (role.ValueEquals("user") && open.Count > 0)
            {
                return Invalid(path + "content", $"`tool_use` ids were found without `tool_result` blocks immediately after: {string.Join(", ", open)}");
            }
        }

        return messages.GetArrayLength() == 0 ? Invalid("messages", "at least one message is required") : null;
    }

    private static SimulatedError? Content(JsonElement content, string path, HashSet<string> open)
    {
        foreach (var block in content.EnumerateArray())
        {
            if (block.ValueKind != JsonValueKind.Object || !block.TryGetProperty("type", out var type) || !Blocks.TryGetValue(type.GetString() ?? "", out var rules))
            {
                return Invalid(path + "content", "Input tag does not match any of the expected tags");
            }

            if (Check(rules, block, path + "content.") is { } refusal)
            {
                return refusal;
            }

            var problem = type.GetString() switch
            {
                "text" => Said(block.GetProperty("text"), path),
                "image" => Image(block, path),
                "tool_use" => open.Add(block.GetProperty("id").GetString()!) ? null : Invalid(path + "content", "`tool_use` ids must be unique"),
                "tool_result" => open.Remove(block.GetProperty("tool_use_id").GetString()!) ? null : Invalid(path + "content", "unexpected `tool_use_id` found in `tool_result` blocks"),
                _ => null,
            };
            if (problem is not null)
            {
                return problem;
            }
        }

        return null;
    }

    private static SimulatedError? Said(JsonElement text, string path) =>
        string.IsNullOrWhiteSpace(text.GetString()) ? Invalid(path + "content", "text content blocks must contain non-whitespace text") : null;

    private static SimulatedError? Image(JsonElement block, string path)
    {
        var source = block.TryGetProperty("source", out var given) ? given : default;
        var isWhole = source.ValueKind == JsonValueKind.Object && source.TryGetProperty("type", out var type) && type.GetString() switch
        {
            "base64" => source.TryGetProperty("media_type", out var media) && media.GetString() is "image/png" or "image/jpeg" or "image/gif" or "image/webp"
                && source.TryGetProperty("data", out var data) && data.TryGetBytesFromBase64(out _),
            "url" => source.TryGetProperty("url", out var url) && Uri.TryCreate(url.GetString(), UriKind.Absolute, out _),
            _ => false,
        };
        return isWhole ? null : Invalid(path + "content.source", "Input should be a base64 or url source of png, jpeg, gif or webp");
    }

    private static SimulatedError? Part(FieldRules rules, JsonElement body, string name) =>
        body.TryGetProperty(name, out var part) ? Check(rules, part, name + ".") : null;
}
