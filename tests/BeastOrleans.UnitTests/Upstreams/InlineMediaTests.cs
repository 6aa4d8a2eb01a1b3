using System.Text;
using BeastOrleans.UnitTests.Translation;
using BeastOrleans.Upstreams.OpenAI;
using Xunit;

namespace BeastOrleans.UnitTests.Upstreams;

/// <summary>A picture or a file in a prompt counts as one, whatever its bytes: text counts by them.</summary>
public sealed class InlineMediaTests
{
    private const string Marker = "@";

    private static readonly string Base64 = Convert.ToBase64String(new byte[600_000]);

    [Theory]
    [InlineData("""{"type":"image_url","image_url":{"url":"data:image/png;base64,@"}}""", "data:image/png;base64,")]
    [InlineData("""{"image_url":{"detail":"low","url":"data:image/png;base64,@"},"type":"image_url"}""", "data:image/png;base64,")]
    [InlineData("""{"type":"image_url","image_url":"DATA:image/png;base64,@"}""", "DATA:image/png;base64,")]
    [InlineData("""{"type":"input_audio","input_audio":{"data":"@","format":"wav"}}""", "")]
    [InlineData("""{"type":"file","file":{"filename":"a.pdf","file_data":"data:application/pdf;base64,@"}}""", "data:application/pdf;base64,")]
    [InlineData("""{"type":"file","file":{"file_data":"@"}}""", "")]
    public void Chat_CountsAPicture_Flat(string part, string prefix) => AssertFlat(ChatBytes, Chat(part), prefix.Length);

    [Theory]
    [InlineData("""{"type":"input_image","image_url":"data:image/png;base64,@"}""", "data:image/png;base64,")]
    [InlineData("""{"type":"input_file","filename":"a.pdf","file_data":"data:application/pdf;base64,@"}""", "data:application/pdf;base64,")]
    public void Responses_CountAPicture_Flat(string part, string prefix) =>
        AssertFlat(ResponsesBytes, $$"""[{"role":"user","content":[{{part}}]}]""", prefix.Length);

    [Theory]
    [InlineData("""{"type":"image","source":{"type":"base64","media_type":"image/png","data":"@"}}""")]
    [InlineData("""{"source":{"data":"@","media_type":"image/png","type":"base64"},"type":"image"}""")]
    [InlineData("""{"type":"document","source":{"type":"base64","media_type":"application/pdf","data":"@"}}""")]
    [InlineData("""{"type":"document","source":{"type":"content","content":[{"type":"image","source":{"type":"base64","media_type":"image/png","data":"@"}}]}}""")]
    [InlineData("""{"type":"tool_result","tool_use_id":"a","content":[{"type":"image","source":{"type":"base64","media_type":"image/png","data":"@"}}]}""")]
    public void Messages_CountAPicture_Flat(string block) => AssertFlat(MessagesBytes, $$"""[{"role":"user","content":[{{block}}]}]""", 0);

    [Fact]
    public void Chat_ManyPictures_CountEach()
    {
        const string Part = """{"type":"image_url","image_url":{"url":"data:image/png;base64,@"}}""";
        var one = ChatBytes(Chat(Part).Replace(Marker, Base64, StringComparison.Ordinal));
        var two = ChatBytes(Chat(Part + "," + Part).Replace(Marker, Base64, StringComparison.Ordinal));
        Assert.InRange(two - one, InlineMedia.FlatBytes, InlineMedia.FlatBytes + 100);
    }

    [Theory]
    [InlineData("""{"type":"text","text":"data:image/png;base64,@"}""")]
    [InlineData("""{"type":"image_url","image_url":{"url":"https://x/@"}}""")]
    [InlineData("""{"type":"file","file":{"file_data":"data:text/plain;base64,@"}}""")]
    public void Chat_CountsText_ByItsBytes(string part) => AssertWhole(ChatBytes, Chat(part), Base64);

    [Theory]
    [InlineData("""{"type":"document","source":{"type":"text","media_type":"text/plain","data":"@"}}""")]
    [InlineData("""{"type":"text","text":"@"}""")]
    public void Messages_CountText_ByItsBytes(string block) =>
        AssertWhole(MessagesBytes, $$"""[{"role":"user","content":[{{block}}]}]""", string.Join(' ', Enumerable.Repeat("word", 100_000)));

    [Fact]
    public void Messages_PromptOfPlainBase64Text_CountsByItsBytes() =>
        AssertWhole(MessagesBytes, """[{"role":"user","content":"@"}]""", Base64);

    private static string Chat(string part) => $$"""[{"role":"user","content":[{{part}}]}]""";

    private static void AssertFlat(Func<string, int> bytes, string prompt, int prefix) =>
        Assert.Equal(prompt.Length - Marker.Length - prefix + InlineMedia.FlatBytes, bytes(prompt.Replace(Marker, Base64, StringComparison.Ordinal)));

    private static void AssertWhole(Func<string, int> bytes, string prompt, string text)
    {
        var whole = prompt.Replace(Marker, text, StringComparison.Ordinal);
        Assert.Equal(whole.Length, bytes(whole));
    }

    private static int ChatBytes(string messages) => UpstreamFixture.Request($$"""{"messages":{{messages}}}""").PromptBytes;

    private static int MessagesBytes(string messages) => MessagesFixture.Read(MessagesFixture.Body(messages: messages)).PromptBytes;

    private static int ResponsesBytes(string input)
    {
        Assert.True(ResponsesRequestReader.TryRead(Encoding.UTF8.GetBytes($$"""{"input":{{input}}}"""), out var request, out var defect), defect?.Message);
        return request.PromptBytes;
    }
}
