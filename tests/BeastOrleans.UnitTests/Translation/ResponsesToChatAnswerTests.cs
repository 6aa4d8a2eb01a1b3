using System.Buffers;
using System.Text;
using System.Text.Json;
using BeastOrleans.Upstreams.Translation;
using CsCheck;
using Xunit;

namespace BeastOrleans.UnitTests.Translation;

public sealed class ResponsesToChatAnswerTests
{
    [Fact]
    public void Whole_Text_IsACompletedResponse()
    {
        var response = ResponsesFixture.Whole(
            ResponsesFixture.Completion("""{"role":"assistant","content":"h\u00e9 \"q\""}"""),
            """{"input":"hi","instructions":"be","metadata":{"a":"b"},"temperature":0.5,"store":true}""");
        Assert.Equal("resp_abc", response.GetProperty("id").GetString());
        Assert.Equal("completed", response.GetProperty("status").GetString());
        Assert.Equal("served", response.GetProperty("model").GetString());
        Assert.False(response.GetProperty("store").GetBoolean());
        Assert.Equal("be", response.GetProperty("instructions").GetString());
        Assert.Equal("b", response.GetProperty("metadata").GetProperty("a").GetString());
        Assert.Equal(
            """{"input_tokens":11,"input_tokens_details":{"cached_tokens":4},"output_tokens":7,"output_tokens_details":{"reasoning_tokens":2},"total_tokens":18}""",
            response.GetProperty("usage").GetRawText());
        Assert.Equal(
            """[{"id":"msg_abc0","type":"message","status":"completed","content":[{"type":"output_text","annotations":[],"logprobs":[],"text":"h\u00e9 \"q\""}],"role":"assistant"}]""",
            response.GetProperty("output").GetRawText());
    }

    [Theory]
    [InlineData("length", "max_output_tokens")]
    [InlineData("content_filter", "content_filter")]
    public void Whole_CutShort_IsIncomplete(string finish, string reason)
    {
        var response = ResponsesFixture.Whole(ResponsesFixture.Completion("""{"content":"x"}""", finish));
        Assert.Equal("incomplete", response.GetProperty("status").GetString());
        Assert.Equal(reason, response.GetProperty("incomplete_details").GetProperty("reason").GetString());
        Assert.Equal("incomplete", response.GetProperty("output")[0].GetProperty("status").GetString());
    }

    [Fact]
    public void Whole_ReasoningAndCalls_AreItemsOfTheirOwn()
    {
        var response = ResponsesFixture.Whole(ResponsesFixture.Completion(
            """{"content":null,"reasoning_content":"hm","tool_calls":[{"id":"a","type":"function","function":{"name":"f","arguments":""}},{"id":"b","function":{"name":"g","arguments":{"x":"y"}}}]}""", "tool_calls"));
        Assert.Equal(
            """[{"id":"rs_abc0","type":"reasoning","summary":[{"type":"summary_text","text":"hm"}]},{"id":"fc_abc1","type":"function_call","status":"completed","arguments":"{}","call_id":"a","name":"f"},{"id":"fc_abc2","type":"function_call","status":"completed","arguments":"{\"x\":\"y\"}","call_id":"b","name":"g"}]""",
            response.GetProperty("output").GetRawText());
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("""{"choices":[]}""")]
    [InlineData("""{"error":{}}""")]
    public void Whole_ThatIsNone_IsNull(string body) => Assert.Null(
        ResponsesToChat.TranslateResponse(Encoding.UTF8.GetBytes(body), ResponsesFixture.Call("""{"input":"x"}"""), "a", 1, "m", default));

    [Theory]
    [InlineData("""{"choices":[{"index":1,"message":{"content":"a"},"finish_reason":"length"}]}""")]
    [InlineData("""{"choices":[{"index":1,"message":{"content":"a"},"finish_reason":"length"},{"index":2,"message":{"content":"b"},"finish_reason":"stop"}]}""")]
    [InlineData("""{"choices":[{"index":1,"message":{"content":"b"},"finish_reason":"stop"},{"index":0,"message":{"content":"a"},"finish_reason":"length"}]}""")]
    public void Whole_WhateverTheIndex_HasAnAnswer(string completion)
    {
        var response = ResponsesFixture.Whole(completion);
        Assert.Equal("a", response.GetProperty("output")[0].GetProperty("content")[0].GetProperty("text").GetString());
        Assert.Equal("incomplete", response.GetProperty("status").GetString());
    }

