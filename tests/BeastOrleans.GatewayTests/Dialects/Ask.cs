using System.Text.Json.Nodes;

namespace BeastOrleans.GatewayTests.Dialects;

/// <summary>One thing to ask of a model, before a client's dialect says it.</summary>
internal sealed record Ask
{
    public const string Image = "iVBORw0KGgo=";

    private const string Weather = """{"type":"object","properties":{"place":{"type":"string"}},"required":["place"],"additionalProperties":false}""";
    private const string Time = """{"type":"object","properties":{"zone":{"type":"string"}},"required":["zone"]}""";
    private const string Answer = """{"type":"object","properties":{"answer":{"type":"integer"}},"required":["answer"],"additionalProperties":false}""";

    private const string Said = "Simulated answer from {0}. This text is made up by the simulator so that a route";

    /// <summary>The name in a test's title.</summary>
    public required string Name { get; init; }

    public string Prompt { get; init; } = "Hello";

    public string? System { get; init; }

    public bool Stream { get; init; }

    public int MaxTokens { get; init; } = 2000;

    /// <summary>How many tools are offered.</summary>
    public int Tools { get; init; }

    public string? ForcedTool { get; init; }

    /// <summary>Two calls lie behind, and their results with them.</summary>
    public bool HasResults { get; init; }

    public bool HasImage { get; init; }

    public bool HasSchema { get; init; }

    public string? Stop { get; init; }

    /// <summary>A text with the upstream's model for {0}.</summary>
    public string ExpectedText { get; init; } = Said;

    public string[] ExpectedCalls { get; init; } = [];

    /// <summary>In OpenAI's words.</summary>
    public string ExpectedFinish { get; init; } = "stop";

    /// <summary>What a completion's prompt can say, too.</summary>
    public bool IsPlain => this is { System: null, Tools: 0, HasImage: false, HasSchema: false };

    public static IReadOnlyList<Ask> All { get; } =
    [
        new() { Name = "text" },
        new() { Name = "system", System = "Be brief." },
        new() { Name = "max tokens", MaxTokens = 2, ExpectedText = "Simulated answer", ExpectedFinish = "length" },
        new() { Name = "stop", Stop = " made up", ExpectedText = "Simulated answer from {0}. This text is" },
        new() { Name = "one tool", Tools = 1, ExpectedText = "", ExpectedCalls = ["""get_weather {"place":"simulated"}"""], ExpectedFinish = "tool_calls" },
        new() { Name = "forced tool", Tools = 2, ForcedTool = "get_time", ExpectedText = "", ExpectedCalls = ["""get_time {"zone":"simulated"}"""], ExpectedFinish = "tool_calls" },
        new()
        {
            Name = "parallel tools", Tools = 2, Prompt = "Both, in parallel.", ExpectedText = "", ExpectedFinish = "tool_calls",
            ExpectedCalls = ["""get_weather {"place":"simulated"}""", """get_time {"zone":"simulated"}"""],
        },
        new() { Name = "tool results", Tools = 2, HasResults = true, ExpectedText = "" },
        new() { Name = "image", HasImage = true },
        new() { Name = "json schema", HasSchema = true, ExpectedText = """{"answer":7}""" },
    ];

    /// <summary>Much of what a dialect can say at once.</summary>
    public static Ask Rich { get; } = new() { Name = "rich", System = "Be brief.", Tools = 2, HasImage = true, Prompt = "Both, in parallel." };

    public static Ask Of(string name, bool stream) => All.Single(ask => ask.Name == name) with { Stream = stream };

    public static IEnumerable<(string Name, JsonNode Schema)> OfferedTools(int count) =>
        new[] { ("get_weather", JsonNode.Parse(Weather)!), ("get_time", JsonNode.Parse(Time)!) }.Take(count);

    public static JsonNode AnswerSchema() => JsonNode.Parse(Answer)!;

    /// <summary>The calls that lie behind.</summary>
    public static IEnumerable<(string Id, string Name, string Arguments, string Result)> PastCalls() =>
    [
        ("call_1", "get_weather", """{"place":"Oslo"}""", "18 degrees"),
        ("call_2", "get_time", """{"zone":"CET"}""", "noon"),
    ];

    public override string ToString() => Name;
}
