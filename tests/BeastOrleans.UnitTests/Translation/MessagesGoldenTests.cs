using System.Text.Encodings.Web;
using System.Text.Json;
using BeastOrleans.UnitTests.Architecture;
using Xunit;

namespace BeastOrleans.UnitTests.Translation;

/// <summary>Whole exchanges, kept in <c>Golden</c>: what the client sends, what goes upstream, and both forms of the answer. Rewritten by UPDATE_GOLDEN=1.</summary>
public sealed class MessagesGoldenTests
{
    private const string Weather = """
        "tools":[{"name":"get_weather","description":"The weather of a place.","input_schema":{"type":"object","properties":{"place":{"type":"string"}},"required":["place"],"additionalProperties":false},"cache_control":{"type":"ephemeral"}}]
        """;

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static readonly Dictionary<string, (string Request, string Completion, string[] Chunks)> Exchanges = new()
    {
        ["text"] = (
            MessagesFixture.Body("\"system\":\"Be brief.\",\"temperature\":0.2,\"top_k\":5,\"metadata\":{\"user_id\":\"alice\"}"),
            Whole("""{"role":"assistant","content":"Hello, wörld.","refusal":null}"""),
            [MessagesFixture.Chunk("""{"role":"assistant","content":""}"""), MessagesFixture.Chunk("""{"content":"Hello, "}"""), MessagesFixture.Chunk("""{"content":"wörld."}"""),
             MessagesFixture.Chunk("{}", "stop"), MessagesFixture.Usage(12, 4)]),
        ["tool"] = (
            MessagesFixture.Body(Weather + ",\"tool_choice\":{\"type\":\"tool\",\"name\":\"get_weather\",\"disable_parallel_tool_use\":true}"),
            Whole($$"""{"role":"assistant","content":null,"tool_calls":[{{Call("call_1", "Oslo")}}]}""", "stop"),
            [Start(0, "call_1"), Arguments(0, """{\"place\":"""), Arguments(0, """\"Oslo\"}"""), MessagesFixture.Chunk("{}", "stop"), MessagesFixture.Usage(12, 4)]),
        ["tools-parallel"] = (
            MessagesFixture.Body(Weather + ",\"tool_choice\":{\"type\":\"any\"}"),
            Whole($$"""{"role":"assistant","content":"Let me see.","tool_calls":[{{Call("call_1", "Oslo")}},{{Call("call_2", "Rome")}}]}""", "tool_calls"),
            [MessagesFixture.Chunk("""{"role":"assistant","content":"Let me see."}"""), Start(0, "call_1"), Arguments(0, """{\"place\":\"Oslo\"}"""),
             Start(1, "call_2"), Arguments(1, """{\"place\":"""), Arguments(1, """\"Rome\"}"""), MessagesFixture.Chunk("{}", "tool_calls"), MessagesFixture.Usage(12, 4)]),
        ["tool-results"] = (
            MessagesFixture.Body(Weather, """
                [{"role":"user","content":"Weather?"},
                 {"role":"assistant","content":[{"type":"thinking","thinking":"Two places.","signature":"sig"},{"type":"text","text":"Let me see."},
                  {"type":"tool_use","id":"call_1","name":"get_weather","input":{"place":"Oslo"}},{"type":"tool_use","id":"call_2","name":"get_weather","input":{"place":"Rome"}}]},
                 {"role":"user","content":[{"type":"tool_result","tool_use_id":"call_1","content":"rain"},
                  {"type":"tool_result","tool_use_id":"call_2","is_error":true,"content":[{"type":"text","text":"no such place"}]},{"type":"text","text":"In one word."}]}]
                """),
            Whole("""{"role":"assistant","content":"Rain."}"""),
            [MessagesFixture.Chunk("""{"role":"assistant","content":"Rain."}"""), MessagesFixture.Chunk("{}", "stop"), MessagesFixture.Usage(12, 4, cached: 8)]),
        ["image"] = (
            MessagesFixture.Body(messages: """
                [{"role":"user","content":[{"type":"image","source":{"type":"base64","media_type":"image/png","data":"iVBORw0KGgo="}},
                 {"type":"image","source":{"type":"url","url":"https://example.org/a.jpg"}},{"type":"text","text":"Which is larger?"}]}]
                """),
            Whole("""{"role":"assistant","content":"The second."}"""),
            [MessagesFixture.Chunk("""{"role":"assistant","content":"The second."}"""), MessagesFixture.Chunk("{}", "stop"), MessagesFixture.Usage(12, 4)]),
        ["thinking"] = (
            MessagesFixture.Body("\"stream\":true,\"thinking\":{\"type\":\"enabled\",\"budget_tokens\":8000}"),
            Whole("""{"role":"assistant","reasoning_content":"2+2 is easy.","content":"4"}"""),
            [MessagesFixture.Chunk("""{"role":"assistant","reasoning_content":"2+2 "}"""), MessagesFixture.Chunk("""{"reasoning_content":"is easy."}"""),
             MessagesFixture.Chunk("""{"content":"4"}"""), MessagesFixture.Chunk("{}", "stop"), MessagesFixture.Usage(12, 4)]),
        ["json-schema"] = (
            MessagesFixture.Body("\"output_config\":{\"format\":{\"type\":\"json_schema\",\"schema\":{\"type\":\"object\",\"properties\":{\"n\":{\"type\":\"integer\"}},\"required\":[\"n\"],\"additionalProperties\":false}}}"),
            Whole("""{"role":"assistant","content":"{\"n\":4}"}"""),
            [MessagesFixture.Chunk("""{"role":"assistant","content":"{\"n\""}"""), MessagesFixture.Chunk("""{"content":":4}"}"""), MessagesFixture.Chunk("{}", "stop"), MessagesFixture.Usage(12, 4)]),
        ["stop"] = (
            MessagesFixture.Body("\"stop_sequences\":[\"END\",\"\\n#\"]"),
            Whole("""{"role":"assistant","content":"one"}""", "length"),
            [MessagesFixture.Chunk("""{"role":"assistant","content":"one"}"""), MessagesFixture.Chunk("{}", "length"), MessagesFixture.Usage(12, 4)]),
    };