    [Fact]
    public void Stream_AChunkOfAnotherChoiceAlone_IsNotMixedIn()
    {
        var events = ResponsesFixture.Stream(
        [
            ResponsesFixture.Delta("""{"content":"a"}"""), """{"choices":[{"index":1,"delta":{"content":"b"},"finish_reason":null}]}""",
            ResponsesFixture.Delta("{}", "\"stop\""),
        ]);
        Assert.Equal("a", events[^1].GetProperty("response").GetProperty("output")[0].GetProperty("content")[0].GetProperty("text").GetString());
    }

    /// <summary>Calls beyond the bound are not shown, whether numbered or all of the same number, and spoil none before them.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Stream_CallsWithoutEnd_AreBounded(bool numbered)
    {
        var chunks = new List<string>();
        for (var i = 0; i < ChatStreamToMessages.MaxCalls + 100; i++)
        {
            var index = numbered ? i : 0;
            chunks.Add(ResponsesFixture.Delta($$$"""{"tool_calls":[{"index":{{{index}}},"id":"c{{{i}}}","function":{"name":"f","arguments":"{\"x\":"}}]}"""));
            chunks.Add(ResponsesFixture.Delta($$$"""{"tool_calls":[{"index":{{{index}}},"function":{"arguments":"{{{i}}}}"}}]}"""));
        }

        chunks.Add(ResponsesFixture.Delta("{}", "\"tool_calls\""));
        var output = ResponsesFixture.Stream(chunks)[^1].GetProperty("response").GetProperty("output");
        Assert.Equal(ChatStreamToMessages.MaxCalls, output.GetArrayLength());
        Assert.Equal("""{"x":511}""", output[ChatStreamToMessages.MaxCalls - 1].GetProperty("arguments").GetString());
    }

    [Fact]
    public void Stream_Text_HasTheExactSequence()
    {
        var events = ResponsesFixture.Stream(
        [
            ResponsesFixture.Delta("""{"role":"assistant","content":""}"""), ResponsesFixture.Delta("""{"content":"He"}"""),
            ResponsesFixture.Delta("""{"content":"llo"}""", logprobs: """{"content":[{"token":"llo","logprob":-1,"top_logprobs":[]}]}"""),
            ResponsesFixture.Delta("{}", "\"stop\""), """{"choices":[],"usage":{}}""", "garbage",
        ]);
        Assert.Equal(
            [
                "response.created", "response.in_progress", "response.output_item.added", "response.content_part.added", "response.output_text.delta",
                "response.output_text.delta", "response.output_text.done", "response.content_part.done", "response.output_item.done", "response.completed",
            ],
            Types(events));
        Assert.Equal("Hello", events[6].GetProperty("text").GetString());
        Assert.Equal("llo", events[5].GetProperty("logprobs")[0].GetProperty("token").GetString());
        Assert.Equal(18, events[^1].GetProperty("response").GetProperty("usage").GetProperty("total_tokens").GetInt32());
    }

    [Fact]
    public void Stream_ParallelCalls_CloseInTurn()
    {
        var events = ResponsesFixture.Stream(
        [
            ResponsesFixture.Delta("""{"tool_calls":[{"index":0,"id":"a","type":"function","function":{"name":"f","arguments":""}}]}"""),
            ResponsesFixture.Delta("""{"tool_calls":[{"index":0,"function":{"arguments":"{\"x\":1}"}}]}"""),
            ResponsesFixture.Delta("""{"tool_calls":[{"index":1,"id":"b","type":"function","function":{"name":"g"}}]}"""),
            ResponsesFixture.Delta("{}", "\"tool_calls\""),
        ]);
        string[] call = ["response.output_item.added", "response.function_call_arguments.delta", "response.function_call_arguments.done", "response.output_item.done"];
        Assert.Equal(["response.created", "response.in_progress", .. call, .. call, "response.completed"], Types(events));
        Assert.Equal("{}", events[^3].GetProperty("arguments").GetString());
        Assert.Equal("completed", events[^2].GetProperty("item").GetProperty("status").GetString());
    }

