using BeastOrleans.Upstreams.Translation;
using Xunit;

namespace BeastOrleans.UnitTests.Translation;

/// <summary>Every row of every table is what the code does.</summary>
public sealed class ChatFieldTableTests
{
    private const string Call = """{"id":"c1","type":"function","function":{"name":"f","arguments":"{}"}}""";

    /// <summary>A value for each member that is not simply 1.</summary>
    private static readonly Dictionary<string, string> Samples = new(StringComparer.Ordinal)
    {
        ["logit_bias"] = """{"50256":-100}""",
        ["audio"] = """{"id":"a"}""",
        ["web_search_options"] = """{"search_context_size":"low"}""",
        ["metadata"] = """{"a":"b"}""",
        ["prediction"] = """{"type":"content","content":"x"}""",
        ["n"] = "2",
        ["logprobs"] = "true",
        ["store"] = "true",
        ["user"] = "\"alice\"",
        ["functions"] = """[{"name":"f"}]""",
        ["function_call"] = """{"name":"f"}""",
        ["name"] = "\"bob\"",
        ["strict"] = "true",
        ["cache_control"] = """{"type":"ephemeral"}""",
        ["input_audio"] = """{"data":"AAAA","format":"wav"}""",
    };

    public static TheoryData<string, string> RefusedRows => Rows(ChatFieldVerdict.Refused);

    public static TheoryData<string, string> DroppedRows => Rows(ChatFieldVerdict.Dropped);

    [Theory]
    [MemberData(nameof(RefusedRows))]
    public void Refused_Row_IsRefusedByItsPath(string target, string field)
    {
        var translated = Translate(target, RequestWith(field));
        Assert.Equal(field.Replace("[]", "[0]", StringComparison.Ordinal), translated.Refusal?.Param);
        Assert.Contains($"'{translated.Refusal!.Param}'", translated.Refusal.Message, StringComparison.Ordinal);
        Assert.False(translated.Refusal.IsMalformed);
    }

    [Theory]
    [MemberData(nameof(DroppedRows))]
    public void Dropped_Row_IsNamed(string target, string field)
    {
        var translated = Translate(target, RequestWith(field));
        Assert.Null(translated.Refusal);
        Assert.Contains(field, translated.Dropped);
    }

    [Theory]
    [InlineData("messages")]
    [InlineData("gemini")]
    public void Carried_Rows_AreNeitherRefusedNorNamed(string target)
    {
        var old = target == "messages" ? "\"safety_identifier\":\"u\",\"user\":\"u\"," : "\"seed\":1,\"n\":2,\"presence_penalty\":1,\"frequency_penalty\":1,";
        var translated = Translate(target, """
            {"model":"m","max_tokens":9,"max_completion_tokens":9,"temperature":0.5,"top_k":5,"stop":["a"],"stream":true,"stream_options":{"include_usage":true},@OLD@
             "parallel_tool_calls":true,"tool_choice":"auto","modalities":["text"],"reasoning_effort":"none","response_format":{"type":"text"},
             "tools":[{"type":"function","function":{"name":"f","description":"d","parameters":{"type":"object","additionalProperties":false}}}],
             "messages":[{"role":"user","content":[{"type":"text","text":"x"},{"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA","detail":"auto"}},{"type":"file","file":{"file_data":"data:application/pdf;base64,AAAA"} } ]},
              {"role":"assistant","content":null,"refusal":null,"tool_calls":[@CALL@]},{"role":"tool","tool_call_id":"c1","content":"1"}]}
            """.Replace("@OLD@", old, StringComparison.Ordinal).Replace("@CALL@", Call, StringComparison.Ordinal));
        Assert.Null(translated.Refusal);
        Assert.Empty(translated.Dropped);
    }

    [Theory]
    [InlineData("messages")]
    [InlineData("gemini")]
    public void Unknown_Field_IsNamedAndBounded(string target)
    {
        Assert.Equal(["future"], Translate(target, ChatTranslation.With("\"future\":1,\"idle\":null,\"off\":false")).Dropped);
        Assert.Equal(["?"], Translate(target, ChatTranslation.With("\"a\\r\\nx: y\":1,\"ü\":2")).Dropped);
        var many = string.Join(',', Enumerable.Range(0, 100).Select(i => $"\"f{i}\":1"));
        Assert.Equal(DroppedFields.MaxCount, Translate(target, ChatTranslation.With(many)).Dropped.Length);
    }

    [Theory]
    [InlineData("messages")]
    [InlineData("gemini")]
    public void Idle_Values_AskForNothing(string target)
    {
        var translated = Translate(target, ChatTranslation.With(
            "\"n\":1,\"logprobs\":false,\"top_logprobs\":0,\"logit_bias\":{},\"presence_penalty\":0,\"frequency_penalty\":0.0,\"tools\":[],\"stop\":null,\"user\":\"\""));
        Assert.Null(translated.Refusal);
        Assert.Empty(translated.Dropped);
    }

