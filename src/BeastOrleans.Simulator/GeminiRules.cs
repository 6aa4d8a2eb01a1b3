using System.Text.Json;
using System.Text.RegularExpressions;

namespace BeastOrleans.Simulator;

/// <summary>What Gemini refuses of <c>generateContent</c> beyond missing contents.</summary>
internal static partial class GeminiRules
{
    private const int MaxStopSequences = 5;
    private const int MaxCandidates = 8;

    private static readonly FieldRules Body = new(
        "contents:a model:t tools:a toolConfig:o safetySettings:a systemInstruction:o generationConfig:o cachedContent:t");

    private static readonly FieldRules Config = new(
        "stopSequences:a responseMimeType:t responseSchema:o responseJsonSchema:o responseModalities:a candidateCount:n maxOutputTokens:n temperature:n topP:n "
        + "topK:n seed:n presencePenalty:n frequencyPenalty:n responseLogprobs:b logprobs:n enableEnhancedCivicAnswers:b speechConfig:o thinkingConfig:o "
        + "imageConfig:o mediaResolution:t");

    private static readonly FieldRules Thinking = new("includeThoughts:b thinkingBudget:n thinkingLevel:t");
    private static readonly FieldRules Tool = new(
        "functionDeclarations:a googleSearch:o googleSearchRetrieval:o codeExecution:o urlContext:o computerUse:o fileSearch:o googleMaps:o");

    private static readonly FieldRules Function = new("name:t description:t behavior:t parameters:o parametersJsonSchema:o response:o responseJsonSchema:o");
    private static readonly FieldRules ToolConfig = new("functionCallingConfig:o retrievalConfig:o");
    private static readonly FieldRules Calling = new("mode:t allowedFunctionNames:a");

    /// <summary>Google's own schema, a part of OpenAPI's: additionalProperties and $ref are not in it.</summary>
    private static readonly FieldRules Schema = new(
        "type:t format:t title:t description:t nullable:b enum:a maxItems:nt minItems:nt properties:o required:a minProperties:nt maxProperties:nt minLength:nt "
        + "maxLength:nt pattern:t example:tnbao? anyOf:a propertyOrdering:a default:tnbao? items:o minimum:n maximum:n");

    public static SimulatedError? Refusal(RequestDetail? detail, string model)
    {
        if (detail is null)
        {
            return new SimulatedError(400, Message: "Invalid JSON payload received. Expected an object.");
        }

        var root = detail.Root;
        return Check(Body, root, "")
            ?? (root.TryGetProperty("systemInstruction", out var system) ? GeminiContentRules.System(system) : null)
            ?? Options(root) ?? Tools(root)
            ?? GeminiContentRules.Turns(root.GetProperty("contents"), model);
    }

    /// <summary>Unknown and mis-shaped members, in the words of Google's JSON reader.</summary>
    public static SimulatedError? Check(FieldRules rules, JsonElement element, string path)
    {
        if (element.ValueKind != JsonValueKind.Object)
        {
            return Wrong(path, element);
        }

        var (unknown, misshaped) = rules.Check(element);
        return unknown is not null ? new SimulatedError(400, Message: $"Invalid JSON payload received. Unknown name \"{unknown}\"{(path.Length == 0 ? "" : $" at '{path}'")}: Cannot find field.")
            : misshaped is not null ? Wrong(path.Length == 0 ? misshaped : $"{path}.{misshaped}", element.GetProperty(misshaped))
            : null;
    }

    /// <summary>What is readable, but may not be.</summary>
    public static SimulatedError Invalid(string path, string why) => new(400, Message: $"* GenerateContentRequest.{path}: {why}");

    private static SimulatedError Wrong(string path, JsonElement value) => new(400, Message: $"Invalid value at '{path}', {value.GetRawText()}");

    private static SimulatedError? Options(JsonElement root)
    {
        const string Path = "generation_config";
        if (!root.TryGetProperty("generationConfig", out var config))
        {
            return null;
        }

        return Check(Config, config, Path)
            ?? Range(config, "temperature", 0, 2) ?? Range(config, "topP", 0, 1) ?? Range(config, "topK", 1, int.MaxValue)
            ?? Range(config, "candidateCount", 1, MaxCandidates) ?? Range(config, "maxOutputTokens", 1, int.MaxValue)
            ?? Range(config, "presencePenalty", -2, 1.99999) ?? Range(config, "frequencyPenalty", -2, 1.99999)
            ?? Stops(config) ?? Format(config, root)
            ?? (config.TryGetProperty("thinkingConfig", out var thinking) ? Thought(thinking) : null);
    }

    private static SimulatedError? Stops(JsonElement config)
    {
        if (!config.TryGetProperty("stopSequences", out var stops))
        {
            return null;
        }

        return stops.GetArrayLength() > MaxStopSequences ? Invalid("generation_config.stop_sequences", $"at most {MaxStopSequences} are allowed")
            : stops.EnumerateArray().Any(static stop => string.IsNullOrEmpty(stop.GetString())) ? Invalid("generation_config.stop_sequences", "must not be empty")
            : null;
    }

    private static SimulatedError? Format(JsonElement config, JsonElement root)
    {
        var type = config.TryGetProperty("responseMimeType", out var given) ? given.GetString() : "text/plain";
        if (type is not ("text/plain" or "application/json" or "text/x.enum"))
        {
            return Invalid("generation_config.response_mime_type", "allowed mimetypes are `text/plain`, `application/json` and `text/x.enum`.");
        }

        var (hasOpen, hasJson) = (config.TryGetProperty("responseSchema", out var schema), config.TryGetProperty("responseJsonSchema", out _));
        if ((hasOpen || hasJson) && type == "text/plain")
        {
            return Invalid("generation_config.response_mime_type", "a response schema needs `application/json`.");
        }

        return hasOpen && hasJson ? Invalid("generation_config.response_schema", "one of response_schema and response_json_schema may be set.")
            : hasOpen ? CheckSchema(schema, "generation_config.response_schema")
            : null;
    }

