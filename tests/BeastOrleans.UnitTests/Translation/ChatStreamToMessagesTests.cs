using System.Buffers;
using System.Text;
using System.Text.Json.Nodes;
using BeastOrleans.Contracts.Usage;
using BeastOrleans.Upstreams.Translation;
using Xunit;

namespace BeastOrleans.UnitTests.Translation;

public sealed class ChatStreamToMessagesTests
{
    [Theory]
    [InlineData("stop", "end_turn")]
    [InlineData("length", "max_tokens")]
    [InlineData("content_filter", "refusal")]
    [InlineData("tool_calls", "end_turn")]
    [InlineData("later_invention", "end_turn")]
    public void Complete_FinishReason_IsAnthropics(string finish, string stop) =>
        Assert.Equal(stop, (string?)MessagesFixture.Accumulate(MessagesFixture.Events(MessagesFixture.Chunk("{\"content\":\"x\"}", finish)))["stop_reason"]);

    [Fact]
    public void Complete_WithoutAFinish_WritesNothing()
    {
        var stream = new ChatStreamToMessages("up", "r");
        var output = new ArrayBufferWriter<byte>();
        Assert.True(stream.Write(Encoding.UTF8.GetBytes(MessagesFixture.Chunk("{\"content\":\"x\"}")), output));
        var before = output.WrittenCount;
        Assert.False(stream.IsFinished);
        Assert.False(stream.Complete(output));
        Assert.Equal(before, output.WrittenCount);
    }

    [Fact]
    public void Complete_Twice_EndsOnce()
    {
        var stream = new ChatStreamToMessages("up", "r");
        var output = new ArrayBufferWriter<byte>();
        var chunk = Encoding.UTF8.GetBytes(MessagesFixture.Chunk("{\"content\":\"x\"}", "stop"));
        Assert.True(stream.Write(chunk, output));
        Assert.True(stream.Complete(output));
        var before = output.WrittenCount;
        Assert.False(stream.Complete(output));
        Assert.False(stream.Write(chunk, output));
        Assert.Equal(before, output.WrittenCount);
    }

    [Theory]
    [InlineData("")]
    [InlineData("[DONE]")]
    [InlineData("[]")]
    [InlineData("{\"error\":{}}")]
    [InlineData("{\"choices\":[{\"delta\":{\"content\":\"\\ud800\"}}]}")]
    [InlineData("{\"choices\":[]} x")]
    public void Write_NoChunk_WritesNothing(string data)
    {
        var output = new ArrayBufferWriter<byte>();
        Assert.False(new ChatStreamToMessages("up", "r").Write(Encoding.UTF8.GetBytes(data), output));
        Assert.Equal(0, output.WrittenCount);
    }

    [Fact]
    public void Write_ARoleChunk_StartsTheMessageOnly()
    {
        var output = new ArrayBufferWriter<byte>();
        new ChatStreamToMessages("up", "r", 3).Write(Encoding.UTF8.GetBytes(MessagesFixture.Chunk("""{"role":"assistant","content":"","refusal":null}""")), output);
        Assert.Equal(
            "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":\"msg_7\",\"type\":\"message\",\"role\":\"assistant\",\"model\":\"gpt-4\",\"content\":[],\"stop_reason\":null,\"stop_sequence\":null,\"usage\":{\"input_tokens\":3,\"cache_creation_input_tokens\":0,\"cache_read_input_tokens\":0,\"output_tokens\":0}}}\n\nevent: ping\ndata: {\"type\":\"ping\"}\n\n",
            Encoding.UTF8.GetString(output.WrittenSpan));
    }

    [Fact]
    public void Write_WithoutIdAndModel_TakesTheGivenOnes()
    {
        var message = MessagesFixture.Accumulate(MessagesFixture.Events("""{"choices":[{"delta":{"content":"x"},"finish_reason":"stop"}]}"""));
        Assert.Equal("msg_req1", (string?)message["id"]);
        Assert.Equal("up", (string?)message["model"]);
    }

    [Fact]
    public void Usage_BehindTheFinish_IsToldAtTheEnd()
    {
        var usage = MessagesFixture.Accumulate(MessagesFixture.Events(
            MessagesFixture.Chunk("{\"content\":\"x\"}", "stop"), MessagesFixture.Usage(100, 7, cached: 60)))["usage"]!;
        Assert.Equal("""{"input_tokens":40,"cache_creation_input_tokens":0,"cache_read_input_tokens":60,"output_tokens":7}""", usage.ToJsonString());
    }

