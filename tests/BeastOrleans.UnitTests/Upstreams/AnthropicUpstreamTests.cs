using System.Text;
using System.Text.Json.Nodes;
using BeastOrleans.Contracts.Endpoints;
using BeastOrleans.Contracts.Usage;
using BeastOrleans.Upstreams;
using Xunit;

namespace BeastOrleans.UnitTests.Upstreams;

public sealed class AnthropicUpstreamTests
{
    private const string Answer =
        """{"id":"msg_1","type":"message","role":"assistant","model":"claude-x","content":[{"type":"thinking","thinking":"hm"},{"type":"text","text":"hel"},{"type":"text","text":"lo"}],"stop_reason":"STOP","usage":{"input_tokens":5,"cache_read_input_tokens":3,"cache_creation_input_tokens":2,"output_tokens":4}}""";

    private static readonly TokenUsage Usage = new() { Input = 10, CachedInput = 3, CacheWrite = 2, Output = 4, Source = UsageSource.Reported };

    [Fact]
    public async Task SendAsync_Request_IsTranslated()
    {
        var body = await SentBodyAsync(
            """
            {"model":"m","user":"alice","temperature":1.7,"top_p":0.5,"stop":"END","seed":7,"messages":[
              {"role":"system","content":"be brief"},{"role":"developer","content":[{"type":"text","text":"really"}]},
              {"role":"user","content":"a"},{"role":"user","content":[{"type":"text","text":"b"},{"type":"text","text":" "}]},
              {"role":"assistant","content":"c"},{"role":"user","content":""},{"role":"assistant","content":"d "}]}
            """);
        Assert.Equal(
            """{"model":"target-model","max_tokens":4096,"temperature":1,"stop_sequences":["END"],"metadata":{"user_id":"alice"},"system":[{"type":"text","text":"be brief"},{"type":"text","text":"really"}],"messages":[{"role":"user","content":[{"type":"text","text":"a"},{"type":"text","text":"b"}]},{"role":"assistant","content":[{"type":"text","text":"c"},{"type":"text","text":"d"}]}]}""",
            body);
    }

    [Fact]
    public async Task SendAsync_StopListAndLimits_AreTranslated()
    {
        var body = JsonNode.Parse(await SentBodyAsync(
            """{"stop":["a","b"],"max_tokens":9,"top_p":1.5,"messages":[{"role":"user","content":"x"}]}"""))!;
        Assert.Equal("""["a","b"]""", body["stop_sequences"]!.ToJsonString());
        Assert.Equal(9, (int?)body["max_tokens"]);
        Assert.Equal(1, (double?)body["top_p"]);
        Assert.Null(body["temperature"]);
        Assert.Null(body["system"]);
    }

