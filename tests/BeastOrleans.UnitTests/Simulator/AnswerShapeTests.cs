using System.Net;
using System.Text.Json;
using BeastOrleans.Simulator;
using Xunit;
using static BeastOrleans.UnitTests.Simulator.SimulatorClient;

namespace BeastOrleans.UnitTests.Simulator;

public sealed class AnswerShapeTests
{
    [Fact]
    public async Task A_chat_completion_has_the_real_fields_and_says_it_is_simulated()
    {
        await using var sim = await StartAsync();
        using var response = await sim.SendAsync(Chat, Body());
        var json = Json(await response.Content.ReadAsStringAsync());

        Assert.Equal("true", Assert.Single(response.Headers.GetValues("x-simulated")));
        Assert.Equal("chat.completion", json.GetProperty("object").GetString());
        Assert.Equal("m1", json.GetProperty("model").GetString());
        Assert.Equal("fp_simulated", json.GetProperty("system_fingerprint").GetString());
        Assert.InRange(json.GetProperty("created").GetInt64(), 1_600_000_000, 9_999_999_999);
        var choice = json.GetProperty("choices")[0];
        Assert.StartsWith("Simulated answer from m1.", choice.GetProperty("message").GetProperty("content").GetString(), StringComparison.Ordinal);
        Assert.Equal("stop", choice.GetProperty("finish_reason").GetString());
        var usage = json.GetProperty("usage");
        Assert.Equal(3, usage.GetProperty("prompt_tokens").GetInt32());
        Assert.Equal(16, usage.GetProperty("completion_tokens").GetInt32());
        Assert.Equal(19, usage.GetProperty("total_tokens").GetInt32());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_chat_stream_reports_usage_only_when_asked(bool includeUsage)
    {
        await using var sim = await StartAsync();
        var (_, text) = await sim.PostAsync(Chat, Body(stream: true, extra: $$""","stream_options":{"include_usage":{{(includeUsage ? "true" : "false")}}}"""));
        var data = Data(text);
        var chunks = data[..^1].Select(Json).ToArray();

        Assert.Equal("[DONE]", data[^1]);
        Assert.Equal("assistant", chunks[0].GetProperty("choices")[0].GetProperty("delta").GetProperty("role").GetString());
        Assert.Equal(1 + 16 + 1 + (includeUsage ? 1 : 0), chunks.Length);
        Assert.Equal(includeUsage, chunks[^1].TryGetProperty("usage", out var usage) && usage.ValueKind == JsonValueKind.Object);
        Assert.Equal("stop", chunks[17].GetProperty("choices")[0].GetProperty("finish_reason").GetString());
        var content = string.Concat(chunks[1..17].Select(chunk => chunk.GetProperty("choices")[0].GetProperty("delta").GetProperty("content").GetString()));
        Assert.StartsWith("Simulated answer from m1.", content, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_anthropic_message_has_the_real_fields()
    {
        await using var sim = await StartAsync();
        var (_, text) = await sim.PostAsync(Messages, Body(), """{"promptTokens":50,"cachedTokens":20,"completionTokens":7}""");
        var json = Json(text);

        Assert.Equal("message", json.GetProperty("type").GetString());
        Assert.StartsWith("Simulated answer from m1.", json.GetProperty("content")[0].GetProperty("text").GetString(), StringComparison.Ordinal);
        Assert.Equal("end_turn", json.GetProperty("stop_reason").GetString());
        Assert.Equal(30, json.GetProperty("usage").GetProperty("input_tokens").GetInt32());
        Assert.Equal(20, json.GetProperty("usage").GetProperty("cache_read_input_tokens").GetInt32());
        Assert.Equal(7, json.GetProperty("usage").GetProperty("output_tokens").GetInt32());
    }

    [Fact]
    public async Task An_anthropic_stream_has_the_real_order_of_events()
    {
        await using var sim = await StartAsync();
        var (_, text) = await sim.PostAsync(Messages, Body(stream: true), """{"tokens":2}""");
        string[] expected =
        [
            "message_start", "content_block_start", "ping", "content_block_delta", "content_block_delta",
            "content_block_stop", "message_delta", "message_stop",
        ];

        Assert.Equal(expected, EventNames(text));
        Assert.Equal(expected, Data(text).Select(data => Json(data).GetProperty("type").GetString()!));
        Assert.Equal(2, Json(Data(text)[6]).GetProperty("usage").GetProperty("output_tokens").GetInt32());
    }

    [Fact]
    public async Task Reasoning_comes_before_content_in_both_dialects()
    {
        await using var sim = await StartAsync();
        const string Script = """{"reasoningTokens":2,"tokens":1}""";
        var (_, openAI) = await sim.PostAsync(Chat, Body(stream: true), Script);
        var (_, anthropic) = await sim.PostAsync(Messages, Body(stream: true), Script);
        var (_, plain) = await sim.PostAsync(Chat, Body(), Script);

        Assert.Equal(" thinking", Json(Data(openAI)[1]).GetProperty("choices")[0].GetProperty("delta").GetProperty("reasoning_content").GetString());
        Assert.Equal("Simulated", Json(Data(openAI)[3]).GetProperty("choices")[0].GetProperty("delta").GetProperty("content").GetString());
        Assert.Equal(2, Data(anthropic).Count(data => data.Contains("thinking_delta", StringComparison.Ordinal)));
        Assert.Equal(2, EventNames(anthropic).Count(name => name == "content_block_stop"));
        Assert.Equal(2, Json(plain).GetProperty("usage").GetProperty("completion_tokens_details").GetProperty("reasoning_tokens").GetInt32());
        Assert.Equal(3, Json(plain).GetProperty("usage").GetProperty("completion_tokens").GetInt32());
    }

    [Fact]
    public async Task Max_tokens_end_an_answer_by_length()
    {
        await using var sim = await StartAsync();
        var (_, openAI) = await sim.PostAsync(Chat, Body(), """{"tokens":101}""");
        var (_, anthropic) = await sim.PostAsync(Messages, Body(), """{"tokens":101}""");

        Assert.Equal("length", Json(openAI).GetProperty("choices")[0].GetProperty("finish_reason").GetString());
        Assert.Equal(100, Json(openAI).GetProperty("usage").GetProperty("completion_tokens").GetInt32());
        Assert.Equal("max_tokens", Json(anthropic).GetProperty("stop_reason").GetString());
    }

    [Fact]
    public async Task Anthropic_refuses_a_request_without_max_tokens()
    {
        await using var sim = await StartAsync();
        var (status, text) = await sim.PostAsync(Messages, """{"model":"m1","messages":[]}""");

        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Equal("error", Json(text).GetProperty("type").GetString());
        Assert.Equal("invalid_request_error", Json(text).GetProperty("error").GetProperty("type").GetString());
    }

    [Theory]
    [InlineData(Chat, "{")]
    [InlineData(Chat, """{"messages":[]}""")]
    [InlineData(Chat, """{"model":"m1"}""")]
    [InlineData(Messages, "[]")]
    [InlineData(Messages, """{"model":7,"max_tokens":1,"messages":[]}""")]
    public async Task A_body_that_the_real_one_refuses_is_400(string path, string body)
    {
        await using var sim = await StartAsync();
        var (status, text) = await sim.PostAsync(path, body);

        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Equal("invalid_request_error", Json(text).GetProperty("error").GetProperty("type").GetString());
    }

    [Theory]
    [InlineData("authorization", "Bearer key-1", HttpStatusCode.OK)]
    [InlineData("x-api-key", "key-1", HttpStatusCode.OK)]
    [InlineData("authorization", "Bearer key-2", HttpStatusCode.Unauthorized)]
    [InlineData("x-api-key", "", HttpStatusCode.Unauthorized)]
    public async Task A_required_key_is_taken_from_either_header(string header, string value, HttpStatusCode expected)
    {
        await using var sim = await StartAsync(new SimulatorOptions { RequiredApiKey = "key-1" });
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/models");
        request.Headers.Add(header, value);
        using var response = await sim.SendAsync(request);

        Assert.Equal(expected, response.StatusCode);
        Assert.Contains(expected == HttpStatusCode.OK ? "sim-small" : "invalid_api_key", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_model_list_takes_the_callers_dialect()
    {
        await using var sim = await StartAsync(new SimulatorOptions { Models = ["a", "b"] });
        var (_, openAI) = await sim.CallAsync(HttpMethod.Get, "/v1/models");
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/models");
        request.Headers.Add("anthropic-version", "2023-06-01");
        using var response = await sim.SendAsync(request);
        var anthropic = Json(await response.Content.ReadAsStringAsync());

        Assert.Equal("list", Json(openAI).GetProperty("object").GetString());
        Assert.Equal(["a", "b"], Json(openAI).GetProperty("data").EnumerateArray().Select(model => model.GetProperty("id").GetString()!));
        Assert.Equal("b", anthropic.GetProperty("last_id").GetString());
    }

    [Fact]
    public async Task Unknown_models_are_404_when_they_are_rejected()
    {
        await using var sim = await StartAsync(new SimulatorOptions { Models = ["a"], RejectUnknownModels = true });

        Assert.Equal(HttpStatusCode.NotFound, (await sim.PostAsync(Chat, Body(model: "z"))).Status);
        Assert.Equal(HttpStatusCode.OK, (await sim.PostAsync(Chat, Body(model: "a"))).Status);
    }

    [Fact]
    public async Task Stream_options_are_refused_when_so_set()
    {
        await using var sim = await StartAsync();
        await using var strict = await StartAsync(new SimulatorOptions { RefuseStreamOptions = true });
        var body = Body(stream: true, extra: ""","stream_options":{"include_usage":true}""");

        Assert.Equal(HttpStatusCode.BadRequest, (await sim.PostAsync(Chat, body, """{"refuseStreamOptions":true}""")).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await strict.PostAsync(Chat, body)).Status);
        Assert.Equal(HttpStatusCode.OK, (await strict.PostAsync(Chat, Body(stream: true))).Status);
    }

    [Fact]
    public async Task A_prompt_of_two_megabytes_is_counted_and_one_over_the_bound_is_413()
    {
        await using var sim = await StartAsync();
        var words = string.Join(' ', Enumerable.Repeat("word", 400_000));
        var (_, text) = await sim.PostAsync(Chat, $$"""{"model":"m1","messages":[{"role":"user","content":"{{words}}"}]}""");
        using var tooLong = new HttpRequestMessage(HttpMethod.Post, Chat);
        tooLong.Content = new ByteArrayContent(new byte[32 * 1024 * 1024 + 1]);
        tooLong.Headers.ExpectContinue = true;
        using var refused = await sim.SendAsync(tooLong);

        Assert.Equal(400_000, Json(text).GetProperty("usage").GetProperty("prompt_tokens").GetInt32());
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, refused.StatusCode);
    }
}
