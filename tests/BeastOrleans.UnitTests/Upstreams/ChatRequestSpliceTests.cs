using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using BeastOrleans.Upstreams.OpenAI;
using CsCheck;
using Xunit;

namespace BeastOrleans.UnitTests.Upstreams;

public sealed class ChatRequestSpliceTests
{
    [Theory]
    [InlineData("""{ "model" : "m" , "messages":[{"role":"user"}] }""", """{ "model" : "new\"x" , "messages":[{"role":"user"}] }""")]
    [InlineData("""{"messages":[{"role":"user"}]}""", """{"model":"new\"x","messages":[{"role":"user"}]}""")]
    [InlineData("""{"messages":[{"role":"user"}],"model":null}""", """{"messages":[{"role":"user"}],"model":"new\"x"}""")]
    [InlineData(
        """{"model":"m","stream":true,"messages":[{"role":"user"}]}""",
        """{"stream_options":{"include_usage":true},"model":"new\"x","stream":true,"messages":[{"role":"user"}]}""")]
    [InlineData(
        """{"stream":true,"stream_options":{"include_obfuscation":false,"include_usage":false},"model":"m","messages":[{"role":"user"}]}""",
        """{"stream":true,"stream_options":{"include_obfuscation":false,"include_usage":true},"model":"new\"x","messages":[{"role":"user"}]}""")]
    [InlineData(
        """{"stream":true,"stream_options":null,"model":"m","messages":[{"role":"user"}]}""",
        """{"stream":true,"stream_options":{"include_usage":true},"model":"new\"x","messages":[{"role":"user"}]}""")]
    [InlineData(
        """{"stream":true,"stream_options":{"include_usage":true },"model":"m","messages":[{"role":"user"}]}""",
        """{"stream":true,"stream_options":{"include_usage":true },"model":"new\"x","messages":[{"role":"user"}]}""")]
    public void Build_AskingUsage_ChangesOnlyTheTokens(string body, string expected) =>
        Assert.Equal(expected, Spliced(body, "new\"x", askUsage: true));

    [Theory]
    [InlineData("""{"stream":true,"stream_options":{"include_usage":true} , "model":"m","messages":[{"role":"user"}]}""")]
    [InlineData("""{"stream":true,"model":"m","messages":[{"role":"user"}] , "stream_options" : {"include_usage":true} }""")]
    [InlineData("""{"stream_options":null,"stream":true,"messages":[{"role":"user"}],"model":"m"}""")]
    public void Build_NotAskingUsage_CutsStreamOptionsOut(string body)
    {
        var root = JsonNode.Parse(Spliced(body, "x", askUsage: false))!.AsObject();
        Assert.Equal(["messages", "model", "stream"], root.Select(static member => member.Key).Order());
        Assert.Equal("x", (string?)root["model"]);
    }

    /// <summary>Whatever else stands in a body, and however it is spaced, all but the model's token arrives byte for byte.</summary>
    [Fact]
    public void Build_AnyBody_OnlyTheModelDiffers()
    {
        var text = Gen.String.Select(static text => JsonSerializer.Serialize(new string([.. text.Where(static c => !char.IsSurrogate(c))])));
        var value = Gen.OneOf(text, Gen.Int.Select(static number => $"{number}"), Gen.Const("[1, {\"model\":\"no\"}]"), Gen.Const("{ }"), Gen.Const("null"));
        var space = OneOf("", " ", "\n\t", "\r\n  ");
        var member = Gen.Select(value, space, space);
        Gen.Select(member.Array[0, 8], Gen.Int[0, 8], text, space).Sample((members, place, model, gap) =>
        {
            var parts = members.Select(static (m, index) => $"{m.Item2}\"k{index}\"{m.Item3}:{m.Item2}{m.Item1}{m.Item3}").ToList();
            parts.Insert(Math.Min(place, parts.Count), $"{gap}\"model\"{gap}:@MODEL@{gap}");
            parts.Add("\"messages\":[{\"role\":\"user\",\"content\":" + model + "}]");
            var template = "{" + string.Join(",", parts) + gap + "}";
            var body = template.Replace("@MODEL@", model, StringComparison.Ordinal);
            if (JsonSerializer.Deserialize<string>(model)!.Length > ChatRequestReader.MaxModelLength)
            {
                return;
            }

            Assert.Equal(template.Replace("@MODEL@", "\"other\"", StringComparison.Ordinal), Spliced(body, "other", askUsage: true));
        });
    }

    private static string Spliced(string body, string model, bool askUsage)
    {
        var segments = ChatRequestSplice.Build(UpstreamFixture.Request(body), model, askUsage);
        return string.Concat(segments.Select(static segment => Encoding.UTF8.GetString(segment.Span)));
    }

    private static Gen<string> OneOf(params string[] texts) => Gen.Int[0, texts.Length - 1].Select(index => texts[index]);
}
