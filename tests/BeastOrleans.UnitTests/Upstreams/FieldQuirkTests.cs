using System.Text;
using System.Text.Json.Nodes;
using BeastOrleans.Contracts.Endpoints;
using BeastOrleans.Upstreams.OpenAI;
using CsCheck;
using Xunit;

namespace BeastOrleans.UnitTests.Upstreams;

public sealed class FieldQuirkTests
{
    private const string Messages = """
        "messages":[{"role":"user","content":"max_tokens"}]
        """;

    private static readonly FieldQuirk[] Fields =
    [
        new() { Name = "max_tokens", SendAs = "max_completion_tokens" },
        new() { Name = "user" },
        new() { Name = "seed" },
    ];

    [Theory]
    [InlineData("""{"model":"m","max_tokens": 5 ,@}""", """{"model":"x","max_completion_tokens": 5 ,@}""", "")]
    [InlineData("""{"model":"m","max\u005ftokens":5,@}""", """{"model":"x","max_completion_tokens":5,@}""", "")]
    [InlineData("""{"model":"m","max_tokens":5,"max_completion_tokens":7,@}""", """{"model":"x","max_completion_tokens":7,@}""", "max_tokens")]
    [InlineData("""{ "user" : "u" , "seed":1 , "model":"m",@}""", """{ "model":"x",@}""", "user,seed")]
    [InlineData("""{"model":"m",@ , "seed":1 , "user":"u" }""", """{"model":"x",@ }""", "seed,user")]
    [InlineData("""{"seed":1,"model":"m","user":"u",@,"seed2":2}""", """{"model":"x",@,"seed2":2}""", "seed,user")]
    [InlineData("""{"seed":1,@}""", """{"model":"x",@}""", "seed")]
    [InlineData("""{"model":"m","seed":null,@}""", """{"model":"x",@}""", "")]
    [InlineData("""{"model":"m","metadata":{"user":"u","max_tokens":1},@}""", """{"model":"x","metadata":{"user":"u","max_tokens":1},@}""", "")]
    public void Build_RefusedFields_AreRenamedOrCutAndNothingElse(string body, string expected, string dropped)
    {
        var (text, left) = Spliced(body.Replace("@", Messages, StringComparison.Ordinal), askUsage: true, Fields);
        Assert.Equal(expected.Replace("@", Messages, StringComparison.Ordinal), text);
        Assert.Equal(dropped, string.Join(',', left));
    }

    [Theory]
    [InlineData("""{"stream":true,"stream_options":{"include_usage":true},"user":"u",@,"model":"m"}""", """{"stream":true,@,"model":"x"}""")]
    [InlineData("""{"stream_options":{"include_usage":true},"user":"u","stream":true,@,"model":"m"}""", """{"stream":true,@,"model":"x"}""")]
    [InlineData("""{"stream":true,@,"model":"m","user":"u","stream_options":{}}""", """{"stream":true,@,"model":"x"}""")]
    public void Build_NotAskingUsage_CutsStreamOptionsWithTheOthers(string body, string expected)
    {
        var (text, left) = Spliced(body.Replace("@", Messages, StringComparison.Ordinal), askUsage: false, Fields);
        Assert.Equal(expected.Replace("@", Messages, StringComparison.Ordinal), text);
        Assert.Equal(["user"], left);
    }

    [Fact]
    public void Build_AskingUsageBesideACut_PutsItIn()
    {
        var (text, _) = Spliced($$"""{"user":"u","stream":true,{{Messages}},"model":"m"}""", askUsage: true, Fields);
        Assert.Equal($$"""{"stream_options":{"include_usage":true},"stream":true,{{Messages}},"model":"x"}""", text);
    }

    [Fact]
    public void Build_BodyWithoutTheFields_IsNotSearched()
    {
        var request = UpstreamFixture.Request($$"""{"model":"m","temperature":1,{{Messages}}}""");
        Assert.False(FieldQuirkEdits.MayTouch(Fields, request.NameBits));
        Assert.True(FieldQuirkEdits.MayTouch(Fields, UpstreamFixture.Request($$"""{"model":"m","user":null,{{Messages}}}""").NameBits));
    }

    /// <summary>Whatever stands where, the outcome is the body without the refused members.</summary>
    [Fact]
    public void Build_AnyOrder_IsTheBodyWithoutThem()
    {
        string[] names = ["user", "seed", "max_tokens", "max_completion_tokens", "stream", "stream_options", "temperature", "model", "stop"];
        Gen.Select(Gen.Shuffle(names), Gen.Int[0, names.Length], Gen.Int[0, names.Length], Gen.Bool).Sample((order, count, place, askUsage) =>
        {
            var members = order.Take(count).Select(static name => name switch
            {
                "stream" => "\"stream\" : true",
                "stream_options" => "\"stream_options\":{ \"include_usage\":true }",
                "model" => " \"model\":\"m\" ",
                _ => $"\"{name}\": 7 ",
            }).ToList();
            members = [.. members.Select(static m => m.Replace("\"user\": 7", "\"user\":\"u\"", StringComparison.Ordinal))];
            members.Insert(Math.Min(place, members.Count), Messages);
            var body = "{ " + string.Join(" , ", members) + " }";
            var expected = JsonNode.Parse(body)!.AsObject();
            var had = order.Take(count).ToHashSet(StringComparer.Ordinal);
            expected.Remove("user");
            expected.Remove("seed");
            expected["model"] = "x";
            if (expected.Remove("max_tokens"))
            {
                expected.TryAdd("max_completion_tokens", 7);
            }

            if (had.Contains("stream") && !askUsage)
            {
                expected.Remove("stream_options");
            }
            else if (had.Contains("stream"))
            {
                expected["stream_options"] = JsonNode.Parse("""{"include_usage":true}""");
            }

            var (text, left) = Spliced(body, askUsage, Fields);
            Assert.True(JsonNode.DeepEquals(expected, JsonNode.Parse(text)), text);
            var lost = had.Intersect(["user", "seed"]).Union(had.Contains("max_completion_tokens") ? had.Intersect(["max_tokens"]) : []);
            Assert.Equal(lost.Order(StringComparer.Ordinal), left.Order(StringComparer.Ordinal));
        });
    }

    private static (string Text, IReadOnlyList<string> Dropped) Spliced(string body, bool askUsage, FieldQuirk[] fields)
    {
        var segments = ChatRequestSplice.Build(UpstreamFixture.Request(body), "x", askUsage, fields, out var dropped);
        return (string.Concat(segments.Select(static segment => Encoding.UTF8.GetString(segment.Span))), dropped);
    }
}
