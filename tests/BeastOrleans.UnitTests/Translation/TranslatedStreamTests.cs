using System.Text;
using System.Text.Json.Nodes;
using BeastOrleans.Contracts.Endpoints;
using BeastOrleans.Contracts.Usage;
using BeastOrleans.Upstreams;
using BeastOrleans.Upstreams.Anthropic;
using BeastOrleans.Upstreams.Failures;
using BeastOrleans.Upstreams.Gemini;
using BeastOrleans.Upstreams.Http;
using BeastOrleans.Upstreams.Translation;
using CsCheck;
using Xunit;

namespace BeastOrleans.UnitTests.Translation;

/// <summary>Streams of other dialects as OpenAI's chunks, and that they say what the whole answer says.</summary>
public sealed class TranslatedStreamTests
{
    private const string Messages = """
        event: message_start
        data: {"type":"message_start","message":{"id":"msg_1","model":"claude-x","usage":{"input_tokens":5,"cache_read_input_tokens":3,"cache_creation_input_tokens":2,"output_tokens":1}}}

        event: content_block_start
        data: {"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":"","signature":""}}

        data: {"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"hm"}}

        data: {"type":"content_block_delta","index":0,"delta":{"type":"signature_delta","signature":"c2ln"}}

        data: {"type":"content_block_stop","index":0}

        event: ping
        data: {"type":"ping"}

        data: {"type":"content_block_start","index":1,"content_block":{"type":"text","text":""}}

        data: {"type":"content_block_delta","index":1,"delta":{"type":"text_delta","text":"Grüezi \u00e9\n"}}

        data: {"type":"content_block_stop","index":1}

        data: {"type":"content_block_start","index":2,"content_block":{"type":"tool_use","id":"toolu_1","name":"weather","input":{}}}

        data: {"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta","partial_json":""}}

        data: {"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta","partial_json":"{\"city\":"}}

        data: {"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta","partial_json":"\"Bern\"}"}}

        data: {"type":"content_block_stop","index":2}

        data: {"type":"content_block_start","index":3,"content_block":{"type":"tool_use","id":"toolu_2","name":"now","input":{}}}

        data: {"type":"content_block_stop","index":3}

        data: {"type":"message_delta","delta":{"stop_reason":"tool_use"},"usage":{"output_tokens":4}}

        data: {"type":"message_stop"}


        """;

    private const string MessagesWhole = """
        {"id":"msg_1","type":"message","role":"assistant","model":"claude-x","content":[{"type":"thinking","thinking":"hm","signature":"c2ln"},{"type":"text","text":"Grüezi \u00e9\n"},
         {"type":"tool_use","id":"toolu_1","name":"weather","input":{"city":"Bern"}},{"type":"tool_use","id":"toolu_2","name":"now","input":{}}],
         "stop_reason":"tool_use","usage":{"input_tokens":5,"cache_read_input_tokens":3,"cache_creation_input_tokens":2,"output_tokens":4}}
        """;

    private const string Gemini = """
        data: {"candidates":[{"content":{"role":"model","parts":[{"text":"hm","thought":true}]},"index":0}],"usageMetadata":{"promptTokenCount":5},"modelVersion":"gemini-x","responseId":"r1"}

        data: {"candidates":[{"content":{"role":"model","parts":[{"text":"Grüezi "},{"text":"\u00e9\n"}]}}],"usageMetadata":{"promptTokenCount":5,"candidatesTokenCount":1},"modelVersion":"gemini-x","responseId":"r1"}

        data: {"candidates":[{"content":{"role":"model","parts":[{"functionCall":{"name":"weather","args":{"city":"Bern"}},"thoughtSignature":"c2ln"}]},"index":0}],"responseId":"r1"}

        data: {"candidates":[{"content":{"role":"model","parts":[{"functionCall":{"id":"own","name":"now"}}]},"index":0}],"responseId":"r1"}

        data: {"candidates":[{"content":{"role":"model","parts":[{"text":""}]},"finishReason":"STOP","index":0}],"usageMetadata":{"promptTokenCount":5,"cachedContentTokenCount":3,"candidatesTokenCount":2,"thoughtsTokenCount":4,"totalTokenCount":11},"responseId":"r1"}


        """;

    private const string GeminiWhole = """
        {"candidates":[{"content":{"role":"model","parts":[{"text":"hm","thought":true},{"text":"Grüezi "},{"text":"\u00e9\n"},{"functionCall":{"name":"weather","args":{"city":"Bern"}},"thoughtSignature":"c2ln"},{"functionCall":{"id":"own","name":"now"}}]},"finishReason":"STOP","index":0}],
         "usageMetadata":{"promptTokenCount":5,"cachedContentTokenCount":3,"candidatesTokenCount":2,"thoughtsTokenCount":4,"totalTokenCount":11},"modelVersion":"gemini-x","responseId":"r1"}
        """;

