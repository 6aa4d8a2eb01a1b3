using Xunit;
using static BeastOrleans.UnitTests.Translation.ChatTranslation;

namespace BeastOrleans.UnitTests.Translation;

public sealed class ChatToMessagesTests
{
    private const string Tool = """{"type":"function","function":{"name":"f","parameters":{"type":"object","properties":{"a":{"type":"integer"}},"additionalProperties":false}}}""";

    [Fact]
    public void Translate_WholeConversation_IsTheGolden() => Golden("chat-to-messages.conversation", ToMessages(
        """
        {"model":"m","stream":true,"max_completion_tokens":500,"temperature":0.3,"stop":["END"],"user":"alice","parallel_tool_calls":false,"tool_choice":"required",
         "tools":[{"type":"function","function":{"name":"weather","description":"Weather of a city","strict":true,"parameters":{"type":"object","properties":{"city":{"type":"string"}},"required":["city"],"additionalProperties":false}},"cache_control":{"type":"ephemeral"}},{"type":"function","function":{"name":"now"}}],
         "response_format":{"type":"json_schema","json_schema":{"name":"r","strict":true,"schema":{"type":"object","properties":{"t":{"type":"number"}},"required":["t"],"additionalProperties":false}}},
         "messages":[
          {"role":"system","content":[{"type":"text","text":"Be brief.","cache_control":{"type":"ephemeral","ttl":"1h"}}]},
          {"role":"user","content":[{"type":"text","text":"What is it like?"},{"type":"image_url","image_url":{"url":"https://a.example/x.png"}},{"type":"image_url","image_url":{"url":"data:image/JPEG;base64,AAAA"}},{"type":"file","file":{"filename":"a.pdf","file_data":"data:application/pdf;base64,AAAA"}}]},
          {"role":"assistant","content":"Let me see.","tool_calls":[{"id":"c1","type":"function","function":{"name":"weather","arguments":"{\"city\":\"Bern\"}"}},{"id":"functions.now:1","type":"function","function":{"name":"now","arguments":""}}]},
          {"role":"tool","tool_call_id":"functions.now:1","name":"now","content":"noon"},
          {"role":"tool","tool_call_id":"c1","content":[{"type":"text","text":"sunny"}]},
          {"role":"user","content":"And?"}]}
        """).Body());

    [Theory]
    [InlineData("\"tool_choice\":\"auto\"", """{"type":"auto"}""")]
    [InlineData("\"tool_choice\":\"none\"", """{"type":"none"}""")]
    [InlineData("\"tool_choice\":\"required\"", """{"type":"any"}""")]
    [InlineData("\"tool_choice\":{\"type\":\"function\",\"function\":{\"name\":\"f\"}}", """{"type":"tool","name":"f"}""")]
    [InlineData("\"parallel_tool_calls\":false", """{"type":"auto","disable_parallel_tool_use":true}""")]
    [InlineData("\"parallel_tool_calls\":false,\"tool_choice\":\"none\"", """{"type":"none"}""")]
    [InlineData("\"tool_choice\":{\"type\":\"allowed_tools\",\"allowed_tools\":{\"mode\":\"required\",\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\"}}]}}", """{"type":"any"}""")]
    [InlineData("\"parallel_tool_calls\":true", null)]
    public void Translate_ToolChoice_IsCarried(string members, string? expected) =>
        Assert.Equal(expected, ToMessages(With($"\"tools\":[{Tool}],{members}")).Body()["tool_choice"]?.ToJsonString());

    [Fact]
    public void Translate_OldStyleFunctions_AreToolsOneAtATime()
    {
        var body = ToMessages(
            """
            {"functions":[{"name":"f","parameters":{}}],"function_call":{"name":"f"},"messages":[{"role":"user","content":"x"},
             {"role":"assistant","content":null,"function_call":{"name":"f","arguments":"{\"a\":1}"}},{"role":"function","name":"f","content":"2"}]}
            """).Body();
        Assert.Equal("""{"type":"tool","name":"f","disable_parallel_tool_use":true}""", body["tool_choice"]!.ToJsonString());
        Assert.Equal("""[{"name":"f","input_schema":{"type":"object","properties":{}}}]""", body["tools"]!.ToJsonString());
        Assert.Equal("""{"type":"tool_use","id":"call_1","name":"f","input":{"a":1}}""", body["messages"]![1]!["content"]![0]!.ToJsonString());
        Assert.Equal("call_1", (string?)body["messages"]![2]!["content"]![0]!["tool_use_id"]);
    }

