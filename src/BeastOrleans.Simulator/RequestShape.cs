using System.Text.Json;

namespace BeastOrleans.Simulator;

/// <summary>Where one dialect's requests say what <see cref="RequestDetail"/> decides by.</summary>
internal abstract class RequestShape
{
    /// <summary>The member that holds the turns.</summary>
    public virtual string Turns => "messages";

    public abstract bool AsksForThought(JsonElement root);

    /// <summary>The text of a user's turn; null of any other.</summary>
    public abstract string? PromptOf(JsonElement turn);

    /// <summary>What tools said in this turn; null where none did.</summary>
    public abstract string? ResultOf(JsonElement turn);

    public abstract IEnumerable<(string? Name, JsonElement? Schema)> Tools(JsonElement root);

    public abstract AskedChoice Choice(JsonElement root);

    /// <summary>The schema that the answer is to follow; null where none is asked.</summary>
    public abstract JsonElement? SchemaOf(JsonElement root);

    public abstract JsonElement? Stops(JsonElement root);

    /// <summary>Answers asked for; null = one.</summary>
    public virtual JsonElement? Choices(JsonElement root) => null;

    /// <summary>A limit that stands elsewhere than at the top.</summary>
    public virtual JsonElement? MaxTokens(JsonElement root) => null;

    protected static JsonElement? Get(JsonElement? element, string name) =>
        element is { ValueKind: JsonValueKind.Object } parent && parent.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    protected static string? TextOf(JsonElement? element, string name) => Get(element, name) is { ValueKind: JsonValueKind.String } text ? text.GetString() : null;

    protected static bool Is(JsonElement? element, string name, string value) => TextOf(element, name) == value;

    protected static IEnumerable<JsonElement> Items(JsonElement? element) => element is { ValueKind: JsonValueKind.Array } array ? array.EnumerateArray() : [];

    protected static JsonElement Anything()
    {
        using var anything = JsonDocument.Parse("{}");
        return anything.RootElement.Clone();
    }

    /// <summary>A content that is text, or parts of which some are.</summary>
    protected static string ContentOf(JsonElement message) => Get(message, "content") switch
    {
        { ValueKind: JsonValueKind.String } text => text.GetString()!,
        { ValueKind: JsonValueKind.Array } parts => string.Concat(parts.EnumerateArray().Select(static part => TextOf(part, "text"))),
        _ => "",
    };
}

/// <summary>What a request says of calling tools.</summary>
/// <param name="IsNone">No call at all.</param>
/// <param name="Forced">The one tool to call.</param>
/// <param name="IsSingle">One call at a time.</param>
internal readonly record struct AskedChoice(bool IsNone, string? Forced, bool IsSingle);

/// <summary>OpenAI's chat completions.</summary>
internal sealed class ChatShape : RequestShape
{
    public static readonly ChatShape Instance = new();

    public override bool AsksForThought(JsonElement root) => TextOf(root, "reasoning_effort") is { } effort && effort != "none";

    public override string? PromptOf(JsonElement turn) => Is(turn, "role", "user") ? ContentOf(turn) : null;

    public override string? ResultOf(JsonElement turn) => Is(turn, "role", "tool") ? ContentOf(turn) : null;

    public override IEnumerable<(string? Name, JsonElement? Schema)> Tools(JsonElement root) => Items(Get(root, "tools"))
        .Select(static tool => Get(tool, "function"))
        .Select(static function => (TextOf(function, "name"), Get(function, "parameters")));

    public override AskedChoice Choice(JsonElement root) => new(
        Is(root, "tool_choice", "none"),
        TextOf(Get(Get(root, "tool_choice"), "function"), "name"),
        Get(root, "parallel_tool_calls") is { ValueKind: JsonValueKind.False });

    public override JsonElement? SchemaOf(JsonElement root)
    {
        var format = Get(root, "response_format");
        return Is(format, "type", "json_object") ? Anything() : Get(Get(format, "json_schema"), "schema");
    }

