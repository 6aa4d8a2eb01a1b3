using System.Net;
using System.Text.Json;
using BeastOrleans.Simulator;
using Xunit;
using static BeastOrleans.UnitTests.Simulator.SimulatorClient;

namespace BeastOrleans.UnitTests.Simulator;

public sealed class GeminiAnswerTests
{
    private const string Whole = "/v1beta/models/gemini-2.5-flash:generateContent";
    private const string Streamed = "/v1beta/models/gemini-2.5-flash:streamGenerateContent?alt=sse";
    private const string Tools = """,{"functionDeclarations":[{"name":"b","parametersJsonSchema":{"type":"object","properties":{"n":{"type":"integer"}},"required":["n"]}}]}""";

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_answer_has_the_real_fields(bool stream)
    {
        await using var sim = await StartAsync(new SimulatorOptions { Strict = true });
        var events = await AskAsync(sim, stream, Body("q"), """{"promptTokens":50,"cachedTokens":20,"completionTokens":7}""");
        var last = events[^1];

        Assert.StartsWith("Simulated answer from gemini-2.5-flash.", TextOf(events), StringComparison.Ordinal);
        Assert.Equal("model", last.GetProperty("candidates")[0].GetProperty("content").GetProperty("role").GetString());
        Assert.Equal("STOP", last.GetProperty("candidates")[0].GetProperty("finishReason").GetString());
        Assert.Equal("gemini-2.5-flash", last.GetProperty("modelVersion").GetString());
        var usage = last.GetProperty("usageMetadata");
        Assert.Equal(
            (50, 20, 7, 57),
            (Count(usage, "promptTokenCount"), Count(usage, "cachedContentTokenCount"), Count(usage, "candidatesTokenCount"), Count(usage, "totalTokenCount")));
        Assert.Equal(stream ? 17 : 1, events.Length);
    }

    [Theory]
    [InlineData("\"maxOutputTokens\":2", "Simulated answer", "MAX_TOKENS")]
    [InlineData("\"stopSequences\":[\"never\",\" from\"]", "Simulated answer", "STOP")]
    [InlineData("\"responseMimeType\":\"application/json\",\"responseJsonSchema\":{\"type\":\"object\",\"properties\":{\"n\":{\"type\":\"integer\"}},\"required\":[\"n\"]}", "{\"n\":7}", "STOP")]
    [InlineData("\"responseMimeType\":\"application/json\",\"responseSchema\":{\"type\":\"OBJECT\",\"properties\":{\"n\":{\"type\":\"INTEGER\"}},\"required\":[\"n\"]}", "{\"n\":7}", "STOP")]
    public async Task The_configuration_shapes_the_answer(string config, string text, string reason)
    {
        await using var sim = await StartAsync(new SimulatorOptions { Strict = true });
        foreach (var stream in new[] { false, true })
        {
            var events = await AskAsync(sim, stream, Body("q", config));
            Assert.Equal(text, TextOf(events));
            Assert.Equal(reason, events[^1].GetProperty("candidates")[0].GetProperty("finishReason").GetString());
        }
    }

    [Theory]
    [InlineData("q", 1)]
    [InlineData("Both, in parallel.", 2)]
    public async Task A_prompt_beside_tools_is_answered_by_calls(string prompt, int calls)
    {
        await using var sim = await StartAsync(new SimulatorOptions { Strict = true });
        var tools = ",\"tools\":[{\"functionDeclarations\":[{\"name\":\"a\",\"description\":\"d\"}]}" + Tools + "]";
        foreach (var stream in new[] { false, true })
        {
            var events = await AskAsync(sim, stream, Body(prompt, more: tools));
            var made = events.SelectMany(Parts).Where(static part => part.TryGetProperty("functionCall", out _)).Select(static part => part.GetProperty("functionCall")).ToArray();
            Assert.Equal(new[] { "a", "b" }[..calls], made.Select(static call => call.GetProperty("name").GetString()));
            Assert.Equal(new[] { "{}", "{\"n\":7}" }[..calls], made.Select(static call => call.GetProperty("args").GetRawText()));
        }
    }