    /// <summary>Calls without their tools are refused there.</summary>
    [Fact]
    public void Translate_CallsInThePastWithoutTools_AreDefinedAndForbidden()
    {
        var body = ToMessages(Past("{}")).Body();
        Assert.Equal("f", (string?)body["tools"]![0]!["name"]);
        Assert.Equal("none", (string?)body["tool_choice"]!["type"]);
    }

    [Theory]
    [InlineData("", "{}")]
    [InlineData("{}", "{}")]
    [InlineData("{\\\"a\\\":[1]}", """{"a":[1]}""")]
    public void Translate_Arguments_AreAnObject(string arguments, string expected) =>
        Assert.Equal(expected, ToMessages(Past(arguments)).Body()["messages"]![1]!["content"]![0]!["input"]!.ToJsonString());

    [Theory]
    [InlineData("{\\\"a\\\":")]
    [InlineData("[1]")]
    [InlineData("{\\\"a\\\":\\\"\\\\ud800\\\"}")]
    public void Translate_ArgumentsThatAreNoObject_AreRefused(string arguments) =>
        Assert.Equal("messages[1].tool_calls[0].function.arguments", ToMessages(Past(arguments)).Refusal?.Param);

    [Theory]
    [InlineData("claude-sonnet-4-5", "low", null, 6_144, 2_048, null)]
    [InlineData("claude-sonnet-4-5", "high", null, 20_480, 16_384, null)]
    [InlineData("claude-sonnet-4-5", "high", 4_000, 4_000, 2_000, null)]
    [InlineData("claude-sonnet-4-5", "high", 1_000, 1_000, null, null)]
    [InlineData("claude-sonnet-4-5", "none", null, 4_096, null, null)]
    [InlineData("claude-3-5-haiku-20241022", "high", null, 4_096, null, null)]
    [InlineData("claude-opus-4-6", "xhigh", null, 16_384, null, "max")]
    [InlineData("anthropic/claude-opus-4-7", "minimal", 100, 100, null, "low")]
    [InlineData("claude-opus-9", "xhigh", null, 16_384, null, "xhigh")]
    public void Translate_Effort_IsThoughtWithinTheLimit(string model, string effort, int? limit, int maxTokens, int? budget, string? adaptive)
    {
        var translated = ToMessages(With($"\"reasoning_effort\":\"{effort}\",\"temperature\":0.2{(limit is null ? "" : $",\"max_tokens\":{limit}")}"), model);
        var body = translated.Body();
        Assert.Equal(maxTokens, (int?)body["max_tokens"]);
        Assert.Equal(budget, (int?)body["thinking"]?["budget_tokens"]);
        Assert.Equal(adaptive, (string?)body["output_config"]?["effort"]);
        Assert.Equal(adaptive is null ? null : "adaptive", budget is null ? (string?)body["thinking"]?["type"] : null);
        var thinks = budget is not null || adaptive is not null;
        Assert.Equal(thinks, body["temperature"] is null);
        Assert.Equal(thinks, translated.Dropped.Contains("temperature"));
        Assert.Equal(!thinks && effort != "none", translated.Dropped.Contains("reasoning_effort"));
    }

    [Fact]
    public void Translate_EffortWhereThinkingIsForbidden_IsDropped()
    {
        Assert.Contains("reasoning_effort", ToMessages(With($"\"tools\":[{Tool}],\"tool_choice\":\"required\",\"reasoning_effort\":\"high\"")).Dropped);
        Assert.Contains("reasoning_effort", ToMessages(Past("{}").Replace("\"messages\"", "\"reasoning_effort\":\"high\",\"messages\"", StringComparison.Ordinal)).Dropped);
        Assert.True(ToMessages(With("\"reasoning_effort\":\"huge\"")).Refusal is { IsMalformed: true, Param: "reasoning_effort" });
    }

    [Theory]
    [InlineData("claude-sonnet-4-5-20250929", true)]
    [InlineData("claude-opus-4-6", true)]
    [InlineData("some-model", true)]
    [InlineData("claude-opus-4-7", false)]
    [InlineData("us.anthropic.claude-opus-5-v1:0", false)]
    public void Translate_Sampling_GoesToModelsThatTakeIt(string model, bool taken)
    {
        var translated = ToMessages(With("\"temperature\":0.5,\"top_k\":3"), model);
        Assert.Equal(taken, translated.Body()["temperature"] is not null);
        Assert.Equal(taken ? [] : ["temperature", "top_k"], translated.Dropped);
    }

    [Fact]
    public void Translate_TopPBesideTemperature_IsDroppedAndNamed()
    {
        var translated = ToMessages(With("\"temperature\":2,\"top_p\":0.5"));
        Assert.Equal(1, (double?)translated.Body()["temperature"]);
        Assert.Equal(["top_p"], translated.Dropped);
    }