    public static TheoryData<string> Names => [.. Exchanges.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Exchange_IsAsKept(string name)
    {
        var (request, completion, chunks) = Exchanges[name];
        var (chat, dropped) = MessagesFixture.Translate(request);
        var events = MessagesFixture.Events(chunks);
        var actual = string.Join('\n',
            "# client", Pretty(request), "# upstream", chat.ToJsonString(Indented), $"# dropped: {string.Join(", ", dropped)}",
            "# answer", MessagesFixture.Answer(completion).ToJsonString(Indented), "# stream", events);
        var path = Path.Combine(Repository.Root.FullName, "tests/BeastOrleans.UnitTests/Translation/Golden", $"messages-{name}.txt");
        if (Environment.GetEnvironmentVariable("UPDATE_GOLDEN") == "1")
        {
            File.WriteAllText(path, actual);
        }

        Assert.Equal(File.ReadAllText(path), actual);
    }

    private static string Pretty(string json) => JsonSerializer.Serialize(JsonDocument.Parse(json).RootElement, Indented);

    private static string Whole(string message, string finish = "stop") =>
        $$$"""{"id":"chatcmpl-7","object":"chat.completion","created":1,"model":"gpt-4","choices":[{"index":0,"message":{{{message}}},"finish_reason":"{{{finish}}}"}],"usage":{"prompt_tokens":12,"completion_tokens":4,"total_tokens":16}}""";

    private static string Call(string id, string place) =>
        $$$"""{"id":"{{{id}}}","type":"function","function":{"name":"get_weather","arguments":"{\"place\":\"{{{place}}}\"}"}}""";

    private static string Start(int index, string id) => MessagesFixture.Chunk(
        $$$"""{"tool_calls":[{"index":{{{index}}},"id":"{{{id}}}","type":"function","function":{"name":"get_weather","arguments":""}}]}""");

    private static string Arguments(int index, string text) => MessagesFixture.Chunk(
        $$$"""{"tool_calls":[{"index":{{{index}}},"function":{"arguments":"{{{text}}}"}}]}""");
}