    [Fact]
    public async Task Messages_Stream_IsTheGolden() => ChatTranslation.Golden("messages-stream-to-chat", Chunks(await DrainAsync(MessagesStream(Messages, 7))));

    [Fact]
    public async Task Gemini_Stream_IsTheGolden() => ChatTranslation.Golden("gemini-stream-to-chat", Chunks(await DrainAsync(GeminiStreamOf(Gemini, 7))));

    [Fact]
    public async Task Messages_Stream_SaysWhatTheWholeAnswerSays()
    {
        var whole = ChatToMessages.TranslateResponse(Encoding.UTF8.GetBytes(MessagesWhole), 1, "m", false, out var usage, out var characters);
        ChatTranslation.Golden("messages-to-chat", JsonNode.Parse(whole)!);
        var stream = MessagesStream(Messages, 64);
        Assert.Equal(Summary(JsonNode.Parse(whole)!), Joined(await DrainAsync(stream)));
        Assert.Equal(usage, stream.Usage);
        Assert.Equal(characters, stream.ContentCharacters);
    }

    [Fact]
    public async Task Gemini_Stream_SaysWhatTheWholeAnswerSays()
    {
        var answer = new GeminiAnswer();
        Assert.True(answer.Read(Encoding.UTF8.GetBytes(GeminiWhole)));
        var whole = JsonNode.Parse(new GeminiAnswerToChat(1, "m", "fallback").Whole(answer)!.Value.Span)!;
        ChatTranslation.Golden("gemini-to-chat", whole);
        var stream = GeminiStreamOf(Gemini, 64);
        Assert.Equal(Summary(whole), Joined(await DrainAsync(stream)));
        Assert.Equal(new TokenUsage { Input = 5, CachedInput = 3, Output = 6, Reasoning = 4, Source = UsageSource.Reported }, stream.Usage);
        Assert.Equal(answer.Usage, stream.Usage);
    }

    [Fact]
    public async Task AnyChunking_GivesTheSameEvents()
    {
        var messages = Text(await DrainAsync(MessagesStream(Messages, int.MaxValue)));
        var gemini = Text(await DrainAsync(GeminiStreamOf(Gemini, int.MaxValue)));
        await Gen.Int[1, 200].Array[1, 40].SampleAsync(async sizes =>
        {
            Assert.Equal(messages, Text(await DrainAsync(MessagesStream(Messages, sizes))));
            Assert.Equal(gemini, Text(await DrainAsync(GeminiStreamOf(Gemini, sizes))));
        }, iter: 100, threads: 1);
    }

    [Fact]
    public async Task Messages_OldStyleClient_GetsAFunctionCall()
    {
        var one = Messages[..Messages.IndexOf("data: {\"type\":\"content_block_start\",\"index\":3", StringComparison.Ordinal)]
            + Messages[Messages.IndexOf("data: {\"type\":\"message_delta\"", StringComparison.Ordinal)..];
        var items = Chunks(await DrainAsync(MessagesStream(one, oldStyle: true, 50)));
        var calls = items.Select(static chunk => chunk!["choices"]!.AsArray().FirstOrDefault()?["delta"]!["function_call"]).OfType<JsonNode>().ToArray();
        Assert.Equal("weather", (string?)calls[0]["name"]);
        Assert.Equal("""{"city":"Bern"}""", string.Concat(calls.Select(static call => (string?)call["arguments"])));
        Assert.Equal("function_call", (string?)items.Last(static chunk => chunk!["choices"]!.AsArray().Count > 0)!["choices"]![0]!["finish_reason"]);
    }

    [Theory]
    [InlineData("STOP", "stop")]
    [InlineData("MAX_TOKENS", "length")]
    [InlineData("SAFETY", "content_filter")]
    [InlineData("RECITATION", "content_filter")]
    [InlineData("PROHIBITED_CONTENT", "content_filter")]
    [InlineData("SPII", "content_filter")]
    [InlineData("OTHER", "stop")]
    [InlineData("MALFORMED_FUNCTION_CALL", null)]
    [InlineData("UNEXPECTED_TOOL_CALL", null)]
    public async Task Gemini_FinishReason_IsSaidOrBreaks(string reason, string? expected)
    {
        var item = (await DrainAsync(GeminiStreamOf($$$$$"""data: {"candidates":[{"finishReason":"{{{{{reason}}}}}"}]}""" + "\n\n", 9)))[0];
        Assert.Equal(expected is null ? StreamItemKind.Failed : StreamItemKind.Finish, item.Kind);
        Assert.Equal(expected, expected is null ? null : (string?)JsonNode.Parse(item.Payload)!["choices"]![0]!["finish_reason"]);
        Assert.Equal(expected, ChatToGemini.FinishReason(reason, hasCalls: false));
    }