    [Theory]
    [InlineData("\"response_format\":{\"type\":\"json_object\"}", "response_format.type", false)]
    [InlineData("\"response_format\":{\"type\":\"json_schema\"}", "response_format.json_schema.schema", true)]
    [InlineData("\"response_format\":{\"type\":\"xml\"}", "response_format.type", true)]
    [InlineData("\"modalities\":[\"text\",\"audio\"]", "modalities", false)]
    [InlineData("\"tools\":[{\"type\":\"custom\",\"custom\":{\"name\":\"f\"}}]", "tools[0].type", false)]
    [InlineData("\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\",\"parameters\":[]}}]", "tools[0].function.parameters", true)]
    [InlineData("\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\"}},{\"type\":\"function\",\"function\":{\"name\":\"f\"}}]", "tools[1].function.name", true)]
    [InlineData("\"tool_choice\":\"required\"", "tool_choice", true)]
    [InlineData("\"tool_choice\":\"any\"", "tool_choice", true)]
    [InlineData("\"tool_choice\":{\"type\":\"function\",\"function\":{\"name\":\"g\"}}", "tool_choice.function.name", true)]
    [InlineData("\"stop\":[1]", "stop[0]", true)]
    public void Translate_WhatCannotBeSaid_IsRefusedByItsPath(string members, string param, bool malformed)
    {
        var refusal = ToMessages(With(members)).Refusal;
        Assert.Equal((param, malformed), (refusal?.Param, refusal?.IsMalformed));
    }

    [Theory]
    [InlineData("""{"type":"image_url","image_url":{"url":"ftp://a/x.png"}}""", "image_url.url", true)]
    [InlineData("""{"type":"image_url","image_url":{"url":"data:image/png;base64,%%"}}""", "image_url.url", true)]
    [InlineData("""{"type":"image_url","image_url":{"url":"data:image/bmp;base64,AAAA"}}""", "image_url.url", false)]
    [InlineData("""{"type":"file","file":{"file_id":"f"}}""", "file.file_id", false)]
    [InlineData("""{"type":"video"}""", "type", false)]
    [InlineData("""{"text":"x"}""", "type", true)]
    public void Translate_PartThatCannotBeSaid_IsRefusedByItsPath(string part, string param, bool malformed)
    {
        var refusal = ToMessages($$$$$"""{"messages":[{"role":"user","content":[{{{{{part}}}}}]}]}""").Refusal;
        Assert.Equal(("messages[0].content[0]." + param, malformed), (refusal?.Param, refusal?.IsMalformed));
    }

    [Theory]
    [InlineData("""{"role":"assistant","tool_calls":[C1]}""", "messages[1].tool_calls[0]")]
    [InlineData("""{"role":"assistant","tool_calls":[C1]},{"role":"tool","tool_call_id":"c2","content":"x"}""", "messages[2].tool_call_id")]
    [InlineData("""{"role":"assistant","tool_calls":[C1]},{"role":"tool","tool_call_id":"c1","content":"x"},{"role":"tool","tool_call_id":"c1","content":"x"}""", "messages[3].tool_call_id")]
    [InlineData("""{"role":"assistant","tool_calls":[C1,C1]}""", "messages[1].tool_calls[1].id")]
    [InlineData("""{"role":"assistant","tool_calls":[C1]},{"role":"user","content":"x"},{"role":"tool","tool_call_id":"c1","content":"x"}""", "messages[1].tool_calls[0]")]
    [InlineData("""{"role":"critic","content":"x"}""", "messages[1].role")]
    public void Translate_CallsAndResultsThatDoNotPair_AreTheCallersMistake(string messages, string param)
    {
        var call = """{"id":"c1","type":"function","function":{"name":"f","arguments":"{}"}}""";
        var refusal = ToMessages("""{"messages":[{"role":"user","content":"x"},""" + messages.Replace("C1", call, StringComparison.Ordinal) + "]}").Refusal;
        Assert.Equal((param, true), (refusal?.Param, refusal?.IsMalformed));
    }

    [Fact]
    public void Translate_SchemaForAModelWithout_IsRefused() => Assert.Equal(
        "response_format",
        ToMessages(With("\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"schema\":{\"type\":\"object\"}}}"), "claude-sonnet-4-20250514").Refusal?.Param);

    private static string Past(string arguments) =>
        $$$$$"""{"messages":[{"role":"user","content":"x"},{"role":"assistant","tool_calls":[{"id":"c1","type":"function","function":{"name":"f","arguments":"{{{{{arguments}}}}}"}}]},{"role":"tool","tool_call_id":"c1","content":"y"}]}""";
}