    private static SimulatedError? Thought(JsonElement thinking)
    {
        const string Path = "generation_config.thinking_config";
        if (Check(Thinking, thinking, Path) is { } refusal)
        {
            return refusal;
        }

        var (hasBudget, hasLevel) = (thinking.TryGetProperty("thinkingBudget", out var budget), thinking.TryGetProperty("thinkingLevel", out var level));
        return hasBudget && hasLevel ? Invalid(Path, "one of thinking budget and thinking level may be set.")
            : hasBudget && budget.GetInt32() is < -1 or > 32768 ? Invalid(Path + ".thinking_budget", "must be -1 to 32768.")
            : hasLevel && level.GetString()!.ToUpperInvariant() is not ("MINIMAL" or "LOW" or "MEDIUM" or "HIGH") ? Invalid(Path + ".thinking_level", "no such level.")
            : null;
    }

    private static SimulatedError? Tools(JsonElement root)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        if (root.TryGetProperty("tools", out var tools))
        {
            foreach (var tool in tools.EnumerateArray())
            {
                if (Check(Tool, tool, "tools[]") is { } refusal)
                {
                    return refusal;
                }

                var functions = tool.TryGetProperty("functionDeclarations", out var declared) ? declared.EnumerateArray().ToArray() : [];
                if (functions.Select(function => Declared(function, names)).FirstOrDefault(static flaw => flaw is not null) is { } problem)
                {
                    return problem;
                }
            }
        }

        return root.TryGetProperty("toolConfig", out var config) ? Check(ToolConfig, config, "tool_config") ?? CheckCalling(config, names) : null;
    }

    private static SimulatedError? Declared(JsonElement function, HashSet<string> names)
    {
        const string Path = "tools[0].function_declarations[]";
        if (Check(Function, function, Path) is { } refusal)
        {
            return refusal;
        }

        if (!function.TryGetProperty("name", out var name) || !FunctionName().IsMatch(name.GetString()!))
        {
            return Invalid(Path + ".name", "Invalid function name. Must start with a letter or an underscore. Must be alphanumeric (a-z, A-Z, 0-9), underscores (_), dots (.), colons (:) or dashes (-), with a maximum length of 64.");
        }

        if (!names.Add(name.GetString()!))
        {
            return new SimulatedError(400, Message: $"Duplicate function declaration found: {name.GetString()}");
        }

        var hasOpen = function.TryGetProperty("parameters", out var parameters);
        return hasOpen && function.TryGetProperty("parametersJsonSchema", out _) ? Invalid(Path, "one of parameters and parameters_json_schema may be set.")
            : hasOpen ? CheckSchema(parameters, Path + ".parameters")
            : null;
    }

    private static SimulatedError? CheckCalling(JsonElement config, HashSet<string> names)
    {
        const string Path = "tool_config.function_calling_config";
        if (!config.TryGetProperty("functionCallingConfig", out var calling))
        {
            return null;
        }

        if (Check(Calling, calling, Path) is { } refusal)
        {
            return refusal;
        }

        var mode = calling.TryGetProperty("mode", out var given) ? given.GetString() : "AUTO";
        if (mode is not ("AUTO" or "ANY" or "NONE" or "VALIDATED"))
        {
            return Wrong(Path + ".mode", given);
        }

        if (names.Count == 0)
        {
            return new SimulatedError(400, Message: "Function calling config is set without function_declarations.");
        }

        if (!calling.TryGetProperty("allowedFunctionNames", out var allowed))
        {
            return null;
        }

        return mode is not ("ANY" or "VALIDATED") ? Invalid(Path, "allowed_function_names may only be set when the mode is ANY.")
            : allowed.EnumerateArray().All(name => names.Contains(name.GetString()!)) ? null
            : Invalid(Path + ".allowed_function_names", "names a function that is not declared.");
    }

    private static SimulatedError? CheckSchema(JsonElement schema, string path)
    {
        if (Check(Schema, schema, path) is { } refusal)
        {
            return refusal;
        }

        var parts = new List<(JsonElement Part, string Path)>();
        if (schema.TryGetProperty("properties", out var properties))
        {
            parts.AddRange(properties.EnumerateObject().Select(property => (property.Value, $"{path}.properties.{property.Name}")));
        }

        if (schema.TryGetProperty("items", out var items))
        {
            parts.Add((items, path + ".items"));
        }

        if (schema.TryGetProperty("anyOf", out var options))
        {
            parts.AddRange(options.EnumerateArray().Select(option => (option, path + ".any_of[]")));
        }

        return parts.Select(static part => CheckSchema(part.Part, part.Path)).FirstOrDefault(static flaw => flaw is not null);
    }

    private static SimulatedError? Range(JsonElement config, string name, double least, double most) =>
        config.TryGetProperty(name, out var value) && (value.GetDouble() < least || value.GetDouble() > most)
            ? Invalid("generation_config." + JsonNamingPolicy.SnakeCaseLower.ConvertName(name), $"must be in the range [{least}, {most}].")
            : null;

    [GeneratedRegex("^[a-zA-Z_][a-zA-Z0-9_.:-]{0,63}$")]
    private static partial Regex FunctionName();
}