    [Theory]
    [InlineData("""{"promptFeedback":{"blockReason":"SAFETY"}}""", OutcomeClass.Caller)]
    [InlineData("""{"error":{"code":503,"message":"overloaded","status":"UNAVAILABLE"}}""", OutcomeClass.Sick)]
    [InlineData("""{"error":{"code":429,"message":"slow down","status":"RESOURCE_EXHAUSTED"}}""", OutcomeClass.Overload)]
    [InlineData("""{"candidates":[{"content":{"parts":[{"text":"x"}]}}]}""", OutcomeClass.Sick)]
    public async Task Gemini_StreamWithoutAnEnd_Fails(string data, OutcomeClass outcome) =>
        Assert.Equal(outcome, (await DrainAsync(GeminiStreamOf($"data: {data}\n\n", 9)))[^1].Failure?.Class);

    private static AnthropicStream MessagesStream(string text, params int[] sizes) => MessagesStream(text, oldStyle: false, sizes);

    private static AnthropicStream MessagesStream(string text, bool oldStyle, params int[] sizes) =>
        new(Source(text, sizes), new MessagesStreamToChat(1, "m", oldStyle), clientAskedUsage: true, new Scrubber(null));

    private static GeminiStream GeminiStreamOf(string text, params int[] sizes) =>
        new(Source(text, sizes), new GeminiAnswerToChat(1, "m", "fallback"), clientAskedUsage: true, new Scrubber(null));

    private static StreamSource Source(string text, int[] sizes) =>
        new(new HttpResponseMessage(), new ChunkedStream(Encoding.UTF8.GetBytes(text.ReplaceLineEndings("\n")), sizes));

    private static async Task<List<(StreamItemKind Kind, string Payload, AttemptFailure? Failure)>> DrainAsync(UpstreamStream stream) =>
        await Upstreams.UpstreamFixture.DrainAsync(UpstreamReply.Streaming(stream));

    private static string Text(List<(StreamItemKind Kind, string Payload, AttemptFailure? Failure)> items) =>
        string.Join('\n', items.Select(static item => $"{item.Kind} {item.Payload}"));

    private static JsonArray Chunks(List<(StreamItemKind Kind, string Payload, AttemptFailure? Failure)> items) =>
        [.. items.Where(static item => item.Payload.Length > 0).Select(static item => JsonNode.Parse(item.Payload))];

    /// <summary>A whole answer in a line.</summary>
    private static string Summary(JsonNode whole)
    {
        var message = whole["choices"]![0]!["message"]!;
        var calls = message["tool_calls"]!.AsArray().Select(static call =>
            $"{call!["id"]} {call["type"]} {call["function"]!["name"]} {call["function"]!["arguments"]} {call["extra_content"]?.ToJsonString()}");
        return $"{whole["id"]} {whole["model"]} {whole["created"]} {message["reasoning_content"]}|{message["content"]}|{string.Join('|', calls)}|{whole["choices"]![0]!["finish_reason"]} {whole["usage"]!.ToJsonString()}";
    }

    /// <summary>The same of a stream, its pieces joined as a client joins them.</summary>
    private static string Joined(List<(StreamItemKind Kind, string Payload, AttemptFailure? Failure)> items)
    {
        string thinking = "", content = "", finish = "", usage = "";
        var calls = new List<(string Head, string Arguments, string? Extra)>();
        var chunks = Chunks(items);
        foreach (var chunk in chunks)
        {
            usage = chunk!["usage"]?.ToJsonString() ?? usage;
            if (chunk["choices"]!.AsArray().FirstOrDefault() is not { } choice)
            {
                continue;
            }

            thinking += (string?)choice["delta"]!["reasoning_content"];
            content += (string?)choice["delta"]!["content"];
            finish += (string?)choice["finish_reason"];
            foreach (var call in choice["delta"]!["tool_calls"]?.AsArray() ?? [])
            {
                var index = (int)call!["index"]!;
                if (index == calls.Count)
                {
                    calls.Add(($"{call["id"]} {call["type"]} {call["function"]!["name"]}", "", call["extra_content"]?.ToJsonString()));
                }

                calls[index] = calls[index] with { Arguments = calls[index].Arguments + (string?)call["function"]!["arguments"] };
            }
        }

        var head = chunks[0]!;
        return $"{head["id"]} {head["model"]} {head["created"]} {thinking}|{content}|{string.Join('|', calls.Select(static call => $"{call.Head} {call.Arguments} {call.Extra}"))}|{finish} {usage}";
    }

    /// <summary>Gives its bytes in pieces of these sizes, around and around.</summary>
    private sealed class ChunkedStream(byte[] bytes, int[] sizes) : Stream
    {
        private int _at;
        private int _turn;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override int Read(Span<byte> buffer)
        {
            var length = Math.Min(Math.Min(sizes[_turn++ % sizes.Length], buffer.Length), bytes.Length - _at);
            bytes.AsSpan(_at, length).CopyTo(buffer);
            _at += length;
            return length;
        }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => new(Read(buffer.Span));

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
