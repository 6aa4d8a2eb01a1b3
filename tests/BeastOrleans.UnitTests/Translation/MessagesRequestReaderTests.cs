using System.Text;
using BeastOrleans.Contracts.Endpoints;
using BeastOrleans.Upstreams.Anthropic;
using BeastOrleans.Upstreams.OpenAI;
using Xunit;

namespace BeastOrleans.UnitTests.Translation;

public sealed class MessagesRequestReaderTests
{
    [Fact]
    public void TryRead_FullRequest_FindsEverything()
    {
        const string System = """[{"type":"text","text":"s","cache_control":{"type":"ephemeral"}}]""";
        const string Tools = """[{"name":"t","input_schema":{"type":"object"}},{"type":"web_search_20250305","name":"web_search"}]""";
        const string Messages = """[{"role":"user","content":[{"type":"image","source":{"type":"url","url":"https://x/y"}}]}]""";
        var request = MessagesFixture.Read(
            $$"""
            {"model":"claude-x","max_tokens":7,"stream":true,"system":{{System}},"tools":{{Tools}},"messages":{{Messages}},
             "metadata":{"user_id":"al\u0069ce"},"output_format":{"type":"json_schema","schema":{} },"temperature":1,"top_p":0.5,"top_k":3,
             "stop_sequences":["x"],"thinking":{"type":"enabled","budget_tokens":1024},"tool_choice":{"type":"tool","name":"t"},"not_known":[1]}
            """);
        Assert.Equal("claude-x", request.Model);
        Assert.Equal("\"claude-x\"", Encoding.UTF8.GetString(request.Body.Span.Slice(request.ModelToken.Start, request.ModelToken.Length)));
        Assert.Equal(1, request.ObjectStart);
        Assert.Equal(7, request.MaxOutputTokens);
        Assert.True(request.Stream);
        Assert.Equal("alice", request.User);
        Assert.Equal(Capabilities.Tools | Capabilities.Vision | Capabilities.JsonSchema, request.Needs);
        Assert.Equal(System.Length + Tools.Length + Messages.Length, request.PromptBytes);
    }

    [Fact]
    public void TryRead_Minimal_NeedsNothing()
    {
        var request = MessagesFixture.Read("""{"max_tokens":1,"messages":[{"content":"hi","role":"user"}],"model":null,"system":null,"tools":[],"thinking":null}""");
        Assert.Null(request.Model);
        Assert.Equal(Capabilities.None, request.Needs);
        Assert.Null(request.User);
    }

    [Fact]
    public void TryReadForCount_NeedsNoLimit()
    {
        var body = Encoding.UTF8.GetBytes("""{"model":"m","messages":[{"role":"user","content":"hi"}]}""");
        Assert.True(MessagesRequestReader.TryReadForCount(body, out var request, out _));
        Assert.Null(request.MaxOutputTokens);
        Assert.False(MessagesRequestReader.TryRead(body, out _, out var defect));
        Assert.Equal("max_tokens", defect.Param);
    }

    [Theory]
    [InlineData("", null)]
    [InlineData("[]", null)]
    [InlineData("not json", null)]
    [InlineData("{}", "messages")]
    [InlineData("""{"max_tokens":1,"messages":[{"role":"user","content":"x"}]} x""", null)]
    [InlineData("""{"max_tokens":1,"messages":[{"role":"user","content":"\ud800"}]}""", null)]
    [InlineData("""{"max_tokens":1,"max_tokens":1,"messages":[{"role":"user","content":"x"}]}""", null)]
    [InlineData("""{"messages":[{"role":"user","content":"x"}]}""", "max_tokens")]
    [InlineData("""{"max_tokens":null,"messages":[{"role":"user","content":"x"}]}""", "max_tokens")]
    [InlineData("""{"max_tokens":-1,"messages":[{"role":"user","content":"x"}]}""", "max_tokens")]
    [InlineData("""{"max_tokens":"5","messages":[{"role":"user","content":"x"}]}""", "max_tokens")]
    public void TryRead_BadBody_NamesTheCulprit(string body, string? path) => Assert.Equal(path, MessagesFixture.Defect(body).Param);

