using BeastOrleans.Upstreams.Anthropic;
using BeastOrleans.Upstreams.Translation;
using Xunit;

namespace BeastOrleans.UnitTests.Translation;

public sealed class MessagesToChatRequestTests
{
    private const string Call = """{"role":"assistant","content":[{"type":"tool_use","id":"c1","name":"t","input":{}}]}""";

    [Theory]
    [InlineData("gpt-4o", "max_tokens", true, false)]
    [InlineData("gpt-4", "max_tokens", true, false)]
    [InlineData("llama-3", "max_tokens", true, false)]
    [InlineData("some-model", "max_tokens", true, true)]
    [InlineData("o3-mini", "max_completion_tokens", false, true)]
    [InlineData("openai/GPT-5-mini", "max_completion_tokens", false, true)]
    [InlineData("ft:gpt-5:x", "max_completion_tokens", false, true)]
    [InlineData("gpt-5-chat-latest", "max_completion_tokens", true, false)]
    public void Translate_ByModel_SendsWhatItTakes(string model, string limit, bool sampling, bool effort)
    {
        var (chat, dropped) = MessagesFixture.Translate(
            MessagesFixture.Body("\"temperature\":0.5,\"top_p\":0.5,\"thinking\":{\"type\":\"enabled\",\"budget_tokens\":5000},\"output_config\":{\"effort\":\"low\"}"), model);
        Assert.Equal(model, (string?)chat["model"]);
        Assert.Equal(10, (int?)chat[limit]);
        Assert.Null(chat[limit == "max_tokens" ? "max_completion_tokens" : "max_tokens"]);
        Assert.Equal(sampling, chat["temperature"] is not null);
        Assert.Equal(sampling, chat["top_p"] is not null);
        Assert.Equal(effort ? "low" : null, (string?)chat["reasoning_effort"]);
        string[] expected = [.. sampling ? [] : (string[])["temperature", "top_p"], .. effort ? [] : (string[])["thinking", "output_config.effort"]];
        Assert.Equal(expected, dropped);
    }

    [Fact]
    public void Translate_UnknownFields_AreDroppedAndListedSafely()
    {
        var (chat, dropped) = MessagesFixture.Translate(MessagesFixture.Body(
            "\"novel\":1,\"a\\r\\nb: c\":2,\"nothing\":null,\"metadata\":{\"user_id\":null,\"x\":1}",
            """[{"role":"user","name":"n","content":[{"type":"text","text":"x","novel":{}}]}]"""));
        Assert.Equal(["novel", "?", "metadata.x", "messages[].name", "messages[].content[].novel"], dropped);
        Assert.Null(chat["novel"]);
    }

    [Fact]
    public void Translate_ManyUnknownFields_AreListedToABound()
    {
        var many = string.Join(',', Enumerable.Range(0, 100).Select(static index => $"\"p{index}\":1"));
        var (_, dropped) = MessagesFixture.Translate(MessagesFixture.Body(many));
        Assert.Equal(33, dropped.Count);
        Assert.Equal("...", dropped[^1]);
    }

    [Theory]
    [InlineData("\"mcp_servers\":[]")]
    [InlineData("\"container\":null,\"inference_geo\":null")]
    [InlineData("\"tools\":[],\"tool_choice\":{\"type\":\"auto\"}")]
    [InlineData("\"stop_sequences\":[]")]
    public void Translate_NothingAskedFor_IsNothing(string members)
    {
        var (chat, dropped) = MessagesFixture.Translate(MessagesFixture.Body(members));
        Assert.Empty(dropped);
        Assert.Equal(["model", "max_tokens", "messages"], chat.AsObject().Select(static member => member.Key));
    }

    [Theory]
    [InlineData("\"stop_sequences\":[\"1\",\"2\",\"3\",\"4\",\"5\"]", "stop_sequences")]
    [InlineData("\"tool_choice\":{\"type\":\"any\"}", "tool_choice")]
    [InlineData("\"tools\":[{\"name\":\"t\",\"input_schema\":{\"type\":\"object\"}}],\"tool_choice\":{\"type\":\"tool\",\"name\":\"u\"}", "tool_choice.name")]
    public void Translate_WhatChatCannotSay_IsRefusedByPath(string members, string path) =>
        Assert.Equal(path, MessagesFixture.Refusal(MessagesFixture.Body(members)).Param);