    [Theory]
    [InlineData("", "/v1/messages")]
    [InlineData("/", "/v1/messages")]
    [InlineData("/v1", "/v1/messages")]
    [InlineData("/proxy/v1/", "/proxy/v1/messages")]
    public async Task SendAsync_BaseUrl_IsTakenWithOrWithoutVersion(string path, string expected)
    {
        await using var server = ScriptedServer.AnsweringBody(Answer);
        using var fixture = new UpstreamFixture();
        await fixture.SendAsync(UpstreamFixture.Target(new Uri($"http://127.0.0.1:{server.Port}{path}"), Dialect.Anthropic));
        var request = server.Requests.Single();
        Assert.StartsWith($"POST {expected} ", request, StringComparison.Ordinal);
        Assert.Contains("x-api-key: " + UpstreamFixture.Key, request, StringComparison.Ordinal);
        Assert.Contains("anthropic-version: 2023-06-01", request, StringComparison.Ordinal);
        Assert.DoesNotContain("Authorization", request, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(OutcomeClass.Caller, "tools[0].function.name", """{"tools":[{"type":"function"}],"messages":[{"role":"user","content":"x"}]}""")]
    [InlineData(OutcomeClass.Config, "messages[0].content[0].input_audio", """{"messages":[{"role":"user","content":[{"type":"input_audio","input_audio":{"data":"AAAA","format":"wav"}}]}]}""")]
    [InlineData(OutcomeClass.Config, "n", """{"n":2,"messages":[{"role":"user","content":"x"}]}""")]
    [InlineData(OutcomeClass.Config, "stop", """{"stop":["\n"],"messages":[{"role":"user","content":"x"}]}""")]
    [InlineData(OutcomeClass.Caller, "messages[0].role", """{"messages":[{"role":"tool","content":"x"}]}""")]
    [InlineData(OutcomeClass.Config, "messages", """{"messages":[{"role":"system","content":"x"}]}""")]
    public async Task SendAsync_WhatCannotBeSaid_IsRefusedByName(OutcomeClass outcome, string param, string request)
    {
        using var fixture = new UpstreamFixture();
        var failure = (await fixture.SendAsync(
            UpstreamFixture.Target(new Uri("http://127.0.0.1:1"), Dialect.Anthropic), UpstreamFixture.Request(request))).Failure;
        Assert.Equal((outcome, param), (failure!.Class, failure.Param));
        Assert.Equal(param, (string?)JsonNode.Parse(failure.Body.Span)!["error"]!["param"]);
    }

    [Fact]
    public async Task SendAsync_DroppedFields_AreNamed()
    {
        await using var server = ScriptedServer.AnsweringBody(Answer);
        using var fixture = new UpstreamFixture();
        var reply = await fixture.SendAsync(
            UpstreamFixture.Target(server.BaseUrl, Dialect.Anthropic), UpstreamFixture.Request(false, ",\"seed\":1,\"x\":2"));
        Assert.Equal(["seed", "x"], reply.DroppedFields);
    }

    [Theory]
    [InlineData("end_turn", "stop")]
    [InlineData("stop_sequence", "stop")]
    [InlineData("max_tokens", "length")]
    [InlineData("refusal", "content_filter")]
    public async Task SendAsync_Answer_IsTranslated(string stopReason, string finishReason)
    {
        await using var server = ScriptedServer.AnsweringBody(Answer.Replace("STOP", stopReason, StringComparison.Ordinal));
        using var fixture = new UpstreamFixture();
        var reply = await fixture.SendAsync(UpstreamFixture.Target(server.BaseUrl, Dialect.Anthropic));
        Assert.Equal(Usage, reply.Usage);
        Assert.Equal("hmhello".Length, reply.ContentCharacters);
        var root = JsonNode.Parse(reply.Body.Span)!;
        var choice = root["choices"]![0]!;
        Assert.Equal("chatcmpl-msg_1", (string?)root["id"]);
        Assert.Equal("chat.completion", (string?)root["object"]);
        Assert.Equal("claude-x", (string?)root["model"]);
        Assert.InRange((long)root["created"]!, 1_000_000_000, 9_999_999_999);
        Assert.Equal("hello", (string?)choice["message"]!["content"]);
        Assert.Equal("hm", (string?)choice["message"]!["reasoning_content"]);
        Assert.Equal(finishReason, (string?)choice["finish_reason"]);
        Assert.Equal(
            """{"prompt_tokens":10,"completion_tokens":4,"total_tokens":14,"prompt_tokens_details":{"cached_tokens":3,"cache_write_tokens":2}}""",
            root["usage"]!.ToJsonString());
    }

    [Fact]
    public async Task SendAsync_CallersMistake_IsAnsweredInOpenAIsShape()
    {
        await using var server = ScriptedServer.AnsweringBody(
            """{"type":"error","error":{"type":"invalid_request_error","message":"messages: bad"},"request_id":"r"}""", 400);
        using var fixture = new UpstreamFixture();
        var failure = (await fixture.SendAsync(UpstreamFixture.Target(server.BaseUrl, Dialect.Anthropic))).Failure;
        Assert.Equal(OutcomeClass.Caller, failure?.Class);
        Assert.Equal(
            """{"error":{"message":"messages: bad","type":"invalid_request_error","param":null,"code":null}}""",
            Encoding.UTF8.GetString(failure!.Body.Span));
    }

    private const string Start = "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":\"msg_1\",\"model\":\"claude-x\",\"usage\":{\"input_tokens\":5,\"cache_read_input_tokens\":3,\"cache_creation_input_tokens\":2,\"output_tokens\":1}}}\n\n";
    private const string Block = "event: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"\"}}\n\nevent: ping\ndata: {\"type\":\"ping\"}\n\n";
    private const string Thinking = "data: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"thinking_delta\",\"thinking\":\"hm\"}}\n\n";
    private const string Text = "data: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"h\\u00e9\\n\"}}\n\n";
    private const string Delta = "data: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"},\"usage\":{\"output_tokens\":4}}\n\n";
    private const string Stop = "data: {\"type\":\"message_stop\"}\n\n";

    [Theory]
    [InlineData(false, "Head Content Content Finish HiddenUsage End")]
    [InlineData(true, "Head Content Content Finish Other End")]
    public async Task ReadAsync_Stream_IsTranslated(bool asked, string kinds)
    {
        var (items, stream) = await RunAsync(asked, Start, Block, Thinking, Text, Delta, Stop);
        Assert.Equal(kinds, Kinds(items));
        Assert.Equal(Usage, stream.Usage);
        Assert.Equal(5, stream.ContentCharacters);
        var chunks = items.Take(5).Select(static item => JsonNode.Parse(item.Payload)!).ToArray();
        Assert.All(chunks, static chunk => Assert.Equal(
            ("chatcmpl-msg_1", "chat.completion.chunk", "claude-x"),
            ((string?)chunk["id"], (string?)chunk["object"], (string?)chunk["model"])));
        Assert.Equal("assistant", (string?)chunks[0]["choices"]![0]!["delta"]!["role"]);
        Assert.Equal("hm", (string?)chunks[1]["choices"]![0]!["delta"]!["reasoning_content"]);
        Assert.Equal("hé\n", (string?)chunks[2]["choices"]![0]!["delta"]!["content"]);
        Assert.Equal("stop", (string?)chunks[3]["choices"]![0]!["finish_reason"]);
        Assert.Empty(chunks[4]["choices"]!.AsArray());
        Assert.Equal(14, (int?)chunks[4]["usage"]!["total_tokens"]);
        Assert.All(items, static item => Assert.DoesNotContain('\n', item.Payload));
    }

