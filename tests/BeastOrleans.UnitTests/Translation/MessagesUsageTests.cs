using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using BeastOrleans.Upstreams.Translation;
using Xunit;

namespace BeastOrleans.UnitTests.Translation;

/// <summary>Thought is counted into the output by both dialects, and told apart by both.</summary>
public sealed class MessagesUsageTests
{
    [Theory]
    [InlineData("""{"input_tokens":5,"output_tokens":9,"output_tokens_details":{"other":1,"thinking_tokens":4}}""", 4)]
    [InlineData("""{"output_tokens_details":{"thinking_tokens":12},"input_tokens":5,"output_tokens":9}""", 9)]
    [InlineData("""{"input_tokens":5,"output_tokens":9,"output_tokens_details":null}""", 0)]
    [InlineData("""{"input_tokens":5,"output_tokens":9,"output_tokens_details":{"thinking_tokens":-3}}""", 0)]
    public void Read_ThinkingTokens_AreReasoningWithinTheOutput(string json, long reasoning)
    {
        var usage = Read(default, json, isFinal: true);
        Assert.Equal((5, 9, reasoning), (usage.Total.Input, usage.Total.Output, usage.Total.Reasoning));
    }

    [Fact]
    public void Read_LaterEventWithoutDetails_KeepsThem()
    {
        var usage = Read(default, """{"input_tokens":5,"output_tokens":1}""", isFinal: false);
        Assert.Equal(0, usage.Total.Reasoning);
        usage = Read(usage, """{"output_tokens":9,"output_tokens_details":{"thinking_tokens":4}}""", isFinal: true);
        usage = Read(usage, """{"output_tokens":10}""", isFinal: true);
        Assert.Equal((10, 4), (usage.Total.Output, usage.Total.Reasoning));
    }

    [Fact]
    public void ChatAnswer_ReasoningTokens_AreThinkingTokens()
    {
        const string Usage = "\"usage\":{\"prompt_tokens\":5,\"completion_tokens\":9,\"completion_tokens_details\":{\"reasoning_tokens\":4}}";
        var whole = MessagesFixture.Answer("{\"choices\":[{\"message\":{\"content\":\"x\"},\"finish_reason\":\"stop\"}]," + Usage + "}");
        var streamed = MessagesFixture.Accumulate(MessagesFixture.Events(MessagesFixture.Chunk("{\"content\":\"x\"}", "stop", "," + Usage)));
        Assert.Equal("""{"thinking_tokens":4}""", whole["usage"]!["output_tokens_details"]!.ToJsonString());
        Assert.True(JsonNode.DeepEquals(whole["usage"], streamed["usage"]), streamed.ToJsonString());
    }

    private static MessagesUsage Read(MessagesUsage usage, string json, bool isFinal)
    {
        var reader = new Utf8JsonReader(Encoding.UTF8.GetBytes(json));
        reader.Read();
        usage.Read(ref reader, isFinal);
        return usage;
    }
}