    [Fact]
    public void Stream_InterleavedCalls_LoseNothing()
    {
        var events = ResponsesFixture.Stream(
        [
            ResponsesFixture.Delta("""{"tool_calls":[{"index":0,"id":"a","function":{"name":"f","arguments":"{\"x\""}},{"index":1,"id":"b","function":{"name":"g","arguments":"{"}}]}"""),
            ResponsesFixture.Delta("""{"tool_calls":[{"index":0,"function":{"arguments":":1}"}},{"index":1,"function":{"arguments":"}"}}]}""", "\"tool_calls\""),
        ]);
        Assert.Equal(
            ["""{"x":1}""", "{}"],
            events[^1].GetProperty("response").GetProperty("output").EnumerateArray().Select(static item => item.GetProperty("arguments").GetString()!));
    }

    [Fact]
    public void Stream_ThatBroke_EndsWithAnErrorAndIsNotCompleted()
    {
        var output = new ArrayBufferWriter<byte>();
        var stream = new ChatStreamToResponses(ResponsesFixture.Call("""{"input":"x"}"""), "abc", 1, "m");
        stream.Translate(Encoding.UTF8.GetBytes(ResponsesFixture.Delta("""{"content":"x"}""")), output);
        stream.Fail("upstream_error", "upstream_stream_interrupted", "cut\n\"here\"", "req", output);
        var events = ResponsesFixture.Events(output);
        Assert.Equal("error", Types(events)[^1]);
        Assert.DoesNotContain("response.completed", Types(events));
        Assert.Equal("cut\n\"here\"", events[^1].GetProperty("message").GetString());
        Assert.Equal("upstream_stream_interrupted", events[^1].GetProperty("error").GetProperty("code").GetString());
    }

    /// <summary>A streamed answer accumulates to the same response as the same answer given whole, however it is cut.</summary>
    [Fact]
    public void Stream_AccumulatesToTheWhole()
    {
        var text = Gen.String[Gen.Char["aé\"\\\n😀"[..5]], 0, 8];
        var calls = Gen.String[Gen.Char["ab"], 0, 3].Array[0, 3];
        Gen.Select(text, text, text, calls, Gen.Int[1, 4], Gen.Int[0, 3]).Sample((reasoning, content, refusal, arguments, cut, end) =>
        {
            var finish = new[] { "stop", "length", "content_filter", "tool_calls" }[end];
            var bodies = arguments.Select(static a => a.Length == 0 ? "" : JsonSerializer.Serialize(new { a })).ToArray();
            var message = JsonSerializer.Serialize(new
            {
                role = "assistant",
                content,
                reasoning_content = reasoning,
                refusal,
                tool_calls = bodies.Select((a, i) => new { index = i, id = $"c{i}", type = "function", function = new { name = "f", arguments = a } }),
            });
            var chunks = new List<string>();
            chunks.AddRange(Cut(reasoning, cut).Select(static s => ResponsesFixture.Delta(JsonSerializer.Serialize(new { reasoning_content = s }))));
            chunks.AddRange(Cut(content, cut).Select(static s => ResponsesFixture.Delta(JsonSerializer.Serialize(new { content = s }))));
            chunks.AddRange(Cut(refusal, cut).Select(static s => ResponsesFixture.Delta(JsonSerializer.Serialize(new { refusal = s }))));
            for (var i = 0; i < bodies.Length; i++)
            {
                chunks.Add(ResponsesFixture.Delta(JsonSerializer.Serialize(new { tool_calls = new[] { new { index = i, id = $"c{i}", function = new { name = "f", arguments = "" } } } })));
                chunks.AddRange(Cut(bodies[i], cut).Select(s => ResponsesFixture.Delta(JsonSerializer.Serialize(new { tool_calls = new[] { new { index = i, function = new { arguments = s } } } }))));
            }

            chunks.Add(ResponsesFixture.Delta("{}", $"\"{finish}\""));
            var streamed = ResponsesFixture.Stream(chunks)[^1].GetProperty("response");
            var whole = ResponsesFixture.Whole(ResponsesFixture.Completion(message, finish));
            Assert.True(JsonElement.DeepEquals(whole, streamed), whole.GetRawText() + "\n" + streamed.GetRawText());
        }, iter: 2000);
    }

    private static IEnumerable<string> Cut(string text, int size) => text.Chunk(size).Select(static part => new string(part));

    private static string[] Types(List<JsonElement> events) => [.. events.Select(static e => e.GetProperty("type").GetString()!)];
}
