using System.Diagnostics;
using System.Text;
using System.Text.Json;
using BeastOrleans.Contracts.Usage;
using BeastOrleans.Gateway.Usage;
using BeastOrleans.UnitTests.Upstreams;
using BeastOrleans.Upstreams.Anthropic;
using Xunit;

namespace BeastOrleans.UnitTests.Gateway;

public sealed class TokenCounterTests
{
    private static readonly TokenCounter Counter = new();

    // Known counts of both encodings: "hello world" is 2 tokens.
    [Theory]
    [InlineData("""[{"role":"user","content":"hello world"}]""", 2 + 3)]
    [InlineData("""[{"role":"user","content":[{"type":"text","text":"hello world","cache_control":{"type":"ephemeral"}}]}]""", 2 + 3)]
    [InlineData("""[{"role":"user","content":"hello world"},{"role":"assistant","content":"hello world"},{"role":"user","content":"hello world"}]""", 6 + 9)]
    [InlineData("""[{"role":"user","content":[{"type":"image","source":{"type":"base64","media_type":"image/png","data":"AAAA"}},{"type":"text","text":"hello world"}]}]""", 2 + 3 + 1500)]
    [InlineData("""[{"role":"user","content":[{"type":"document","source":{"type":"text","media_type":"text/plain","data":"hello world"}}]}]""", 2 + 3)]
    public async Task CountAsync_Prompt_IsItsTextsTurnsAndMedia(string messages, int expected)
    {
        Assert.Equal(expected, await CountAsync($$"""{"model":"claude-sonnet-4-5","messages":{{messages}}}"""));
        Assert.Equal(expected, await CountAsync($$"""{"model":"openai:gpt-4","messages":{{messages}}}"""));
    }

    [Fact]
    public async Task CountAsync_SystemAndTools_AreReadToo()
    {
        const string Turn = """ "model":"auto","messages":[{"role":"user","content":"hello world"}] """;
        var plain = await CountAsync("{" + Turn + "}");
        Assert.Equal(plain + 2, await CountAsync("""{"system":"hello world",""" + Turn + "}"));
        Assert.InRange(await CountAsync("""{"tools":[{"name":"get_weather","input_schema":{"type":"object","properties":{"city":{"type":"string"}}}}],""" + Turn + "}"), plain + 15, plain + 40);
    }

    [Fact]
    public async Task CountAsync_OtherScripts_CountMoreThanAFourthOfTheirCharacters()
    {
        var counted = await CountAsync("""{"model":"auto","messages":[{"role":"user","content":"Быть или не быть, вот в чём вопрос"}]}""");
        Assert.InRange(counted, 10, 20);
    }

    [Theory]
    [InlineData("a")]
    [InlineData("hello world ")]
    [InlineData("\ud83d\ude00")]
    public async Task CountAsync_LongText_TakesNoTimeOutOfProportion(string piece)
    {
        var text = string.Concat(Enumerable.Repeat(piece, 500_000 / piece.Length));
        var before = Stopwatch.GetTimestamp();
        var tokens = await CountAsync($$"""{"model":"auto","messages":[{"role":"user","content":"{{text}}"}]}""");
        Assert.InRange(tokens, text.Length / 20, text.Length * 2);
        Assert.True(Stopwatch.GetElapsedTime(before) < TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task CountAsync_LongerThanTheBound_CountsTheRestAsTheBeginning()
    {
        var long1 = await CountAsync(Body(1_000_000));
        var long2 = await CountAsync(Body(2_000_000));
        Assert.InRange(long2, (long1 * 2) - 100, (long1 * 2) + 100);

        static string Body(int length) =>
            $$"""{"model":"auto","messages":[{"role":"user","content":"{{string.Concat(Enumerable.Repeat("hello world ", length / 12))}}"}]}""";
    }

    [Fact]
    public async Task TryEstimate_Loaded_CountsTextAndScalesTheRestOfIt()
    {
        var request = UpstreamFixture.Request(
            """{"model":"auto","messages":[{"role":"user","content":[{"type":"text","text":"hello world"},{"type":"image_url","image_url":{"url":"https://e/x.png","detail":"low"}}]}]}""");
        await CountAsync("""{"model":"auto","messages":[{"role":"user","content":"hello world"}]}""");

        var usage = Counter.TryEstimate(request, "llama-3", "hello world", 11);
        Assert.Equal(new TokenUsage { Input = 2 + 3 + 1500, Output = 2, Source = UsageSource.Estimated }, usage);
        Assert.Equal(20, Counter.TryEstimate(request, "llama-3", "hello world", 110)!.Value.Output);
        Assert.Equal(0, Counter.TryEstimate(request, "llama-3", "", 0)!.Value.Output);

        // Content came and its text was not kept: nothing to count.
        Assert.Null(Counter.TryEstimate(request, "llama-3", "", 11));
    }

    [Fact]
    public void TryEstimate_NotLoadedYet_IsNull() =>
        Assert.Null(new TokenCounter().TryEstimate(UpstreamFixture.Request(), "llama-3", "hello world", 11));

    [Fact]
    public void AnswerText_Chunks_AreTheirTextsBounded()
    {
        using var text = new AnswerText();
        text.Add("""{"id":"x","choices":[{"delta":{"role":"assistant","content":"hel\u006co"},"finish_reason":null}]}"""u8);
        text.Add("""{"choices":[{"delta":{"tool_calls":[{"id":"t","function":{"name":"f","arguments":"{}"}}],"reasoning_content":"hm"}}]}"""u8);
        text.Add("""{"choices":[{"delta":{"content":"half \ud800"}}]}"""u8);
        text.Add("no json"u8);
        text.Add("""{"choices":[{"text":"!"}]}"""u8);
        Assert.Equal("hello{}hm!", text.Text.ToString());

        var longText = JsonSerializer.SerializeToUtf8Bytes(new { content = new string('a', 40_000) });
        text.Add(longText);
        text.Add(longText);
        text.Add(longText);
        Assert.Equal(AnswerText.MaxLength, text.Text.Length);
    }

    [Theory]
    [InlineData("gpt-4", true)]
    [InlineData("openai:gpt-4-turbo", true)]
    [InlineData("gpt-3.5-turbo", true)]
    [InlineData("gpt-4o", false)]
    [InlineData("gpt-4.1", false)]
    [InlineData("claude-sonnet-4-5", false)]
    [InlineData("auto", false)]
    [InlineData(null, false)]
    public void IsOlder_Model_DecidesTheEncoding(string? model, bool older) => Assert.Equal(older, TokenCounter.IsOlder(model));

    private static async Task<long> CountAsync(string body)
    {
        Assert.True(MessagesRequestReader.TryReadForCount(Encoding.UTF8.GetBytes(body), out var request, out var defect), defect?.Message);
        return await Counter.CountAsync(request, CancellationToken.None);
    }
}
