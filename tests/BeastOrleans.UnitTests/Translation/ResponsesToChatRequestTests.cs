using System.Text;
using BeastOrleans.Contracts.Endpoints;
using BeastOrleans.Upstreams.OpenAI;
using BeastOrleans.Upstreams.Translation;
using CsCheck;
using Xunit;

namespace BeastOrleans.UnitTests.Translation;

public sealed class ResponsesToChatRequestTests
{
    private const string Tool = """{"type":"function","name":"f","parameters":{"type":"object","additionalProperties":false},"strict":true}""";

    [Theory]
    [InlineData("""{"model":"m","input":"hi"}""", """{"model":"m","messages":[{"role":"user","content":"hi"}]}""")]
    [InlineData("""{"input":"hi","instructions":"be"}""", """{"messages":[{"role":"system","content":"be"},{"role":"user","content":"hi"}]}""")]
    [InlineData(
        """{"input":[{"role":"developer","content":"d"},{"type":"message","role":"user","content":[{"type":"input_text","text":"see"},{"type":"input_image","image_url":"data:image/png;base64,AA","detail":"low"}]}]}""",
        """{"messages":[{"role":"system","content":"d"},{"role":"user","content":[{"type":"text","text":"see"},{"type":"image_url","image_url":{"url":"data:image/png;base64,AA","detail":"low"}}]}]}""")]
    [InlineData(
        """{"input":[{"role":"user","content":"q"},{"type":"reasoning","id":"rs","summary":[]},{"type":"message","role":"assistant","content":[{"type":"output_text","text":"let me","annotations":[]}]},{"type":"function_call","call_id":"a","name":"f","arguments":"{}"},{"type":"function_call","call_id":"b","name":"f","arguments":""},{"type":"function_call_output","call_id":"a","output":"1"},{"type":"function_call_output","call_id":"b","output":[{"type":"input_text","text":"2"}]}]}""",
        """{"messages":[{"role":"user","content":"q"},{"role":"assistant","content":"let me","tool_calls":[{"id":"a","type":"function","function":{"name":"f","arguments":"{}"}},{"id":"b","type":"function","function":{"name":"f","arguments":"{}"}}]},{"role":"tool","tool_call_id":"a","content":"1"},{"role":"tool","tool_call_id":"b","content":"2"}]}""")]
    [InlineData(
        """{"input":[{"role":"user","content":"q"},{"role":"assistant","content":[{"type":"refusal","refusal":"no"}]},{"role":"user","content":"w"}]}""",
        """{"messages":[{"role":"user","content":"q"},{"role":"assistant","content":[{"type":"refusal","refusal":"no"}]},{"role":"user","content":"w"}]}""")]
    [InlineData(
        """{"input":"x","tools":[""" + Tool + """],"tool_choice":"required","parallel_tool_calls":false}""",
        """{"messages":[{"role":"user","content":"x"}],"tools":[{"type":"function","function":{"name":"f","parameters":{"type":"object","additionalProperties":false},"strict":true}}],"tool_choice":"required","parallel_tool_calls":false}""")]
    [InlineData(
        """{"input":"x","tools":[""" + Tool + """],"tool_choice":{"type":"function","name":"f"}}""",
        """{"messages":[{"role":"user","content":"x"}],"tools":[{"type":"function","function":{"name":"f","parameters":{"type":"object","additionalProperties":false},"strict":true}}],"tool_choice":{"type":"function","function":{"name":"f"}}}""")]
    [InlineData(
        """{"input":"x","tools":[{"type":"function","name":"a"},{"type":"function","name":"b"}],"tool_choice":{"type":"allowed_tools","mode":"auto","tools":[{"type":"function","name":"b"}]}}""",
        """{"messages":[{"role":"user","content":"x"}],"tools":[{"type":"function","function":{"name":"b"}}],"tool_choice":"auto"}""")]
    [InlineData(
        """{"input":"x","text":{"format":{"type":"json_schema","name":"n","schema":{"type":"object"},"strict":true},"verbosity":"low"},"reasoning":{"effort":"high"}}""",
        """{"messages":[{"role":"user","content":"x"}],"reasoning_effort":"high","verbosity":"low","response_format":{"type":"json_schema","json_schema":{"name":"n","schema":{"type":"object"},"strict":true}}}""")]
    [InlineData(
        """{"input":"x","stream":true,"max_output_tokens":9,"temperature":0.5,"top_p":1,"user":"u","include":["message.output_text.logprobs"],"top_logprobs":2,"metadata":{"a":"b"}}""",
        """{"messages":[{"role":"user","content":"x"}],"max_tokens":9,"stream":true,"stream_options":{"include_usage":true},"temperature":0.5,"top_p":1,"user":"u","logprobs":true,"top_logprobs":2}""")]
    public void Request_IsSaidInChat(string json, string chat) => Assert.Equal(chat, ResponsesFixture.Chat(json));