    public override JsonElement? Stops(JsonElement root) => Get(root, "stop");

    public override JsonElement? Choices(JsonElement root) => Get(root, "n");
}

/// <summary>Anthropic's messages.</summary>
internal sealed class MessagesShape : RequestShape
{
    public static readonly MessagesShape Instance = new();

    public override bool AsksForThought(JsonElement root) => Get(root, "thinking") is { ValueKind: JsonValueKind.Object } thinking && !Is(thinking, "type", "disabled");

    public override string? PromptOf(JsonElement turn) => Is(turn, "role", "user") ? ContentOf(turn) : null;

    public override string? ResultOf(JsonElement turn)
    {
        var results = Items(Get(turn, "content")).Where(static block => Is(block, "type", "tool_result")).Select(ContentOf).ToArray();
        return results.Length == 0 ? null : string.Join(' ', results);
    }

    public override IEnumerable<(string? Name, JsonElement? Schema)> Tools(JsonElement root) =>
        Items(Get(root, "tools")).Select(static tool => (TextOf(tool, "name"), Get(tool, "input_schema")));

    public override AskedChoice Choice(JsonElement root)
    {
        var choice = Get(root, "tool_choice");
        return new(Is(choice, "type", "none"), TextOf(choice, "name"), Get(choice, "disable_parallel_tool_use") is { ValueKind: JsonValueKind.True });
    }

    public override JsonElement? SchemaOf(JsonElement root) => Get(Get(Get(root, "output_config"), "format") ?? Get(root, "output_format"), "schema");

    public override JsonElement? Stops(JsonElement root) => Get(root, "stop_sequences");
}

/// <summary>Gemini's <c>generateContent</c>.</summary>
internal sealed class GeminiShape : RequestShape
{
    public static readonly GeminiShape Instance = new();

    public override string Turns => "contents";

    public override bool AsksForThought(JsonElement root) => Get(Get(Config(root), "thinkingConfig"), "includeThoughts") is { ValueKind: JsonValueKind.True };

    public override string? PromptOf(JsonElement turn) => (TextOf(turn, "role") ?? "user") == "user"
        ? string.Concat(Items(Get(turn, "parts")).Select(static part => TextOf(part, "text")))
        : null;

    public override string? ResultOf(JsonElement turn)
    {
        var results = Items(Get(turn, "parts"))
            .Select(static part => Get(Get(part, "functionResponse"), "response"))
            .OfType<JsonElement>()
            .Select(static response => TextOf(response, "output") ?? response.GetRawText())
            .ToArray();
        return results.Length == 0 ? null : string.Join(' ', results);
    }

    public override IEnumerable<(string? Name, JsonElement? Schema)> Tools(JsonElement root) => Items(Get(root, "tools"))
        .SelectMany(static tool => Items(Get(tool, "functionDeclarations")))
        .Select(static function => (TextOf(function, "name"), Get(function, "parametersJsonSchema") ?? Get(function, "parameters")));

    public override AskedChoice Choice(JsonElement root)
    {
        var calling = Get(Get(root, "toolConfig"), "functionCallingConfig");
        var allowed = Items(Get(calling, "allowedFunctionNames")).Select(static name => name.GetString()).FirstOrDefault();
        return new(Is(calling, "mode", "NONE"), allowed, IsSingle: false);
    }

    public override JsonElement? SchemaOf(JsonElement root) => Is(Config(root), "responseMimeType", "application/json")
        ? Get(Config(root), "responseJsonSchema") ?? Get(Config(root), "responseSchema") ?? Anything()
        : null;

    public override JsonElement? Stops(JsonElement root) => Get(Config(root), "stopSequences");

    public override JsonElement? Choices(JsonElement root) => Get(Config(root), "candidateCount");

    public override JsonElement? MaxTokens(JsonElement root) => Get(Config(root), "maxOutputTokens");

    private static JsonElement? Config(JsonElement root) => Get(root, "generationConfig");
}