    [Fact]
    public void Usage_NeverTold_IsTheEstimate()
    {
        var stream = new ChatStreamToMessages("up", "r", 3);
        var output = new ArrayBufferWriter<byte>();
        stream.Write(Encoding.UTF8.GetBytes(MessagesFixture.Chunk("{\"content\":\"x\"}", "stop")), output);
        stream.Complete(output, new TokenUsage { Input = 5, Output = 6, Source = UsageSource.Estimated });
        Assert.Equal(6, (int?)MessagesFixture.Accumulate(Encoding.UTF8.GetString(output.WrittenSpan))["usage"]!["output_tokens"]);
    }

    [Fact]
    public void Calls_WhoseFragmentsComeMixed_BecomeBlocksOneAfterTheOther()
    {
        var content = Content(
            """{"tool_calls":[{"index":0,"id":"a","function":{"name":"f","arguments":""}},{"index":1,"id":"b","function":{"name":"g","arguments":""}}]}""",
            """{"tool_calls":[{"index":1,"function":{"arguments":"{\"y\":"}},{"index":0,"function":{"arguments":"{\"x\":\"}"}}]}""",
            """{"content":"late"}""",
            """{"tool_calls":[{"index":0,"function":{"arguments":"\\\"\"}"}},{"index":1,"function":{"arguments":"2}"}}]}""");
        Assert.Equal(
            """[{"type":"tool_use","id":"a","name":"f","input":{"x":"}\u0022"}},{"type":"tool_use","id":"b","name":"g","input":{"y":2}},{"type":"text","text":"late"}]""",
            content.ToJsonString());
    }

    [Fact]
    public void Calls_OneAfterTheOther_StreamAsTheyCome()
    {
        var stream = new ChatStreamToMessages("up", "r");
        var output = new ArrayBufferWriter<byte>();
        stream.Write(Encoding.UTF8.GetBytes(MessagesFixture.Chunk("""{"tool_calls":[{"index":0,"id":"a","function":{"name":"f","arguments":"{}"}}]}""")), output);
        output.ResetWrittenCount();
        stream.Write(Encoding.UTF8.GetBytes(MessagesFixture.Chunk("""{"tool_calls":[{"index":1,"id":"b","function":{"name":"g","arguments":"{\"y"}}]}""")), output);
        Assert.Equal(
            ["content_block_stop", "content_block_start", "content_block_delta"],
            MessagesFixture.Parse(Encoding.UTF8.GetString(output.WrittenSpan)).Select(static data => (string?)data["type"]));
    }

    [Theory]
    [InlineData("""{"tool_calls":[{"id":"a","function":{"name":"f","arguments":"{}"}},{"id":"b","function":{"name":"g","arguments":"{}"}}]}""")]
    [InlineData("""{"tool_calls":[{"index":0,"id":"a","function":{"name":"f","arguments":"{}"}},{"index":0,"id":"b","function":{"name":"g","arguments":"{}"}}]}""")]
    public void Calls_WithoutNumbersOfTheirOwn_AreToldApartById(string delta) => Assert.Equal(
        """[{"type":"tool_use","id":"a","name":"f","input":{}},{"type":"tool_use","id":"b","name":"g","input":{}}]""",
        Content(delta).ToJsonString());

    [Fact]
    public void Calls_WithoutIds_GetSome() => Assert.Equal(
        """[{"type":"tool_use","id":"toolu_7_0","name":"f","input":{}}]""",
        Content("""{"tool_calls":[{"index":0,"function":{"name":"f","arguments":""}}]}""").ToJsonString());

    [Fact]
    public void Thinking_ThenText_AreTwoBlocks() => Assert.Equal(
        """[{"type":"thinking","thinking":"hm so","signature":""},{"type":"text","text":"yes"}]""",
        Content("""{"reasoning_content":"hm"}""", """{"reasoning":" so","reasoning_content":null}""", """{"content":"yes"}""").ToJsonString());