    /// <summary>A carried field that no dialect could take is refused: left out, the answer would be to another request.</summary>
    [Theory]
    [InlineData("temperature", "\"0.5\"")]
    [InlineData("top_p", "{}")]
    [InlineData("top_k", "40.5")]
    [InlineData("top_k", "\"40\"")]
    [InlineData("top_k", "1e300")]
    [InlineData("parallel_tool_calls", "\"false\"")]
    [InlineData("modalities", "\"text\"")]
    public void Carried_OfAWrongType_IsTheCallersMistake(string field, string value)
    {
        foreach (var target in new[] { "messages", "gemini" })
        {
            AssertMalformed(Translate(target, ChatTranslation.With($"\"{field}\":{value}")), field);
        }
    }

    [Theory]
    [InlineData("messages", "safety_identifier", "7")]
    [InlineData("gemini", "seed", "1.5")]
    [InlineData("gemini", "presence_penalty", "\"1\"")]
    [InlineData("gemini", "frequency_penalty", "[1]")]
    public void Carried_OfAWrongTypeWhereItIsKnown_IsTheCallersMistake(string target, string field, string value) =>
        AssertMalformed(Translate(target, ChatTranslation.With($"\"{field}\":{value}")), field);

    [Theory]
    [InlineData("description", "7")]
    [InlineData("strict", "\"true\"")]
    public void Carried_FunctionsMemberOfAWrongType_IsTheCallersMistake(string member, string value)
    {
        var request = ChatTranslation.With($$$"""  "tools":[{"type":"function","function":{"name":"f","{{{member}}}":{{{value}}}}}]""");
        AssertMalformed(ChatTranslation.ToMessages(request), "tools[0].function." + member);
    }

    /// <summary>Dropped for a model that takes none, but wrong all the same.</summary>
    [Fact]
    public void Carried_OfAWrongTypeWithThinking_IsTheCallersMistake() => AssertMalformed(
        ChatTranslation.ToMessages(ChatTranslation.With("\"temperature\":\"1\",\"reasoning_effort\":\"high\"")), "temperature");

    [Theory]
    [InlineData("messages", "top_k")]
    [InlineData("gemini", "topK")]
    public void Carried_WholeNumberWithAFractionOfZero_IsTaken(string target, string name)
    {
        var body = Translate(target, ChatTranslation.With("\"top_k\":40.0,\"temperature\":null")).Body();
        Assert.Equal("40", (target == "gemini" ? body["generationConfig"] : body)![name]!.ToJsonString());
    }

    private static void AssertMalformed(TranslatedRequest translated, string field)
    {
        Assert.Equal(field, translated.Refusal?.Param);
        Assert.True(translated.Refusal!.IsMalformed);
    }

    private static TheoryData<string, string> Rows(ChatFieldVerdict verdict)
    {
        var rows = new TheoryData<string, string>();
        foreach (var (target, table) in new[] { ("messages", ChatToMessages.Fields), ("gemini", ChatToGemini.Fields) })
        {
            foreach (var rule in table.Rules.Where(rule => rule.Verdict == verdict))
            {
                rows.Add(target, rule.Field);
            }
        }

        return rows;
    }

    private static TranslatedRequest Translate(string target, string request) =>
        target == "messages" ? ChatTranslation.ToMessages(request) : ChatTranslation.ToGemini(request);

    private static string RequestWith(string field)
    {
        var name = field[(field.LastIndexOf('.') + 1)..];
        var member = $"\"{name}\":{Samples.GetValueOrDefault(name, "1")}";
        var parent = field.Length == name.Length ? "" : field[..^(name.Length + 1)];
        return parent switch
        {
            "" => ChatTranslation.With(member),
            "messages[]" => $$$$$"""{"messages":[{"role":"user","content":"x",{{{{{member}}}}}}]}""",
            "messages[].content[]" when name == "input_audio" => $$$$$"""{"messages":[{"role":"user","content":[{"type":"input_audio",{{{{{member}}}}}}]}]}""",
            "messages[].content[]" => $$$$$"""{"messages":[{"role":"user","content":[{"type":"text","text":"x",{{{{{member}}}}}}]}]}""",
            "messages[].content[].image_url" => """{"messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"https://a.example/x.png","detail":"high"}}]}]}""",
            "tools[]" => ChatTranslation.With($$$$$"""  "tools":[{"type":"function","function":{"name":"f"},{{{{{member}}}}}}]"""),
            "tools[].function" => ChatTranslation.With($$$$$"""  "tools":[{"type":"function","function":{"name":"f",{{{{{member}}}}}}}]"""),
            "response_format.json_schema" => ChatTranslation.With($$$$$"""  "response_format":{"type":"json_schema","json_schema":{"schema":{"type":"object"},{{{{{member}}}}}}}"""),
            _ => throw new InvalidOperationException(field),
        };
    }
}
