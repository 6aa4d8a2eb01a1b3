using System.Text.Json;
using System.Text.RegularExpressions;

namespace BeastOrleans.Simulator;

/// <summary>What OpenAI refuses of chat completions beyond a missing model or messages.</summary>
internal static partial class OpenAIRules
{
    private static readonly FieldRules Body = new(
        "model:t messages:a audio:o? frequency_penalty:n? function_call:to functions:a logit_bias:o? logprobs:b? max_completion_tokens:n? max_tokens:n? "
        + "metadata:o? modalities:a? n:n? parallel_tool_calls:b prediction:o? presence_penalty:n? prompt_cache_key:t prompt_cache_retention:t? "
        + "reasoning_effort:t? response_format:o safety_identifier:t seed:n? service_tier:t? stop:ta? store:b? stream:b? stream_options:o? "
        + "temperature:n? tool_choice:to tools:a top_logprobs:n? top_p:n? user:t verbosity:t? web_search_options:o");

    private static readonly Dictionary<string, FieldRules> Messages = new(StringComparer.Ordinal)
    {
        ["system"] = new("role:t content:ta name:t"),
        ["developer"] = new("role:t content:ta name:t"),
        ["user"] = new("role:t content:ta name:t"),
        ["assistant"] = new("role:t content:ta? refusal:t? name:t audio:o? tool_calls:a function_call:o? annotations:a"),
        // The name is in no reference, yet taken: LangChain sends it.
        ["tool"] = new("role:t content:ta tool_call_id:t name:t"),
        ["function"] = new("role:t content:t? name:t"),
    };

    private static readonly Dictionary<string, FieldRules> Parts = new(StringComparer.Ordinal)
    {
        ["text"] = new("type:t text:t"),
        ["refusal"] = new("type:t refusal:t"),
        ["image_url"] = new("type:t image_url:o"),
        ["input_audio"] = new("type:t input_audio:o"),
        ["file"] = new("type:t file:o"),
    };

    private static readonly FieldRules Tool = new("type:t function:o");
    private static readonly FieldRules Function = new("name:t description:t parameters:o strict:b?");
    private static readonly FieldRules Call = new("id:t type:t function:o");
    private static readonly FieldRules CalledFunction = new("name:t arguments:t");
    private static readonly FieldRules Format = new("type:t json_schema:o");
    private static readonly FieldRules Schema = new("name:t description:t schema:o strict:b?");
    private static readonly FieldRules StreamOptions = new("include_usage:b include_obfuscation:b");

    public static SimulatedError? ChatRefusal(RequestDetail? detail) => detail is null ? null
        : Check(Body, detail.Root, "") ?? Options(detail.Root) ?? Tools(detail.Root) ?? ResponseFormat(detail.Root) ?? Turns(detail.Root.GetProperty("messages"));

    public static SimulatedError? Check(FieldRules rules, JsonElement element, string path)
    {
        if (element.ValueKind != JsonValueKind.Object)
        {
            return Invalid(path.TrimEnd('.'), "expected an object");
        }

        var (unknown, misshaped) = rules.Check(element);
        return unknown is not null ? new SimulatedError(400, Code: "unknown_parameter", Message: $"Unknown parameter: '{path}{unknown}'.")
            : misshaped is not null ? new SimulatedError(400, Code: "invalid_type", Message: $"Invalid type for '{path}{misshaped}'.")
            : null;
    }

    public static SimulatedError Invalid(string path, string why) => new(400, Code: "invalid_value", Message: $"Invalid value for '{path}': {why}.");

    private static SimulatedError? Options(JsonElement body)
    {
        if (Number(body, "temperature") is < 0 or > 2)
        {
            return Invalid("temperature", "expected 0 to 2");
        }

        if (Number(body, "top_p") is < 0 or > 1)
        {
            return Invalid("top_p", "expected 0 to 1");
        }

        if (Number(body, "max_tokens") is not null && Number(body, "max_completion_tokens") is not null)
        {
            return Invalid("max_tokens", "cannot stand beside 'max_completion_tokens'");
        }

        if (body.TryGetProperty("stop", out var stop) && stop.ValueKind == JsonValueKind.Array && stop.GetArrayLength() is 0 or > 4)
        {
            return Invalid("stop", "expected 1 to 4 sequences");
        }

        if (!body.TryGetProperty("stream_options", out var options) || options.ValueKind == JsonValueKind.Null)
        {
            return null;
        }

        return body.TryGetProperty("stream", out var stream) && stream.ValueKind == JsonValueKind.True
            ? Check(StreamOptions, options, "stream_options.")
            : Invalid("stream_options", "only allowed when 'stream' is enabled");
    }

    private static SimulatedError? Tools(JsonElement body)
    {
        if (!body.TryGetProperty("tools", out var tools))
        {
            return body.TryGetProperty("tool_choice", out _) ? Invalid("tool_choice", "only allowed when 'tools' are specified")
                : body.TryGetProperty("parallel_tool_calls", out _) ? Invalid("parallel_tool_calls", "only allowed when 'tools' are specified")
                : null;
        }

        if (tools.GetArrayLength() == 0)
        {
            return Invalid("tools", "expected at least one");
        }

        for (var index = 0; index < tools.GetArrayLength(); index++)
        {
            var path = $"tools[{index}].";
            if (Check(Tool, tools[index], path) is { } refusal)
            {
                return refusal;
            }

            if (!tools[index].TryGetProperty("function", out var function))
            {
                return Invalid(path + "type", "supported values are: 'function'");
            }

            if (Check(Function, function, path + "function.") is { } flaw)
            {
                return flaw;
            }

            if (!function.TryGetProperty("name", out var name) || !FunctionName().IsMatch(name.GetString()!))
            {
                return Invalid(path + "function.name", "expected 1 to 64 letters, digits, '_' or '-'");
            }
        }

        return null;
    }

