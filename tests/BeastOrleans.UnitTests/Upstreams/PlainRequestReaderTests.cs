using System.Text;
using BeastOrleans.Contracts.Endpoints;
using BeastOrleans.Upstreams.OpenAI;
using Xunit;

namespace BeastOrleans.UnitTests.Upstreams;

public sealed class PlainRequestReaderTests
{
    [Theory]
    [InlineData("""{"prompt":"x"}""", 1)]
    [InlineData("""{"prompt":["x","y"],"n":3,"best_of":4}""", 8)]
    [InlineData("""{"prompt":[1,2,3]}""", 1)]
    [InlineData("""{"prompt":[[1],[2,3]],"n":2}""", 4)]
    public void Completions_CountWhatIsMade(string json, int choices)
    {
        Assert.True(CompletionsRequestReader.TryRead(Encoding.UTF8.GetBytes(json), out var request, out var defect), defect?.Message);
        Assert.Equal(choices, request.Choices);
        Assert.True(request.PromptBytes > 2);
    }

    [Fact]
    public void Completions_FindTheFacts()
    {
        const string Json = """{"model":"m","prompt":"x","stream":true,"stream_options":{"include_usage":null,"z":[1],"include_usage":true},"max_tokens":0,"suffix":"s","user":"u"}""";
        Assert.True(CompletionsRequestReader.TryRead(Encoding.UTF8.GetBytes(Json), out var request, out _));
        Assert.Equal(("m", true, true, 0, "u", 6), (request.Model, request.Stream, request.IncludeUsage, request.MaxOutputTokens, request.User, request.PromptBytes));
    }

    [Theory]
    [InlineData("""{}""", "prompt")]
    [InlineData("""{"prompt":[]}""", "prompt")]
    [InlineData("""{"prompt":[1,"x"]}""", "prompt[1]")]
    [InlineData("""{"prompt":[[]]}""", "prompt[0]")]
    [InlineData("""{"prompt":"x","n":0}""", "n")]
    [InlineData("""{"prompt":"x","stream_options":1}""", "stream_options")]
    [InlineData("""{"prompt":"x",""", null)]
    public void Completions_Defective_NameTheCulprit(string json, string? param)
    {
        Assert.False(CompletionsRequestReader.TryRead(Encoding.UTF8.GetBytes(json), out _, out var defect));
        Assert.Equal(param, defect.Param);
    }

    [Fact]
    public void Embeddings_FindTheFacts()
    {
        const string Json = """{"model":"e","input":["a","b"],"encoding_format":"base64","dimensions":8,"user":"u"}""";
        Assert.True(EmbeddingsRequestReader.TryRead(Encoding.UTF8.GetBytes(Json), out var request, out _));
        Assert.Equal(("e", 2, true, 8, 9), (request.Model, request.Inputs, request.IsBase64, request.Dimensions, request.PromptBytes));
        Assert.Equal(Capabilities.Embeddings, request.Needs);
    }

    [Theory]
    [InlineData("""{"model":"e"}""", "input")]
    [InlineData("""{"input":[true]}""", "input[0]")]
    [InlineData("""{"input":"x","encoding_format":"int8"}""", "encoding_format")]
    [InlineData("""{"input":"x","dimensions":0}""", "dimensions")]
    [InlineData("""[]""", null)]
    public void Embeddings_Defective_NameTheCulprit(string json, string? param)
    {
        Assert.False(EmbeddingsRequestReader.TryRead(Encoding.UTF8.GetBytes(json), out _, out var defect));
        Assert.Equal(param, defect.Param);
    }

    [Theory]
    [InlineData("""{"choices":[{"text":"x","index":0,"finish_reason":"stop"}],"usage":{"prompt_tokens":3,"completion_tokens":2}}""", 2, 3)]
    [InlineData("""{"choices":[{"index":0}]}""", 0, 0)]
    [InlineData("""{"error":{"message":"m"}}""", 1, 0)]
    [InlineData("x", 0, 0)]
    public void CompletionAnswer_IsJudged(string json, int verdict, int input)
    {
        Assert.Equal(verdict, (int)PlainAnswerReader.ReadCompletion(Encoding.UTF8.GetBytes(json), out var usage));
        Assert.Equal(input, usage.Input);
    }

    [Theory]
    [InlineData("""{"data":[{"embedding":[0.1],"index":0},{"index":1,"embedding":"AAAA"}],"usage":{"prompt_tokens":3,"total_tokens":3}}""", 2, 3)]
    [InlineData("""{"data":[{"index":0}]}""", 0, 0)]
    [InlineData("""{"data":[]}""", 0, 0)]
    [InlineData("""{"error":"m"}""", 1, 0)]
    public void EmbeddingsAnswer_IsJudged(string json, int verdict, int input)
    {
        Assert.Equal(verdict, (int)PlainAnswerReader.ReadEmbeddings(Encoding.UTF8.GetBytes(json), out var usage));
        Assert.Equal(input, usage.Input);
    }

    [Fact]
    public void LegacyChunk_TellsTextFromTheEnd()
    {
        var text = ChatChunk.Read("""{"choices":[{"text":"hé","index":1,"finish_reason":null}]}"""u8, isLegacy: true);
        Assert.True(text.IsChunk && text.HasContent);
        Assert.Equal((2, 2UL, 0UL), (text.Characters, text.Seen, text.Finished));
        Assert.Equal(2UL, ChatChunk.Read("""{"choices":[{"text":"","index":1,"finish_reason":"stop"}]}"""u8, isLegacy: true).Finished);
    }
}