    /// <summary>With <c>display: "omitted"</c> nothing else is said while the model thinks: silence would be taken for a hang.</summary>
    [Fact]
    public async Task ReadAsync_ThinkingThatIsNotShown_IsProgress()
    {
        const string Empty = "data: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"thinking_delta\",\"thinking\":\"\"}}\n\n";
        const string Signature = "data: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"signature_delta\",\"signature\":\"c2ln\"}}\n\n";
        var (items, stream) = await RunAsync(false, Start, Empty, Signature, Text, Delta, Stop);
        Assert.Equal("Head Content Content Content Finish HiddenUsage End", Kinds(items));
        Assert.All(items[1..3], static item => Assert.Equal("", (string?)JsonNode.Parse(item.Payload)!["choices"]![0]!["delta"]!["reasoning_content"]));
        Assert.Equal(3, stream.ContentCharacters);
    }

    [Theory]
    [InlineData("Head Content Failed", Start, Text)]
    [InlineData("Head Content Failed", Start, Text, Stop)]
    [InlineData("Head Content Finish HiddenUsage End", Start, Text, Delta)]
    [InlineData("Head Content Finish HiddenUsage End", Start, "data: garbage\n\n", Text, Delta, Stop)]
    public async Task ReadAsync_EndOfStream_IsFinishedOnlyByAReason(string kinds, params string[] events) =>
        Assert.Equal(kinds, Kinds((await RunAsync(false, events)).Items));

    /// <summary>The output in <c>message_start</c> is a placeholder: a stream that breaks has its input reported and its output unknown.</summary>
    [Theory]
    [InlineData(10, 0, UsageSource.Estimated, Start)]
    [InlineData(10, 0, UsageSource.Estimated, Start, Text, Text)]
    [InlineData(10, 4, UsageSource.Reported, Start, Text, Delta)]
    [InlineData(0, 0, UsageSource.None, Text)]
    public async Task ReadAsync_BrokenStream_ReportsNoOutputThatWasNotReported(int input, int output, UsageSource source, params string[] events)
    {
        var usage = (await RunAsync(true, events)).Stream.Usage;
        Assert.Equal((input, output, source), (usage.Input, usage.Output, usage.Source));
    }

    [Fact]
    public async Task ReadAsync_FinishWithoutUsage_ShowsTheClientNone()
    {
        var (items, stream) = await RunAsync(true, Start, Text, Delta.Replace(",\"usage\":{\"output_tokens\":4}", "", StringComparison.Ordinal), Stop);
        Assert.Equal("Head Content Finish End", Kinds(items));
        Assert.Equal(UsageSource.Estimated, stream.Usage.Source);
    }

    [Theory]
    [InlineData("overloaded_error", OutcomeClass.Overload)]
    [InlineData("api_error", OutcomeClass.Sick)]
    public async Task ReadAsync_ErrorEvent_Fails(string type, OutcomeClass outcome)
    {
        var error = $"event: error\ndata: {{\"type\":\"error\",\"error\":{{\"type\":\"{type}\",\"message\":\"x\"}}}}\n\n";
        var (items, _) = await RunAsync(false, Start, error);
        Assert.Equal("Head Failed", Kinds(items));
        Assert.Equal(outcome, items[^1].Failure!.Class);
    }

    private static async Task<string> SentBodyAsync(string request)
    {
        await using var server = ScriptedServer.AnsweringBody(Answer);
        using var fixture = new UpstreamFixture();
        await fixture.SendAsync(UpstreamFixture.Target(server.BaseUrl, Dialect.Anthropic), UpstreamFixture.Request(request));
        return server.Requests.Single().Split("\r\n\r\n", 2)[1];
    }

    private static string Kinds(IEnumerable<(StreamItemKind Kind, string, AttemptFailure?)> items) =>
        string.Join(' ', items.Select(static item => item.Kind));

    private static async Task<(List<(StreamItemKind Kind, string Payload, AttemptFailure? Failure)> Items, UpstreamStream Stream)> RunAsync(
        bool asked, params string[] events)
    {
        await using var server = ScriptedServer.Streaming(events);
        using var fixture = new UpstreamFixture();
        var reply = await fixture.SendAsync(
            UpstreamFixture.Target(server.BaseUrl, Dialect.Anthropic),
            UpstreamFixture.Request(stream: true, asked ? ",\"stream_options\":{\"include_usage\":true}" : ""));
        return (await UpstreamFixture.DrainAsync(reply), reply.Stream!);
    }
}
