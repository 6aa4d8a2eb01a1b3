using System.Text;
using BeastOrleans.Upstreams.Translation;
using Xunit;

namespace BeastOrleans.UnitTests.Translation;

public sealed class MessagesToChatResponseTests
{
    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("<html>")]
    [InlineData("""{"choices":[]}""")]
    [InlineData("""{"choices":[{}]}""")]
    [InlineData("""{"error":{"message":"x"}}""")]
    [InlineData("""{"choices":[{"message":{"content":"\ud800"}}]}""")]
    public void Translate_NoCompletion_IsNull(string body) =>
        Assert.Null(MessagesToChat.TranslateResponse(Encoding.UTF8.GetBytes(body), "m", "r"));

    [Theory]
    [InlineData("\"stop\"", "", "end_turn")]
    [InlineData("null", "", "end_turn")]
    [InlineData("\"length\"", "", "max_tokens")]
    [InlineData("\"content_filter\"", "", "refusal")]
    [InlineData("\"tool_calls\"", CallMember, "tool_use")]
    [InlineData("\"stop\"", CallMember, "tool_use")]
    [InlineData("\"length\"", CallMember, "max_tokens")]
    [InlineData("\"tool_calls\"", "", "end_turn")]
    [InlineData("\"stop\"", ",\"refusal\":\"no\"", "refusal")]
    public void Translate_FinishReason_IsAnthropics(string finish, string members, string stop) => Assert.Equal(
        stop, (string?)MessagesFixture.Answer($$"""{"choices":[{"message":{"content":"x"{{members}}},"finish_reason":{{finish}}}]}""")["stop_reason"]);

    [Fact]
    public void Translate_StopSequence_WhereTheUpstreamTells_IsNamed()
    {
        var message = MessagesFixture.Answer("""{"choices":[{"message":{"content":"x"},"finish_reason":"stop","stop_reason":"END"}]}""");
        Assert.Equal("stop_sequence", (string?)message["stop_reason"]);
        Assert.Equal("END", (string?)message["stop_sequence"]);
    }

    [Theory]
    [InlineData("\"{\\\"a\\\": 1.50}\"", "{\"a\":1.50}")]
    [InlineData("\"\"", "{}")]
    [InlineData("\"null\"", "{}")]
    [InlineData("null", "{}")]
    [InlineData("{\"a\":1}", "{\"a\":1}")]
    [InlineData("\"{\\\"a\\\": 1\"", "{\"_raw\":\"{\\u0022a\\u0022: 1\"}")]
    [InlineData("\"[1]\"", "{\"_raw\":\"[1]\"}")]
    [InlineData("\"{\\\"a\\\":\\\"\\\\ud800\\\"}\"", "{\"_raw\":\"{\\u0022a\\u0022:\\u0022\\\\ud800\\u0022}\"}")]
    public void Translate_Arguments_BecomeAnObject(string arguments, string input) => Assert.Equal(input, MessagesFixture.Answer(
        $$$"""{"choices":[{"message":{"tool_calls":[{"id":"c","function":{"name":"t","arguments":{{{arguments}}} } }]},"finish_reason":"tool_calls"}]}""")["content"]![0]!["input"]!.ToJsonString());

    [Theory]
    [InlineData("\"chatcmpl-7\"", "msg_7")]
    [InlineData("\"msg_7\"", "msg_7")]
    [InlineData("\"a/b c\"", "msg_a_b_c")]
    [InlineData("\"\"", "msg_req1")]
    [InlineData("null", "msg_req1")]
    public void Translate_Id_IsOfAnthropicsForm(string id, string expected) =>
        Assert.Equal(expected, (string?)MessagesFixture.Answer($$$"""{"id":{{{id}}},"choices":[{"message":{"content":"x"}}]}""")["id"]);

    [Fact]
    public void Translate_CallsWithOddOrNoIds_GetGoodOnes()
    {
        var content = MessagesFixture.Answer(
            """{"id":"chatcmpl-7","choices":[{"message":{"tool_calls":[{"id":"functions.t:0","function":{"name":"t"}},{"function":{"name":"u"}}]}}]}""")["content"]!;
        Assert.Equal("functions_t_0", (string?)content[0]!["id"]);
        Assert.Equal("toolu_7_1", (string?)content[1]!["id"]);
    }

    [Fact]
    public void Translate_Usage_LeavesTheCachedOut() => Assert.Equal(
        """{"input_tokens":40,"cache_creation_input_tokens":0,"cache_read_input_tokens":60,"output_tokens":7}""",
        MessagesFixture.Answer("""{"choices":[{"message":{"content":"x"}}],"usage":{"prompt_tokens":100,"completion_tokens":7,"prompt_tokens_details":{"cached_tokens":60}}}""")["usage"]!.ToJsonString());

    private const string CallMember = ",\"tool_calls\":[{\"id\":\"c\",\"type\":\"function\",\"function\":{\"name\":\"t\",\"arguments\":\"{}\"}}]";
}