    [Theory]
    [InlineData("""{}""", "input")]
    [InlineData("""{"input":[]}""", "input")]
    [InlineData("""{"input":7}""", "input")]
    [InlineData("""{"input":["x"]}""", "input[0]")]
    [InlineData("""{"input":[{"role":"user","content":["x"]}]}""", "input[0].content[0]")]
    [InlineData("""{"input":"x","model":7}""", "model")]
    [InlineData("""{"input":"x","stream":"yes"}""", "stream")]
    [InlineData("""{"input":"x","max_output_tokens":0}""", "max_output_tokens")]
    [InlineData("""{"input":"x","previous_response_id":"resp_1"}""", "previous_response_id")]
    [InlineData("""{"input":"x","conversation":"c"}""", "conversation")]
    [InlineData("""{"input":"x","background":true}""", "background")]
    [InlineData("""{"input":"x","prompt":{"id":"p"}}""", "prompt")]
    [InlineData("""{"input":"x","tools":{}}""", "tools")]
    [InlineData("""{"input":"x","tools":[{"type":"web_search"}]}""", "tools[0].type")]
    [InlineData("""{"input":"x","tools":[{"type":"function"}]}""", "tools[0].name")]
    [InlineData("""{"input":"x","tool_choice":"any"}""", "tool_choice")]
    [InlineData("""{"input":"x","tool_choice":{"type":"file_search"}}""", "tool_choice.type")]
    [InlineData("""{"input":"x","text":{"format":{"type":"json_schema","name":"n"}}}""", "text.format.schema")]
    [InlineData("""{"input":"x","temperature":"hot"}""", "temperature")]
    [InlineData("""{"input":"x","top_logprobs":21}""", "top_logprobs")]
    [InlineData("""{"input":[{"type":"item_reference","id":"i"}]}""", "input[0]")]
    [InlineData("""{"input":[{"id":"i"}]}""", "input[0]")]
    [InlineData("""{"input":[{"type":"computer_call"}]}""", "input[0].type")]
    [InlineData("""{"input":[{"role":"robot","content":"x"}]}""", "input[0].role")]
    [InlineData("""{"input":[{"role":"user","content":[{"type":"input_image","file_id":"f"}]}]}""", "input[0].content[0].file_id")]
    [InlineData("""{"input":[{"role":"system","content":[{"type":"input_image","image_url":"u"}]}]}""", "input[0].content[0].type")]
    [InlineData("""{"input":[{"type":"function_call_output","call_id":"c","output":"x"}]}""", "input[0].call_id")]
    [InlineData("""{"input":[{"type":"function_call","call_id":"c","name":"f","arguments":{}}]}""", "input[0].arguments")]
    [InlineData("""{"input":[{"type":"reasoning","summary":[]}]}""", "input")]
    public void Request_ThatCannotBeSaid_IsRefusedByItsPath(string json, string param)
    {
        var defect = ResponsesFixture.Defect(json);
        Assert.Equal(param, defect.Param);
        Assert.Contains(param, defect.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"input":"x","background":false,"previous_response_id":null,"truncation":"disabled","include":[],"store":false,"metadata":{}}""", "")]
    [InlineData("""{"input":"x","store":true,"truncation":"auto","zzz":1,"reasoning":{"summary":"auto"},"include":["reasoning.encrypted_content"]}""", "store,truncation,zzz,reasoning.summary,include[]=reasoning.encrypted_content")]
    [InlineData("""{"input":[{"type":"reasoning","summary":[]},{"role":"user","id":"i","status":"completed","content":"x"}]}""", "input[].reasoning,input[].id,input[].status")]
    [InlineData("""{"input":"x","a b\r\n":1}""", "?")]
    public void Request_WhatIsLeftOut_IsListed(string json, string dropped) =>
        Assert.Equal(dropped, string.Join(',', ResponsesFixture.Call(json).Dropped));

    [Fact]
    public void Reader_FindsTheFacts()
    {
        const string Json = """
            {"model":"m","stream":true,"safety_identifier":"s","max_output_tokens":5,"tools":[{"type":"function","name":"f"}],
             "text":{"format":{"type":"json_schema"}},"instructions":"ab","input":[{"role":"user","content":[{"type":"input_image","image_url":"u"}]}]}
            """;
        Assert.True(ResponsesRequestReader.TryRead(Encoding.UTF8.GetBytes(Json), out var request, out _));
        Assert.Equal(("m", true, "s", 5), (request.Model, request.Stream, request.User, request.MaxOutputTokens));
        Assert.Equal(Capabilities.Tools | Capabilities.Vision | Capabilities.JsonSchema, request.Needs);
        Assert.Equal("\"m\"", Encoding.UTF8.GetString(request.Body.Span.Slice(request.ModelToken.Start, request.ModelToken.Length)));
        Assert.Equal("""[{"role":"user","content":[{"type":"input_image","image_url":"u"}]}]""".Length + "\"ab\"".Length, request.PromptBytes);
    }

    [Theory]
    [InlineData("llama-3.3-70b", "max_tokens")]
    [InlineData("gpt-4.1", "max_tokens")]
    [InlineData("openai/gpt-5-mini", "max_completion_tokens")]
    [InlineData("o3", "max_completion_tokens")]
    public void Limit_IsCalledAsTheUpstreamsModelKnowsIt(string model, string name)
    {
        Assert.True(ResponsesRequestReader.TryRead(Encoding.UTF8.GetBytes("""{"model":"m","input":"x","max_output_tokens":9}"""), out var request, out _));
        Assert.True(request.TryGetChat(model, out var chat, out _));
        Assert.Equal($$"""{"model":"m","messages":[{"role":"user","content":"x"}],"{{name}}":9}""", Encoding.UTF8.GetString(chat.Body.Span));
    }

    [Fact]
    public void TryGetChat_AnotherModel_IsTranslatedAnewAndTheSameIsNot()
    {
        Assert.True(ResponsesRequestReader.TryRead(Encoding.UTF8.GetBytes("""{"input":"x","max_output_tokens":9,"truncation":"auto"}"""), out var request, out _));
        Assert.True(request.TryGetChat("llama-3", out var first, out _));
        Assert.True(request.TryGetChat("llama-3", out var again, out _));
        Assert.Same(first, again);
        Assert.True(request.TryGetChat("gpt-5", out var second, out _));
        Assert.Contains("max_completion_tokens", Encoding.UTF8.GetString(second.Body.Span), StringComparison.Ordinal);
        Assert.Equal(second.Body, request.Call!.ChatBody);
        Assert.Equal(["truncation"], second.Dropped);
    }

    [Fact]
    public void Fields_AreNamedOnce() => Assert.Equal(ResponsesToChat.Fields.Count, ResponsesToChat.Fields.Select(static f => f.Field).Distinct().Count());

    /// <summary>Whatever is accepted is a chat request; whatever is not is refused with a path.</summary>
    [Fact]
    public void Request_AnyAtAll_IsSaidOrRefusedByAPath()
    {
        string[] values = ["null", "true", "7", "-1", "\"x\"", "\"\"", "[]", "{}", "[1]", "[{}]", "{\"type\":\"function\"}", "[{\"type\":\"message\"}]", "[\"x\"]", "{\"format\":{}}", "{\"effort\":1}"];
        string[] items =
        [
            """{"role":"user","content":"x"}""", """{"role":"assistant","content":[]}""", """{"type":"reasoning"}""", """{"type":"function_call","call_id":"a","name":"f","arguments":""}""",
            """{"type":"function_call_output","call_id":"a","output":"1"}""", """{"type":"message","role":"user","content":[{"type":"input_text","text":1}]}""", """{"type":7}""", """{"role":null}""", "{}", "[]",
        ];
        var names = ResponsesToChat.Fields.Select(static f => f.Field).Where(static f => !f.Contains('.', StringComparison.Ordinal) && f != "input").Append("zzz").ToArray();
        var members = Gen.Select(Gen.Int[0, names.Length - 1], Gen.Int[0, values.Length - 1]).Array[0, 4];
        Gen.Select(members, Gen.Int[0, items.Length - 1].Array[0, 5]).Sample((chosen, input) =>
        {
            var json = "{\"input\":[" + string.Join(',', input.Select(i => items[i])) + "]"
                + string.Concat(chosen.DistinctBy(static m => m.Item1).Select(m => $",\"{names[m.Item1]}\":{values[m.Item2]}")) + "}";
            if (!ResponsesRequestReader.TryRead(Encoding.UTF8.GetBytes(json), out var request, out var defect)
                || !ResponsesToChat.TryTranslateRequest(request, out var call, out defect))
            {
                Assert.False(string.IsNullOrEmpty(defect.Param), json);
                return;
            }

            Assert.True(ChatRequestReader.TryRead(call.ChatBody, out _, out defect), json + ": " + defect?.Message);
        }, iter: 5000);
    }
}
