using System.Text.Json;

namespace BeastOrleans.Simulator;

/// <summary>
/// What a request asks for beside plain text: tool calls, an answer by a schema, thought, vectors. By a rule, so that a test can foretell
/// the answer: a user's message is answered by a call of the first tool (of all when it says "parallel"), a tool's result by its own text.
/// </summary>
internal sealed class RequestDetail
{
    private const int UsualReasoningTokens = 3;

    private RequestDetail(JsonElement root) => Root = root;

    public JsonElement Root { get; }

    public IReadOnlyList<SimulatedCall> Calls { get; private set; } = [];

    /// <summary>The whole answer; null leaves the usual words.</summary>
    public string? Text { get; private set; }

    /// <summary>Thought before the answer, in tokens.</summary>
    public int ReasoningTokens { get; private set; }

    /// <summary>Null where there is nothing special, or the body is no object.</summary>
    public static RequestDetail? From(ReadOnlyMemory<byte> body, bool isChat)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            var detail = new RequestDetail(document.RootElement.Clone());
            if (detail.Root.ValueKind != JsonValueKind.Object)
            {
                return null;
            }

            detail.Decide(isChat);
            return detail;
        }
        catch (JsonException)
        {
            // The reader has found that out, too, and refuses it in the dialect's words.
            return null;
        }
        catch (InvalidOperationException)
        {
            // A member is of a type that no rule expects: strict servers refuse it, others answer plainly.
            return null;
        }
    }

    private void Decide(bool isChat)
    {
        ReasoningTokens = AsksForThought(isChat) ? UsualReasoningTokens : 0;
        if (Get(Root, "messages") is not { ValueKind: JsonValueKind.Array } messages || messages.GetArrayLength() == 0)
        {
            return;
        }

        var last = messages[messages.GetArrayLength() - 1];
        var result = isChat ? ChatResult(last) : MessagesResult(last);
        var tools = Tools(isChat);
        if (result is null && tools.Count > 0 && !IsChoice("none") && Is(last, "role", "user"))
        {
            Calls = Chosen(tools, isChat, PromptOf(last));
        }
        else if (SchemaOf(isChat) is { } schema)
        {
            Text = SchemaSample.Of(schema);
        }
        else if (result is not null)
        {
            Text = $"The tool said: {result}";
        }
    }

    private bool AsksForThought(bool isChat) => isChat
        ? Get(Root, "reasoning_effort") is { ValueKind: JsonValueKind.String } effort && !effort.ValueEquals("none")
        : Get(Root, "thinking") is { ValueKind: JsonValueKind.Object } thinking && !Is(thinking, "type", "disabled");

    private List<SimulatedCall> Chosen(List<(string Name, JsonElement? Schema)> tools, bool isChat, string prompt)
    {
        var choice = Get(Root, "tool_choice");
        var forced = choice is { ValueKind: JsonValueKind.Object } named
            ? TextOf(isChat ? Get(named, "function") : named, "name")
            : null;
        var isSingle = isChat
            ? Get(Root, "parallel_tool_calls") is { ValueKind: JsonValueKind.False }
            : choice is { ValueKind: JsonValueKind.Object } && Get(choice.Value, "disable_parallel_tool_use") is { ValueKind: JsonValueKind.True };
        var all = !isSingle && prompt.Contains("parallel", StringComparison.OrdinalIgnoreCase);
        return tools
            .Where(tool => forced is null || tool.Name == forced)
            .Take(all ? int.MaxValue : 1)
            .Select(static tool => new SimulatedCall(tool.Name, tool.Schema is { } schema ? SchemaSample.Of(schema) : "{}"))
            .ToList();
    }

    private List<(string Name, JsonElement? Schema)> Tools(bool isChat)
    {
        var found = new List<(string, JsonElement?)>();
        if (Get(Root, "tools") is not { ValueKind: JsonValueKind.Array } tools)
        {
            return found;
        }

        foreach (var tool in tools.EnumerateArray())
        {
            var function = isChat ? Get(tool, "function") : tool;
            if (TextOf(function, "name") is { } name)
            {
                found.Add((name, Get(function!.Value, isChat ? "parameters" : "input_schema")));
            }
        }

        return found;
    }

    private JsonElement? SchemaOf(bool isChat)
    {
        var format = isChat ? Get(Root, "response_format") : Get(Get(Root, "output_config"), "format") ?? Get(Root, "output_format");
        if (isChat && format is { } chosen && Is(chosen, "type", "json_object"))
        {
            using var anything = JsonDocument.Parse("{}");
            return anything.RootElement.Clone();
        }

        return Get(isChat ? Get(format, "json_schema") : format, "schema");
    }

    private bool IsChoice(string word) => Get(Root, "tool_choice") switch
    {
        { ValueKind: JsonValueKind.String } text => text.ValueEquals(word),
        { ValueKind: JsonValueKind.Object } choice => Is(choice, "type", word),
        _ => false,
    };

    private static string? ChatResult(JsonElement message) => Is(message, "role", "tool") ? PromptOf(message) : null;

    private static string? MessagesResult(JsonElement message)
    {
        if (Get(message, "content") is not { ValueKind: JsonValueKind.Array } blocks)
        {
            return null;
        }

        var results = blocks.EnumerateArray().Where(static block => Is(block, "type", "tool_result")).Select(PromptOf).ToArray();
        return results.Length == 0 ? null : string.Join(' ', results);
    }

    private static string PromptOf(JsonElement message) => Get(message, "content") switch
    {
        { ValueKind: JsonValueKind.String } text => text.GetString()!,
        { ValueKind: JsonValueKind.Array } parts => string.Concat(parts.EnumerateArray().Select(static part => TextOf(part, "text"))),
        _ => "",
    };

    private static JsonElement? Get(JsonElement? element, string name) =>
        element is { ValueKind: JsonValueKind.Object } parent && parent.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    private static string? TextOf(JsonElement? element, string name) => Get(element, name) is { ValueKind: JsonValueKind.String } text ? text.GetString() : null;

    private static bool Is(JsonElement element, string name, string value) => TextOf(element, name) == value;
}