    [Theory]
    [InlineData("""[{"role":"user","content":"a"},CALL,{"role":"user","content":"b"}]""", "messages[1].content[0]")]
    [InlineData("""[{"role":"user","content":"a"},CALL]""", "messages[1].content[0]")]
    [InlineData("""[{"role":"user","content":"a"},CALL,CALL]""", "messages[2].content[0].id")]
    [InlineData("""[{"role":"user","content":[{"type":"tool_result","tool_use_id":"c1"}]}]""", "messages[0].content[0].tool_use_id")]
    [InlineData("""[{"role":"user","content":"a"},CALL,{"role":"user","content":[{"type":"tool_result","tool_use_id":"c2"}]}]""", "messages[2].content[0].tool_use_id")]
    [InlineData("""[{"role":"user","content":"a"},CALL,{"role":"user","content":[{"type":"tool_result","tool_use_id":"c1"},{"type":"tool_result","tool_use_id":"c1"}]}]""", "messages[2].content[1].tool_use_id")]
    [InlineData("""[{"role":"user","content":"a"},CALL,{"role":"user","content":"b"},{"role":"assistant","content":"c"},{"role":"user","content":"d"}]""", "messages[1].content[0]")]
    [InlineData("""[{"role":"user","content":"a"},CALL,{"role":"system","content":"b"},{"role":"user","content":[{"type":"tool_result","tool_use_id":"c1"}]}]""", "messages[1].content[0]")]
    [InlineData("""[{"role":"assistant","content":""}]""", "messages")]
    [InlineData("""[{"role":"system","content":"a"}]""", "messages")]
    public void Translate_CallsWithoutResults_AreRefused(string messages, string path) =>
        Assert.Equal(path, MessagesFixture.Refusal(MessagesFixture.Body(messages: messages.Replace("CALL", Call, StringComparison.Ordinal))).Param);

    [Fact]
    public void Translate_NeighboursOfOneRole_KeepResultsBehindTheirCalls()
    {
        var (chat, _) = MessagesFixture.Translate(MessagesFixture.Body(messages:
            """
            [{"role":"user","content":"a"},
             {"role":"assistant","content":"let me"},{"role":"assistant","content":[{"type":"text","text":" see"},{"type":"tool_use","id":"c1","name":"t","input":{"x":1}}]},
             {"role":"user","content":"wait"},{"role":"user","content":[{"type":"tool_result","tool_use_id":"c1","content":"r"}]}]
            """));
        Assert.Equal(
            """[{"role":"user","content":"a"},{"role":"assistant","content":"let me see","tool_calls":[{"id":"c1","type":"function","function":{"name":"t","arguments":"{\u0022x\u0022:1}"}}]},{"role":"tool","tool_call_id":"c1","content":"r"},{"role":"user","content":"wait"}]""",
            chat["messages"]!.ToJsonString());
    }

    [Fact]
    public void Translate_ASystemTurn_StandsBehindTheResults()
    {
        var (chat, _) = MessagesFixture.Translate(MessagesFixture.Body(messages:
            $$"""[{"role":"user","content":"a"},{{Call}},{"role":"user","content":[{"type":"tool_result","tool_use_id":"c1","content":"r"}]},{"role":"system","content":"be brief"}]"""));
        Assert.Equal(["user", "assistant", "tool", "system"], chat["messages"]!.AsArray().Select(static message => (string?)message!["role"]));
        Assert.Equal("be brief", (string?)chat["messages"]![3]!["content"]);
    }

    [Fact]
    public void Translate_ATurnOfThinkingAlone_IsLeftOut()
    {
        var (chat, dropped) = MessagesFixture.Translate(MessagesFixture.Body(messages:
            """[{"role":"user","content":"a"},{"role":"assistant","content":[{"type":"thinking","thinking":"x","signature":""}]}]"""));
        Assert.Single(chat["messages"]!.AsArray());
        Assert.Equal(["messages[].content[type=thinking]"], dropped);
    }

    [Theory]
    [InlineData(58, true)]
    [InlineData(60, false)]
    public void Translate_SchemasThatWouldBeTooDeep_AreRefused(int levels, bool taken)
    {
        var schema = "{\"type\":\"object\",\"x\":" + new string('[', levels) + new string(']', levels) + "}";
        var body = MessagesFixture.Body($$"""
            "tools":[{"name":"t","input_schema":{{schema}}}]
            """);
        if (taken)
        {
            MessagesFixture.Translate(body);
        }
        else
        {
            Assert.Equal("tools[0].input_schema", MessagesFixture.Refusal(body).Param);
        }
    }

    [Fact]
    public void Fields_HoldEveryBlockTypeThatTheReaderTakes() => Assert.All(MessagesBlockRule.All, static rule =>
        Assert.Contains(MessagesToChat.Fields, field => field.Path == $"messages[].content[type={rule.Type}]"));
}
