using System.Text;
using BeastOrleans.Contracts.Endpoints;
using BeastOrleans.Upstreams.OpenAI;
using Xunit;

namespace BeastOrleans.UnitTests.Upstreams;

public sealed class ChatRequestReaderTests
{
    private const string Messages = "\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]";

    [Fact]
    public void TryRead_FullRequest_FindsEverything()
    {
        var request = UpstreamFixture.Request(
            """
            {"model":"gpt-4","stream":true,"stream_options":{"include_usage":true,"x":1},"user":"al\u0069ce","max_tokens":5,
             "max_completion_tokens":7,"n":2,"tools":[{"type":"function"}],"response_format":{"type":"json_schema","json_schema":{}},
             "messages":[{"role":"user","content":[{"type":"text","text":"x"},{"type":"image_url","image_url":{"url":"u"}}]}],"zzz":{"a":[1]}}
            """);
        Assert.Equal("gpt-4", request.Model);
        Assert.True(request.Stream);
        Assert.True(request.IncludeUsage);
        Assert.Equal("alice", request.User);
        Assert.Equal(7, request.MaxOutputTokens);
        Assert.Equal(2, request.Choices);
        Assert.Equal(Capabilities.Tools | Capabilities.Vision | Capabilities.JsonSchema, request.Needs);
        Assert.Equal("\"gpt-4\"", At(request, request.ModelToken));
        Assert.Equal("""{"include_usage":true,"x":1}""", At(request, request.StreamOptionsToken));
        Assert.Equal("""[{"role":"user","content":[{"type":"text","text":"x"},{"type":"image_url","image_url":{"url":"u"}}]}]""".Length, request.PromptBytes);
    }

    [Fact]
    public void TryRead_Minimal_NeedsNothing()
    {
        var request = UpstreamFixture.Request("{" + Messages + ""","model":null,"tools":[],"stop":null}""");
        Assert.Null(request.Model);
        Assert.Equal(4, request.ModelToken.Length);
        Assert.Equal(Capabilities.None, request.Needs);
        Assert.Null(request.MaxOutputTokens);
        Assert.False(request.Stream);
    }

    [Theory]
    [InlineData("""[]""", null)]
    [InlineData("", null)]
    [InlineData("not json", null)]
    [InlineData("""{"messages":[{"role":"user"}]} x""", null)]
    [InlineData("""{"messages":[{"role":"user"}],}""", null)]
    [InlineData("""{"messages":[{"role":"user"}]/*c*/}""", null)]
    [InlineData("""{"messages":[{"role":"user"}],"a":1,"a":2}""", null)]
    [InlineData("""{"messages":[{"role":"user"}],"model":"x","mod\u0065l":"y"}""", null)]
    [InlineData("""{"messages":[{"role":"user","content":"\ud800"}]}""", null)]
    [InlineData("""{"messages":[{"role":"user","content":"\udc00\ud800"}]}""", null)]
    [InlineData("""{"messages":[{"role":"user","content":"\\\ud800 "}]}""", null)]
    [InlineData("""{"model":"x"}""", "messages")]
    [InlineData("""{"messages":[]}""", "messages")]
    [InlineData("""{"messages":"x"}""", "messages")]
    [InlineData("""{"messages":["x"]}""", "messages[0]")]
    [InlineData("""{"messages":[{"role":"user"},{"role":"user"},{"content":"x"}]}""", "messages[2].role")]
    [InlineData("""{"messages":[{"role":7}]}""", "messages[0].role")]
    [InlineData("""{"messages":[{"role":"user","content":7}]}""", "messages[0].content")]
    [InlineData("""{"messages":[{"role":"user","content":["x"]}]}""", "messages[0].content[0]")]
    [InlineData("""{"messages":[{"role":"user"}],"model":7}""", "model")]
    [InlineData("""{"messages":[{"role":"user"}],"stream":"yes"}""", "stream")]
    [InlineData("""{"messages":[{"role":"user"}],"stream_options":[]}""", "stream_options")]
    [InlineData("""{"messages":[{"role":"user"}],"max_tokens":0}""", "max_tokens")]
    [InlineData("""{"messages":[{"role":"user"}],"max_tokens":1.5}""", "max_tokens")]
    [InlineData("""{"messages":[{"role":"user"}],"n":1000}""", "n")]
    [InlineData("""{"messages":[{"role":"user"}],"user":{}}""", "user")]
    [InlineData("""{"messages":[{"role":"user"}],"tools":{}}""", "tools")]
    public void TryRead_Defective_NamesTheCulprit(string json, string? param)
    {
        Assert.False(ChatRequestReader.TryRead(Encoding.UTF8.GetBytes(json), out _, out var defect));
        Assert.Equal(param, defect.Param);
        Assert.NotEmpty(defect.Message);
    }

    [Fact]
    public void TryRead_InvalidUtf8_IsADefect()
    {
        byte[] body = [.. Encoding.UTF8.GetBytes("""{"messages":[{"role":"user","content":" """), 0xFF, .. "\"}]}"u8];
        Assert.False(ChatRequestReader.TryRead(body, out _, out _));
    }

    [Theory]
    [InlineData("""\\ud800""")]
    [InlineData("""\ud83d\ude00""")]
    [InlineData("""\\\\ \n \u0041""")]
    public void TryRead_HarmlessEscapes_AreTaken(string content) =>
        UpstreamFixture.Request($$"""{"messages":[{"role":"user","content":"{{content}}"}]}""");

    [Theory]
    [InlineData(62, true)]
    [InlineData(64, false)]
    [InlineData(100_000, false)]
    public void TryRead_Depth_IsBounded(int levels, bool taken)
    {
        var json = "{" + Messages + ",\"x\":" + new string('[', levels) + new string(']', levels) + "}";
        Assert.Equal(taken, ChatRequestReader.TryRead(Encoding.UTF8.GetBytes(json), out _, out _));
    }

    [Fact]
    public void TryRead_TooManyOrTooLongNames_AreRefused()
    {
        var many = string.Concat(Enumerable.Range(0, PropertyNames.MaxCount).Select(static index => $",\"p{index}\":1"));
        Assert.False(ChatRequestReader.TryRead(Encoding.UTF8.GetBytes("{" + Messages + many + "}"), out _, out _));
        var name = new string('x', PropertyNames.MaxLength + 1);
        Assert.False(ChatRequestReader.TryRead(Encoding.UTF8.GetBytes("{" + Messages + $",\"{name}\":1}}"), out _, out _));
    }

    private static string At(ChatRequest request, (int Start, int Length) place) =>
        Encoding.UTF8.GetString(request.Body.Span.Slice(place.Start, place.Length));
}