    [Fact]
    public void Refusal_IsTextWithItsStopReason()
    {
        var message = MessagesFixture.Accumulate(MessagesFixture.Events(
            MessagesFixture.Chunk("""{"refusal":"I will not."}"""), MessagesFixture.Chunk("{}", "stop")));
        Assert.Equal("I will not.", (string?)message["content"]![0]!["text"]);
        Assert.Equal("refusal", (string?)message["stop_reason"]);
    }

    [Fact]
    public void Parts_AsSomeUpstreamsWriteThem_AreText() => Assert.Equal(
        """[{"type":"text","text":"ab"}]""",
        Content("""{"content":[{"type":"text","text":"a"},7,{"type":"text","text":"b"}]}""").ToJsonString());

    [Fact]
    public void StopSequence_WhereTheUpstreamTells_IsNamed()
    {
        var message = MessagesFixture.Accumulate(MessagesFixture.Events(
            """{"choices":[{"index":0,"delta":{"content":"x"},"finish_reason":"stop","stop_reason":"END"}]}"""));
        Assert.Equal("stop_sequence", (string?)message["stop_reason"]);
        Assert.Equal("END", (string?)message["stop_sequence"]);
    }

    [Fact]
    public void AStraySecondChoice_IsNotMixedIn() => Assert.Equal("a", (string?)MessagesFixture.Accumulate(MessagesFixture.Events(
        """{"choices":[{"delta":{"content":"b"},"index":1,"finish_reason":null},{"delta":{"content":"a"},"index":0,"finish_reason":"stop"}]}"""))["content"]![0]!["text"]);

    [Theory]
    [InlineData("""{"city":"Z\u00fcrich","deep":{"q":"a \"b\""}}""")]
    [InlineData("{}")]
    public void Arguments_AsAnObject_AreTheInput(string arguments)
    {
        var message = MessagesFixture.Accumulate(MessagesFixture.Events(
            MessagesFixture.Chunk("{\"tool_calls\":[{\"index\":0,\"id\":\"a\",\"function\":{\"name\":\"f\",\"arguments\":" + arguments + "}}]}"),
            MessagesFixture.Chunk("{\"tool_calls\":[{\"index\":1,\"id\":\"b\",\"function\":{\"name\":\"g\",\"arguments\":" + arguments + "}}]}"),
            MessagesFixture.Chunk("{}", "tool_calls")));
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(arguments), message["content"]![0]!["input"]));
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(arguments), message["content"]![1]!["input"]));
        Assert.Equal("tool_use", (string?)message["stop_reason"]);
    }

    /// <summary>The second waits until the first is closed; then what was held is said.</summary>
    [Fact]
    public void Arguments_AsAnObjectThatWaits_AreTheInput()
    {
        var message = MessagesFixture.Accumulate(MessagesFixture.Events(
            MessagesFixture.Chunk("""{"tool_calls":[{"index":0,"id":"a","function":{"name":"f","arguments":"{\"x\":"}},{"index":1,"id":"b","function":{"name":"g","arguments":{"y":"z"}}}]}"""),
            MessagesFixture.Chunk("""{"tool_calls":[{"index":0,"function":{"arguments":"1}"}}]}"""),
            MessagesFixture.Chunk("{}", "tool_calls")));
        Assert.Equal("""{"x":1}""", message["content"]![0]!["input"]!.ToJsonString());
        Assert.Equal("""{"y":"z"}""", message["content"]![1]!["input"]!.ToJsonString());
    }

    [Fact]
    public void TextDeltas_AllocateNothingOfNote()
    {
        var stream = new ChatStreamToMessages("up", "r");
        var output = new ArrayBufferWriter<byte>(64 * 1024);
        var chunk = Encoding.UTF8.GetBytes(MessagesFixture.Chunk("{\"content\":\"some text\"}"));
        stream.Write(chunk, output);
        output.ResetWrittenCount();
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var turn = 0; turn < 1000; turn++)
        {
            stream.Write(chunk, output);
            output.ResetWrittenCount();
        }

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 10_000);
    }

    private static JsonArray Content(params string[] deltas) => MessagesFixture.Accumulate(MessagesFixture.Events(
        [.. deltas.Select(static delta => MessagesFixture.Chunk(delta)), MessagesFixture.Chunk("{}", "stop")]))["content"]!.AsArray();
}