    [Fact]
    public async Task Candidates_and_thought_are_given_when_asked_for()
    {
        await using var sim = await StartAsync(new SimulatorOptions { Strict = true });
        foreach (var stream in new[] { false, true })
        {
            var events = await AskAsync(sim, stream, Body("q", "\"candidateCount\":2,\"thinkingConfig\":{\"includeThoughts\":true,\"thinkingBudget\":1024}"));
            Assert.Equal([0, 1], events[^1].GetProperty("candidates").EnumerateArray().Select(static candidate => candidate.GetProperty("index").GetInt32()));
            Assert.Equal(3, Count(events[^1].GetProperty("usageMetadata"), "thoughtsTokenCount"));
            Assert.Contains(events.SelectMany(Parts), static part => part.TryGetProperty("thought", out _));
        }
    }

    [Fact]
    public async Task A_scripted_429_tells_its_delay_in_the_body()
    {
        await using var sim = await StartAsync();
        using var response = await sim.SendAsync(Whole, Body("q"), """{"status":429,"retryAfter":"7"}""");
        var error = Json(await response.Content.ReadAsStringAsync()).GetProperty("error");

        Assert.Equal(HttpStatusCode.TooManyRequests, response.StatusCode);
        Assert.Null(response.Headers.RetryAfter);
        Assert.Equal("RESOURCE_EXHAUSTED", error.GetProperty("status").GetString());
        Assert.Equal("7s", error.GetProperty("details")[0].GetProperty("retryDelay").GetString());
    }

    [Fact]
    public async Task Models_are_listed_in_googles_form()
    {
        await using var sim = await StartAsync();
        var models = Json((await sim.CallAsync(HttpMethod.Get, "/v1beta/models")).Text).GetProperty("models");
        Assert.Equal("models/sim-small", models[0].GetProperty("name").GetString());
    }

    [Theory]
    [InlineData("/v1/chat/completions", "\"messages\":[{\"role\":\"user\",\"content\":\"q\"}]", "message")]
    [InlineData("/v1/completions", "\"prompt\":\"q\"", "text")]
    public async Task OpenAI_gives_as_many_choices_as_are_asked_for(string path, string members, string field)
    {
        await using var sim = await StartAsync();
        var body = "{\"model\":\"m\",\"n\":3," + members;
        var whole = Json((await sim.PostAsync(path, body + "}")).Text).GetProperty("choices").EnumerateArray().ToArray();
        Assert.Equal([0, 1, 2], whole.Select(static choice => choice.GetProperty("index").GetInt32()));
        Assert.Single(whole.Select(choice => choice.GetProperty(field).GetRawText()).Distinct());

        var chunks = Data((await sim.PostAsync(path, body + ",\"stream\":true}")).Text)[..^1].Select(Json);
        var finished = chunks.SelectMany(static chunk => chunk.GetProperty("choices").EnumerateArray())
            .Where(static choice => choice.GetProperty("finish_reason").ValueKind == JsonValueKind.String);
        Assert.Equal([0, 1, 2], finished.Select(static choice => choice.GetProperty("index").GetInt32()));
    }

    [Fact]
    public async Task Anthropic_names_the_sequence_that_stopped_it()
    {
        await using var sim = await StartAsync();
        var text = (await sim.PostAsync(Messages, SimulatorClient.Body(extra: ",\"stop_sequences\":[\" from\"]"))).Text;
        Assert.Equal("stop_sequence", Json(text).GetProperty("stop_reason").GetString());
        Assert.Equal(" from", Json(text).GetProperty("stop_sequence").GetString());
        Assert.Equal("Simulated answer", Json(text).GetProperty("content")[0].GetProperty("text").GetString());
    }

    private static async Task<JsonElement[]> AskAsync(SimulatorClient sim, bool stream, string body, string? behavior = null)
    {
        var (status, text) = await sim.PostAsync(stream ? Streamed : Whole, body, behavior);
        Assert.True(status == HttpStatusCode.OK, text);
        return stream ? [.. Data(text).Select(Json)] : [Json(text)];
    }

    private static string Body(string prompt, string config = "", string more = "") =>
        "{\"contents\":[{\"role\":\"user\",\"parts\":[{\"text\":\"" + prompt + "\"}]}],\"generationConfig\":{" + config + "}" + more + "}";

    private static IEnumerable<JsonElement> Parts(JsonElement answer) => answer.GetProperty("candidates")[0].GetProperty("content").GetProperty("parts").EnumerateArray();

    private static string TextOf(IEnumerable<JsonElement> events) =>
        string.Concat(events.SelectMany(Parts).Select(static part => part.TryGetProperty("text", out var text) ? text.GetString() : ""));

    private static int Count(JsonElement usage, string name) => usage.GetProperty(name).GetInt32();
}