    private static SimulatedError? ResponseFormat(JsonElement body)
    {
        if (!body.TryGetProperty("response_format", out var format))
        {
            return null;
        }

        if (Check(Format, format, "response_format.") is { } refusal)
        {
            return refusal;
        }

        if (!format.TryGetProperty("json_schema", out var schema))
        {
            return format.TryGetProperty("type", out var type) && type.GetString() is "text" or "json_object" ? null : Invalid("response_format.type", "unknown or without its schema");
        }

        return Check(Schema, schema, "response_format.json_schema.")
            ?? (schema.TryGetProperty("name", out var name) && FunctionName().IsMatch(name.GetString()!)
                ? null
                : new SimulatedError(400, Code: "missing_required_parameter", Message: "Missing required parameter: 'response_format.json_schema.name'."));
    }

    private static SimulatedError? Turns(JsonElement messages)
    {
        if (messages.GetArrayLength() == 0)
        {
            return Invalid("messages", "expected at least one");
        }

        var open = new HashSet<string>(StringComparer.Ordinal);
        for (var index = 0; index < messages.GetArrayLength(); index++)
        {
            var (message, path) = (messages[index], $"messages[{index}].");
            if (message.ValueKind != JsonValueKind.Object || !message.TryGetProperty("role", out var role)
                || role.ValueKind != JsonValueKind.String || !Messages.TryGetValue(role.GetString()!, out var rules))
            {
                return Invalid(path + "role", "supported values are 'system', 'developer', 'user', 'assistant', 'tool' and 'function'");
            }

            if ((Check(rules, message, path) ?? Content(message, path)) is { } refusal)
            {
                return refusal;
            }

            if (role.ValueEquals("tool"))
            {
                if (!message.TryGetProperty("tool_call_id", out var id) || !open.Remove(id.GetString()!))
                {
                    return Invalid(path + "tool_call_id", "messages with role 'tool' must be a response to a preceding message with 'tool_calls'");
                }
            }
            else if (open.Count > 0)
            {
                return Invalid(path + "role", $"an assistant message with 'tool_calls' must be followed by tool messages; these did not have any: {string.Join(", ", open)}");
            }
            else if (Calls(message, path, open) is { } flaw)
            {
                return flaw;
            }
        }

        return open.Count == 0 ? null : Invalid("messages", $"no tool message answers {string.Join(", ", open)}");
    }

    private static SimulatedError? Calls(JsonElement message, string path, HashSet<string> open)
    {
        if (!message.TryGetProperty("tool_calls", out var calls))
        {
            return null;
        }

        foreach (var call in calls.EnumerateArray())
        {
            if ((Check(Call, call, path + "tool_calls[].") ?? Check(CalledFunction, call.GetProperty("function"), path + "tool_calls[].function.")) is { } refusal)
            {
                return refusal;
            }

            open.Add(call.GetProperty("id").GetString()!);
        }

        return open.Count == 0 ? Invalid(path + "tool_calls", "expected at least one") : null;
    }

    private static SimulatedError? Content(JsonElement message, string path)
    {
        if (!message.TryGetProperty("content", out var content))
        {
            return message.TryGetProperty("tool_calls", out _) || message.TryGetProperty("function_call", out _)
                ? null
                : new SimulatedError(400, Code: "missing_required_parameter", Message: $"Missing required parameter: '{path}content'.");
        }

        if (content.ValueKind != JsonValueKind.Array)
        {
            return null;
        }

        foreach (var part in content.EnumerateArray())
        {
            if (part.ValueKind != JsonValueKind.Object || !part.TryGetProperty("type", out var type) || !Parts.TryGetValue(type.GetString() ?? "", out var rules))
            {
                return Invalid(path + "content[].type", "supported values are 'text', 'image_url', 'input_audio', 'file' and 'refusal'");
            }

            if (Check(rules, part, path + "content[].") is { } refusal)
            {
                return refusal;
            }

            if (type.ValueEquals("image_url") && !(part.TryGetProperty("image_url", out var image) && image.TryGetProperty("url", out var url) && ImageUrl().IsMatch(url.GetString()!)))
            {
                return new SimulatedError(400, Code: "invalid_image_url", Message: $"Invalid '{path}content[].image_url.url'.");
            }
        }

        return null;
    }

    private static double? Number(JsonElement body, string name) =>
        body.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number ? value.GetDouble() : null;

    [GeneratedRegex("^[a-zA-Z0-9_-]{1,64}$")]
    private static partial Regex FunctionName();

    [GeneratedRegex("^(https?://|data:image/(png|jpeg|gif|webp);base64,[A-Za-z0-9+/]+=*$)")]
    private static partial Regex ImageUrl();
}
