using System.IO.Compression;
using System.Text;
using BeastOrleans.Contracts.Endpoints;
using BeastOrleans.Contracts.Usage;
using Xunit;

namespace BeastOrleans.UnitTests.Upstreams;

public sealed class OpenAIUpstreamTests
{
    internal const string Answer =
        """{"id":"x","choices":[{"index":0,"message":{"role":"assistant","content":"hi"},"finish_reason":"stop"}],"usage":{"prompt_tokens":10,"completion_tokens":4,"prompt_tokens_details":{"cached_tokens":3},"completion_tokens_details":{"reasoning_tokens":2}},"extra": 1}""";

    [Fact]
    public async Task SendAsync_WholeAnswer_ComesUntouchedWithItsUsage()
    {
        await using var server = ScriptedServer.AnsweringBody(Answer);
        using var fixture = new UpstreamFixture();
        var reply = await fixture.SendAsync(UpstreamFixture.Target(new Uri(server.BaseUrl + "/")));
        Assert.Null(reply.Failure);
        Assert.Equal(Answer, Encoding.UTF8.GetString(reply.Body.Span));
        Assert.Equal(new TokenUsage { Input = 10, Output = 4, CachedInput = 3, Reasoning = 2, Source = UsageSource.Reported }, reply.Usage);

        Assert.True(server.Requests.TryDequeue(out var request));
        Assert.StartsWith("POST /v1/chat/completions HTTP/1.1\r\n", request, StringComparison.Ordinal);
        Assert.Contains("Authorization: Bearer " + UpstreamFixture.Key, request, StringComparison.Ordinal);
        Assert.Contains("Accept-Encoding: identity", request, StringComparison.Ordinal);
        Assert.Contains("User-Agent: BeastOrleans", request, StringComparison.Ordinal);
        Assert.Contains("Content-Length: ", request, StringComparison.Ordinal);
        Assert.DoesNotContain("chunked", request, StringComparison.Ordinal);
        Assert.EndsWith("""{"model":"target-model","messages":[{"role":"user","content":"hi"}],"stream":false}""", request, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"choices":[]}""")]
    [InlineData("""{"choices":[{"message":null,"finish_reason":"stop"}]}""")]
    [InlineData("""{"choices":[{"message":{"role":"assistant","content":""},"finish_reason":null}]}""")]
    [InlineData("""{"choices":[{"message":{"content":"x"},"finish_reason":"stop"}]""")]
    [InlineData("""{"id":"x"}""")]
    [InlineData("""[]""")]
    [InlineData("<!doctype html><html>Bad gateway</html>")]
    [InlineData("")]
    public async Task SendAsync_MalformedAnswer_IsSick(string body)
    {
        await using var server = ScriptedServer.AnsweringBody(body);
        using var fixture = new UpstreamFixture();
        var failure = (await fixture.SendAsync(UpstreamFixture.Target(server.BaseUrl))).Failure;
        Assert.Equal((OutcomeClass.Sick, FailureReason.Other, 200), (failure?.Class, failure?.Reason, failure?.Status));
    }

    [Fact]
    public async Task SendAsync_AnswerWithoutUsage_CountsItsContentAndNothingElse()
    {
        await using var server = ScriptedServer.AnsweringBody(
            """{"id":"a long id that is no content","choices":[{"index":0,"message":{"role":"assistant","content":"h\u00e9llo","reasoning_content":"hm","tool_calls":[{"id":"t","function":{"name":"f","arguments":"{}"}}]},"finish_reason":"stop"},{"index":1,"message":{"role":"assistant","content":"two"},"finish_reason":"stop"}]}""");
        using var fixture = new UpstreamFixture();
        var reply = await fixture.SendAsync(UpstreamFixture.Target(server.BaseUrl));
        Assert.Equal((UsageSource.None, 5 + 2 + 1 + 2 + 3), (reply.Usage.Source, reply.ContentCharacters));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task SendAsync_ErrorInA200_IsClassified(bool stream)
    {
        await using var server = ScriptedServer.AnsweringBody("""{"error":{"message":"busy","code":"rate_limit_exceeded"}}""");
        using var fixture = new UpstreamFixture();
        var reply = await fixture.SendAsync(UpstreamFixture.Target(server.BaseUrl), UpstreamFixture.Request(stream));
        Assert.Equal((OutcomeClass.Overload, "busy"), (reply.Failure?.Class, reply.Failure?.Message));
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("deflate")]
    [InlineData("br")]
    public async Task SendAsync_CompressedAnyway_IsDecoded(string encoding)
    {
        var packed = new MemoryStream();
        await using (Stream packer = encoding switch
        {
            "gzip" => new GZipStream(packed, CompressionMode.Compress, leaveOpen: true),
            "deflate" => new ZLibStream(packed, CompressionMode.Compress, leaveOpen: true),
            _ => new BrotliStream(packed, CompressionMode.Compress, leaveOpen: true),
        })
        {
            await packer.WriteAsync(Encoding.UTF8.GetBytes(Answer));
        }

        await using var server = new ScriptedServer(async connection =>
        {
            await connection.ReadRequestAsync();
            await connection.WriteAsync(ScriptedServer.Head(200, "application/json", (int)packed.Length, $"Content-Encoding: {encoding}\r\n"));
            await connection.WriteAsync(packed.ToArray());
        });
        using var fixture = new UpstreamFixture();
        var reply = await fixture.SendAsync(UpstreamFixture.Target(server.BaseUrl));
        Assert.Equal(Answer, Encoding.UTF8.GetString(reply.Body.Span));
    }

    [Fact]
    public async Task SendAsync_DecompressionBomb_StopsAtTheBound()
    {
        var packed = new MemoryStream();
        await using (var packer = new GZipStream(packed, CompressionLevel.Optimal, leaveOpen: true))
        {
            var zeros = new byte[1024 * 1024];
            for (var count = 0; count < 40; count++)
            {
                await packer.WriteAsync(zeros);
            }
        }

        await using var server = new ScriptedServer(async connection =>
        {
            await connection.ReadRequestAsync();
            await connection.WriteAsync(ScriptedServer.Head(200, "application/json", (int)packed.Length, "Content-Encoding: gzip\r\n"));
            await connection.WriteAsync(packed.ToArray());
        });
        using var fixture = new UpstreamFixture();
        var failure = (await fixture.SendAsync(UpstreamFixture.Target(server.BaseUrl))).Failure;
        Assert.Equal(OutcomeClass.Sick, failure?.Class);
        Assert.Contains("longer than", failure!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task SendAsync_CallersMistake_CarriesTheScrubbedBody()
    {
        await using var server = ScriptedServer.AnsweringBody(
            $$$"""{"error":{"message":"bad {{{UpstreamFixture.Key}}} thing","type":"invalid_request_error","param":"x","code":null}}""", 400);
        using var fixture = new UpstreamFixture();
        var failure = (await fixture.SendAsync(UpstreamFixture.Target(server.BaseUrl))).Failure;
        Assert.Equal(OutcomeClass.Caller, failure?.Class);
        Assert.Equal(
            """{"error":{"message":"bad [redacted] thing","type":"invalid_request_error","param":"x","code":null}}""",
            Encoding.UTF8.GetString(failure!.Body.Span));
    }

    [Theory]
    [InlineData(401, "", OutcomeClass.Credential)]
    [InlineData(302, "Location: http://127.0.0.1:1/\r\n", OutcomeClass.Sick)]
    [InlineData(429, "Retry-After: 7\r\n", OutcomeClass.Overload)]
    [InlineData(503, "Retry-After: 7\r\n", OutcomeClass.Overload)]
    public async Task SendAsync_BadStatus_IsClassifiedAndScrubbed(int status, string headers, OutcomeClass outcome)
    {
        await using var server = ScriptedServer.AnsweringBody($$$"""{"error":{"message":"key {{{UpstreamFixture.Key}}}"}}""", status, headers: headers);
        using var fixture = new UpstreamFixture();
        var failure = (await fixture.SendAsync(UpstreamFixture.Target(server.BaseUrl))).Failure;
        Assert.Equal(outcome, failure?.Class);
        Assert.Equal("key [redacted]", failure!.Message);
        Assert.Equal(headers.StartsWith("Retry", StringComparison.Ordinal) ? TimeSpan.FromSeconds(7) : null, failure.RetryAfter);
    }

    [Fact]
    public async Task SendAsync_StreamOptionsRefused_SaysSo()
    {
        await using var server = ScriptedServer.AnsweringBody("""{"error":{"message":"unknown field","param":"stream_options"}}""", 400);
        using var fixture = new UpstreamFixture();
        var target = UpstreamFixture.Target(server.BaseUrl);
        Assert.True((await fixture.SendAsync(target, UpstreamFixture.Request(stream: true))).Failure?.RefusedStreamOptions);
        Assert.False((await fixture.SendAsync(target, UpstreamFixture.Request(stream: false))).Failure?.RefusedStreamOptions);

        // The client's own words are the client's mistake, unless they are exactly what we would have said.
        Assert.True((await fixture.SendAsync(target, UpstreamFixture.Request(stream: true, ",\"stream_options\":{\"include_usage\":true}"))).Failure?.RefusedStreamOptions);
        Assert.False((await fixture.SendAsync(target, UpstreamFixture.Request(stream: true, ",\"stream_options\":{\"include_usage\":true,\"x\":1}"))).Failure?.RefusedStreamOptions);
        Assert.False((await fixture.SendAsync(target, UpstreamFixture.Request(stream: true, ",\"stream_options\":{\"x\":1}"))).Failure?.RefusedStreamOptions);
        await fixture.SendAsync(target with { UsageInStream = false }, UpstreamFixture.Request(stream: true, ",\"stream_options\":{\"include_usage\":true}"));
        Assert.Contains("stream_options", server.Requests.First(), StringComparison.Ordinal);
        Assert.DoesNotContain("stream_options", server.Requests.Last(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task SendAsync_KeyThatNoHeaderCanCarry_IsConfig()
    {
        using var fixture = new UpstreamFixture();
        var target = UpstreamFixture.Target(new Uri("http://127.0.0.1:1/v1")) with { ApiKey = "a\r\nX-Evil: 1" };
        Assert.Equal(OutcomeClass.Config, (await fixture.SendAsync(target)).Failure?.Class);
    }
}