    [Theory]
    [InlineData("\"model\":7", "model")]
    [InlineData("\"stream\":1", "stream")]
    [InlineData("\"temperature\":1.1", "temperature")]
    [InlineData("\"temperature\":-0.1", "temperature")]
    [InlineData("\"temperature\":\"hot\"", "temperature")]
    [InlineData("\"top_p\":2", "top_p")]
    [InlineData("\"top_k\":-1", "top_k")]
    [InlineData("\"stop_sequences\":\"x\"", "stop_sequences")]
    [InlineData("\"stop_sequences\":[\"x\",7]", "stop_sequences[1]")]
    [InlineData("\"stop_sequences\":[\" \"]", "stop_sequences[0]")]
    [InlineData("\"metadata\":\"x\"", "metadata")]
    [InlineData("\"metadata\":{\"user_id\":7}", "metadata.user_id")]
    [InlineData("\"thinking\":true", "thinking")]
    [InlineData("\"thinking\":{}", "thinking.type")]
    [InlineData("\"thinking\":{\"type\":null}", "thinking.type")]
    [InlineData("\"thinking\":{\"type\":\"enabled\"}", "thinking.budget_tokens")]
    [InlineData("\"thinking\":{\"type\":\"enabled\",\"budget_tokens\":1023}", "thinking.budget_tokens")]
    [InlineData("\"output_format\":{\"type\":\"json\",\"schema\":{}}", "output_format.type")]
    [InlineData("\"output_format\":{\"type\":\"json_schema\"}", "output_format.schema")]
    [InlineData("\"output_config\":{\"format\":[]}", "output_config.format")]
    [InlineData("\"output_config\":{\"effort\":7}", "output_config.effort")]
    [InlineData("\"mcp_servers\":{}", "mcp_servers")]
    [InlineData("\"cache_control\":\"x\"", "cache_control")]
    [InlineData("\"system\":7", "system")]
    [InlineData("\"system\":[{\"type\":\"image\"}]", "system[0].type")]
    [InlineData("\"system\":[{\"type\":\"text\",\"text\":\"\"}]", "system[0].text")]
    [InlineData("\"tools\":{}", "tools")]
    [InlineData("\"tools\":[7]", "tools[0]")]
    [InlineData("\"tools\":[{\"input_schema\":{\"type\":\"object\"}}]", "tools[0].name")]
    [InlineData("\"tools\":[{\"name\":\"a b\",\"input_schema\":{\"type\":\"object\"}}]", "tools[0].name")]
    [InlineData("\"tools\":[{\"name\":\"a\"}]", "tools[0].input_schema")]
    [InlineData("\"tools\":[{\"name\":\"a\",\"type\":\"custom\"}]", "tools[0].input_schema")]
    [InlineData("\"tools\":[{\"name\":\"a\",\"input_schema\":{\"type\":\"array\"}}]", "tools[0].input_schema")]
    [InlineData("\"tools\":[{\"name\":\"a\",\"input_schema\":{\"type\":\"object\"},\"description\":7}]", "tools[0].description")]
    [InlineData("\"tools\":[{\"name\":\"a\",\"input_schema\":{\"type\":\"object\"},\"strict\":7}]", "tools[0].strict")]
    [InlineData("\"tools\":[{\"name\":\"a\",\"input_schema\":{\"type\":\"object\"},\"cache_control\":7}]", "tools[0].cache_control")]
    [InlineData("\"tools\":[{\"type\":7}]", "tools[0].type")]
    [InlineData("\"tool_choice\":\"auto\"", "tool_choice")]
    [InlineData("\"tool_choice\":{\"type\":\"required\"}", "tool_choice.type")]
    [InlineData("\"tool_choice\":{\"type\":\"tool\"}", "tool_choice.name")]
    [InlineData("\"tool_choice\":{\"type\":\"auto\",\"disable_parallel_tool_use\":1}", "tool_choice.disable_parallel_tool_use")]
    public void TryRead_BadField_NamesItAndWhatIsAllowed(string member, string path)
    {
        var body = member.StartsWith("\"model\"", StringComparison.Ordinal) ? MessagesFixture.Body().Replace("\"model\":\"m\"", member, StringComparison.Ordinal) : MessagesFixture.Body(member);
        var defect = MessagesFixture.Defect(body);
        Assert.Equal(path, defect.Param);
        Assert.Contains($"'{path}'", defect.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[]", "messages")]
    [InlineData("\"x\"", "messages")]
    [InlineData("[7]", "messages[0]")]
    [InlineData("""[{"content":"x"}]""", "messages[0].role")]
    [InlineData("""[{"role":"developer","content":"x"}]""", "messages[0].role")]
    [InlineData("""[{"role":"user","content":"x"},{"role":"system","content":""}]""", "messages[1].content")]
    [InlineData("""[{"role":"system","content":[{"type":"tool_use","id":"a","name":"b","input":{}}]}]""", "messages[0].content[0].type")]
    [InlineData("""[{"role":"user","role":"user","content":"x"}]""", "messages[0].role")]
    [InlineData("""[{"role":"user","content":"x","content":"x"}]""", "messages[0].content")]
    [InlineData("""[{"role":"user"}]""", "messages[0].content")]
    [InlineData("""[{"role":"user","content":null}]""", "messages[0].content")]
    [InlineData("""[{"role":"user","content":""}]""", "messages[0].content")]
    [InlineData("""[{"role":"user","content":[]}]""", "messages[0].content")]
    [InlineData("""[{"role":"assistant","content":""},{"role":"user","content":"x"}]""", "messages[0].content")]
    [InlineData("""[{"role":"user","content":["x"]}]""", "messages[0].content[0]")]
    [InlineData("""[{"role":"user","content":[{"text":"x"}]}]""", "messages[0].content[0].type")]
    [InlineData("""[{"role":"user","content":[{"type":7,"text":"x"}]}]""", "messages[0].content[0].type")]
    [InlineData("""[{"role":"user","content":[{"type":"newer","type":"text","text":"x"}]}]""", "messages[0].content[0].type")]
    [InlineData("""[{"role":"user","content":[{"type":"text","type":"image","text":"x"}]}]""", "messages[0].content[0].type")]
    [InlineData("""[{"role":"user","content":[{"type":"text","text":"x","text":"y"}]}]""", "messages[0].content[0].text")]
    [InlineData("""[{"role":"user","content":[{"type":"text"}]}]""", "messages[0].content[0].text")]
    [InlineData("""[{"role":"user","content":[{"type":"text","text":"a"},{"type":"text","text":7}]}]""", "messages[0].content[1].text")]
    [InlineData("""[{"role":"user","content":[{"type":"text","text":"a","cache_control":7}]}]""", "messages[0].content[0].cache_control")]
    [InlineData("""[{"role":"user","content":[{"type":"tool_use","id":"a","name":"b","input":{}}]}]""", "messages[0].content[0].type")]
    [InlineData("""[{"role":"assistant","content":[{"type":"tool_result","tool_use_id":"a"}]}]""", "messages[0].content[0].type")]
    [InlineData("""[{"role":"assistant","content":[{"type":"tool_use","name":"b","input":{}}]}]""", "messages[0].content[0].id")]
    [InlineData("""[{"role":"assistant","content":[{"type":"tool_use","id":"a","input":{}}]}]""", "messages[0].content[0].name")]
    [InlineData("""[{"role":"assistant","content":[{"type":"tool_use","id":"a","name":"b","input":"{}"}]}]""", "messages[0].content[0].input")]
    [InlineData("""[{"role":"assistant","content":[{"type":"thinking","thinking":"a"}]}]""", "messages[0].content[0].signature")]
    [InlineData("""[{"role":"assistant","content":[{"type":"redacted_thinking"}]}]""", "messages[0].content[0].data")]
    [InlineData("""[{"role":"user","content":[{"type":"tool_result"}]}]""", "messages[0].content[0].tool_use_id")]
    [InlineData("""[{"role":"user","content":[{"type":"tool_result","tool_use_id":"a","is_error":"no"}]}]""", "messages[0].content[0].is_error")]
    [InlineData("""[{"role":"user","content":[{"type":"tool_result","tool_use_id":"a","content":{}}]}]""", "messages[0].content[0].content")]
    [InlineData("""[{"role":"user","content":[{"type":"tool_result","tool_use_id":"a","content":[{"type":"text"}]}]}]""", "messages[0].content[0].content[0].text")]
    [InlineData("""[{"role":"user","content":[{"type":"image"}]}]""", "messages[0].content[0].source")]
    [InlineData("""[{"role":"user","content":[{"type":"image","source":"x"}]}]""", "messages[0].content[0].source")]
    [InlineData("""[{"role":"user","content":[{"type":"image","source":{"type":"blob"}}]}]""", "messages[0].content[0].source.type")]
    [InlineData("""[{"role":"user","content":[{"type":"image","source":{"type":"base64","data":"AAAA"}}]}]""", "messages[0].content[0].source.media_type")]
    [InlineData("""[{"role":"user","content":[{"type":"image","source":{"type":"base64","media_type":"image/tiff","data":"AAAA"}}]}]""", "messages[0].content[0].source.media_type")]
    [InlineData("""[{"role":"user","content":[{"type":"image","source":{"type":"base64","media_type":"image/png","data":"A*A"}}]}]""", "messages[0].content[0].source.data")]
    [InlineData("""[{"role":"user","content":[{"type":"image","source":{"type":"url","url":"file:///etc/passwd"}}]}]""", "messages[0].content[0].source.url")]
    [InlineData("""[{"role":"user","content":[{"type":"image","source":{"type":"file"}}]}]""", "messages[0].content[0].source.file_id")]
    public void TryRead_BadMessages_NamesTheCulprit(string messages, string path) =>
        Assert.Equal(path, MessagesFixture.Defect(MessagesFixture.Body(messages: messages)).Param);

    [Theory]
    [InlineData("""[{"role":"user","content":"a"},{"role":"assistant","content":""}]""")]
    [InlineData("""[{"content":[{"text":"a","type":"text"}],"role":"user"}]""")]
    [InlineData("""[{"role":"user","content":[{"type":"image","source":{"data":"A\/AA","media_type":"image\/png","type":"base64"}}]}]""")]
    [InlineData("""[{"role":"user","content":[{"type":"tool_result","tool_use_id":"a","content":null,"is_error":null,"later":1}]}]""")]
    [InlineData("""[{"role":"user","content":[{"type":"document","source":{"type":"text"}}]}]""")]
    [InlineData("""[{"role":"user","content":"a"},{"role":"system","content":"b"}]""")]
    [InlineData("""[{"role":"user","content":"a"},{"role":"system","content":[{"type":"tool_addition","tools":[{"name":"x"}]}]}]""")]
    [InlineData("""[{"role":"user","content":"a"},{"role":"assistant","content":[{"type":"compaction"},{"type":"fallback","from":{"model":"x"}},{"type":"advisor_tool_result","tool_use_id":"a","content":{}}]}]""")]
    [InlineData("""[{"role":"user","content":[{"type":"tool_result","tool_use_id":"a","content":[{"type":"browser_state","url":"https://x","cache_control":7}]}]}]""")]
    public void TryRead_ValidMessages_AreTaken(string messages) => MessagesFixture.Read(MessagesFixture.Body(messages: messages));

    /// <summary>Which values there are is a native upstream's to say.</summary>
    [Theory]
    [InlineData("\"thinking\":{\"type\":\"between_tools\",\"budget_tokens\":5}")]
    [InlineData("\"thinking\":{\"type\":\"disabled\",\"budget_tokens\":0}")]
    [InlineData("\"output_config\":{\"effort\":\"huge\"}")]
    [InlineData("\"system\":[{\"type\":\"newer\"}]")]
    public void TryRead_ValuesThatNoOneKnowsHere_AreTaken(string member) => MessagesFixture.Read(MessagesFixture.Body(member));

    [Fact]
    public void TryRead_MaxTokensZero_IsTaken() =>
        Assert.Equal(0, MessagesFixture.Read(MessagesFixture.Body().Replace("\"max_tokens\":10", "\"max_tokens\":0", StringComparison.Ordinal)).MaxOutputTokens);

    [Fact]
    public void TryRead_BlockInAWrongPlace_SaysWhichAreKnown()
    {
        var defect = MessagesFixture.Defect(MessagesFixture.Body(messages: """[{"role":"user","content":[{"type":"thinking"}]}]"""));
        Assert.Contains("text, image, tool_result", defect.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(62, true)]
    [InlineData(64, false)]
    [InlineData(100_000, false)]
    public void TryRead_Depth_IsBounded(int levels, bool taken)
    {
        var body = MessagesFixture.Body("\"x\":" + new string('[', levels) + new string(']', levels));
        Assert.Equal(taken, MessagesRequestReader.TryRead(Encoding.UTF8.GetBytes(body), out _, out _));
    }

    [Fact]
    public void TryRead_TooManyNames_AreRefused()
    {
        var many = string.Join(',', Enumerable.Range(0, PropertyNames.MaxCount).Select(static index => $"\"p{index}\":1"));
        Assert.Null(MessagesFixture.Defect(MessagesFixture.Body(many)).Param);
    }

    [Fact]
    public void TryRead_APromptOfMegabytes_IsTaken() =>
        Assert.True(MessagesFixture.Read(MessagesFixture.Body(messages: $$"""[{"role":"user","content":"{{new string('x', 3_000_000)}}"}]""")).PromptBytes > 3_000_000);
}
