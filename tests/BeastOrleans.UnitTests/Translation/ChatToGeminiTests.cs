using Xunit;
using static BeastOrleans.UnitTests.Translation.ChatTranslation;

namespace BeastOrleans.UnitTests.Translation;

public sealed class ChatToGeminiTests
{
    private const string Tool = """{"type":"function","function":{"name":"f","parameters":{"type":"object","additionalProperties":false}}}""";

    [Theory]
    [InlineData("gemini-2.5-flash", "chat-to-gemini.conversation")]
    [InlineData("gemini-3-flash", "chat-to-gemini.third")]
    public void Translate_WholeConversation_IsTheGolden(string model, string golden) => Golden(golden, ToGemini(
        """
        {"model":"m","stream":true,"max_completion_tokens":500,"temperature":1.3,"top_p":0.9,"stop":"END","seed":7,"n":2,"tool_choice":"required","reasoning_effort":"medium",
         "tools":[{"type":"function","function":{"name":"weather","description":"Weather of a city","parameters":{"type":"object","properties":{"city":{"type":"string"}},"additionalProperties":false}}},{"type":"function","function":{"name":"now"}}],
         "messages":[
          {"role":"developer","content":"Be brief."},
          {"role":"user","content":[{"type":"text","text":"What is it like?"},{"type":"image_url","image_url":{"url":"https://a.example/x.png?y"}},{"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA"}},{"type":"input_audio","input_audio":{"data":"AAAA","format":"wav"}}]},
          {"role":"assistant","content":null,"tool_calls":[{"id":"c1","type":"function","function":{"name":"weather","arguments":"{\"city\":\"Bern\"}"},"extra_content":{"google":{"thought_signature":"c2ln"}}},{"id":"c2","type":"function","function":{"name":"now","arguments":""}}]},
          {"role":"tool","tool_call_id":"c2","content":"noon"},
          {"role":"tool","tool_call_id":"c1","content":"{\"sky\":\"clear\"}"}]}
        """, model).Body());

    [Theory]
    [InlineData("auto", "AUTO", null)]
    [InlineData("none", "NONE", null)]
    [InlineData("required", "ANY", null)]
    [InlineData(null, "ANY", "f")]
    public void Translate_ToolChoice_IsCarried(string? word, string mode, string? name)
    {
        var choice = word is null ? """{"type":"function","function":{"name":"f"}}""" : $"\"{word}\"";
        var config = ToGemini(With($"\"tools\":[{Tool}],\"tool_choice\":{choice}")).Body()["toolConfig"]!["functionCallingConfig"]!;
        Assert.Equal(mode, (string?)config["mode"]);
        Assert.Equal(name, (string?)config["allowedFunctionNames"]?[0]);
    }

    [Theory]
    [InlineData("gemini-2.5-flash", "none", 0, null)]
    [InlineData("gemini-2.5-flash", "xhigh", 24_576, null)]
    [InlineData("gemini-2.5-pro", "none", 128, null)]
    [InlineData("models/gemini-2.5-pro", "medium", 8_192, null)]
    [InlineData("gemini-3-pro", "medium", null, "high")]
    [InlineData("gemini-3.5-flash", "medium", null, "medium")]
    [InlineData("gemini-2.0-flash", "medium", null, null)]
    public void Translate_Effort_IsABudgetOrALevel(string model, string effort, int? budget, string? level)
    {
        var translated = ToGemini(With($"\"reasoning_effort\":\"{effort}\""), model);
        var thinking = translated.Body()["generationConfig"]!["thinkingConfig"];
        Assert.Equal(budget, (int?)thinking?["thinkingBudget"]);
        Assert.Equal(level, (string?)thinking?["thinkingLevel"]);
        Assert.Equal(budget is null && level is null, translated.Dropped.Contains("reasoning_effort"));
    }

    [Theory]
    [InlineData("\"parallel_tool_calls\":false,\"tools\":[T]", "parallel_tool_calls")]
    [InlineData("\"n\":9", "n")]
    [InlineData("\"stop\":[\"1\",\"2\",\"3\",\"4\",\"5\",\"6\"]", "stop")]
    [InlineData("\"response_format\":{\"type\":\"json_object\"},\"tools\":[T]", "response_format")]
    public void Translate_WhatCannotBeSaid_IsRefusedByItsPath(string members, string param) =>
        Assert.Equal(param, ToGemini(With(members.Replace("[T]", $"[{Tool}]", StringComparison.Ordinal))).Refusal?.Param);

    [Fact]
    public void Translate_Schema_IsUntouched()
    {
        var config = ToGemini(With("\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"schema\":{\"type\":\"object\",\"additionalProperties\":false}}}")).Body()["generationConfig"]!;
        Assert.Equal("application/json", (string?)config["responseMimeType"]);
        Assert.Equal("""{"type":"object","additionalProperties":false}""", config["responseJsonSchema"]!.ToJsonString());
    }

    [Fact]
    public void Translate_NoLimit_GivesNone() => Assert.Equal("{}", ToGemini(With("")).Body()["generationConfig"]!.ToJsonString());
}
