using System.Buffers;
using System.Text;
using BeastOrleans.Upstreams.Translation;
using Xunit;

namespace BeastOrleans.UnitTests.Translation;

/// <summary>What other gateways get wrong between these two dialects, each seen with real SDKs.</summary>
public sealed class MessagesWireFactTests
{
    private const string Tool = "\"tools\":[{\"name\":\"t\",\"input_schema\":{\"type\":\"object\",\"additionalProperties\":false}}]";

    [Fact]
    public void ACutStream_DoesNotLookFinished()
    {
        var stream = new ChatStreamToMessages("up", "r");
        var output = new ArrayBufferWriter<byte>();
        stream.Write(Encoding.UTF8.GetBytes(MessagesFixture.Chunk("{\"content\":\"half\"}")), output);
        Assert.False(stream.Complete(output));
        var text = Encoding.UTF8.GetString(output.WrittenSpan);
        Assert.DoesNotContain("message_stop", text, StringComparison.Ordinal);
        Assert.DoesNotContain("message_delta", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("{\"messages\":[{]}")]
    [InlineData("null")]
    public void BadJson_IsADefectAndNoException(string body) => Assert.NotEmpty(MessagesFixture.Defect(body).Message);

    [Fact]
    public void Stop_IsAnArrayBothWays() => Assert.Equal("""["a"]""", MessagesFixture.Translate(MessagesFixture.Body("\"stop_sequences\":[\"a\"]")).Chat["stop"]!.ToJsonString());

    [Fact]
    public void NoParallelCalls_IsKept() => Assert.False((bool?)MessagesFixture.Translate(
        MessagesFixture.Body(Tool + ",\"tool_choice\":{\"type\":\"auto\",\"disable_parallel_tool_use\":true}")).Chat["parallel_tool_calls"]);

    [Fact]
    public void AdditionalProperties_AreKept() => Assert.False((bool?)MessagesFixture.Translate(
        MessagesFixture.Body(Tool)).Chat["tools"]![0]!["function"]!["parameters"]!["additionalProperties"]);

    [Fact]
    public void EmptyArguments_AreAnEmptyObjectBothWays()
    {
        var (chat, _) = MessagesFixture.Translate(MessagesFixture.Body(messages:
            """[{"role":"user","content":"a"},{"role":"assistant","content":[{"type":"tool_use","id":"c","name":"t","input":{}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"c"}]}]"""));
        Assert.Equal("{}", (string?)chat["messages"]![1]!["tool_calls"]![0]!["function"]!["arguments"]);
        var streamed = MessagesFixture.Accumulate(MessagesFixture.Events(
            MessagesFixture.Chunk("""{"tool_calls":[{"index":0,"id":"c","function":{"name":"t","arguments":""}}]}"""), MessagesFixture.Chunk("{}", "tool_calls")));
        Assert.Equal("{}", streamed["content"]![0]!["input"]!.ToJsonString());
        Assert.Equal("tool_use", (string?)streamed["stop_reason"]);
    }

    [Fact]
    public void JsonSchema_IsNotDropped() => Assert.Equal("json_schema", (string?)MessagesFixture.Translate(
        MessagesFixture.Body("\"output_format\":{\"type\":\"json_schema\",\"schema\":{\"type\":\"object\"}}")).Chat["response_format"]!["type"]);

    [Fact]
    public void CachedTokens_AreCountedOnceInBothModes()
    {
        const string Usage = "\"usage\":{\"prompt_tokens\":100,\"completion_tokens\":7,\"prompt_tokens_details\":{\"cached_tokens\":60}}";
        var whole = MessagesFixture.Answer("{\"choices\":[{\"message\":{\"content\":\"x\"},\"finish_reason\":\"stop\"}]," + Usage + "}");
        var streamed = MessagesFixture.Accumulate(MessagesFixture.Events(MessagesFixture.Chunk("{\"content\":\"x\"}", "stop", "," + Usage)));
        Assert.Equal(whole["usage"]!.ToJsonString(), streamed["usage"]!.ToJsonString());
        Assert.Equal(60, (int?)whole["usage"]!["cache_read_input_tokens"]);
        Assert.Equal(40, (int?)whole["usage"]!["input_tokens"]);
    }

    [Fact]
    public void Obfuscation_OfOpenAIStreams_DoesNotReachTheClient() => Assert.DoesNotContain("obfuscation", MessagesFixture.Events(
        MessagesFixture.Chunk("{\"content\":\"x\"}", "stop", ",\"obfuscation\":\"aX9\"")), StringComparison.Ordinal);

    [Fact]
    public void UsageInStreams_IsAlwaysAskedUpstream() => Assert.True((bool?)MessagesFixture.Translate(
        MessagesFixture.Body("\"stream\":true")).Chat["stream_options"]!["include_usage"]);

    [Fact]
    public void AMegabyteOfPrompt_IsTranslated() => Assert.Equal(1_500_000, ((string?)MessagesFixture.Translate(
        MessagesFixture.Body(messages: $$"""[{"role":"user","content":"{{new string('x', 1_500_000)}}"}]""")).Chat["messages"]![0]!["content"])!.Length);
}
