using System.IO.Compression;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Xunit;
using static BeastOrleans.UnitTests.Simulator.SimulatorClient;

namespace BeastOrleans.UnitTests.Simulator;

public sealed class FaultTests
{
    [Theory]
    [InlineData(429, "rate_limit_exceeded", "rate_limit_error")]
    [InlineData(500, "server_error", "api_error")]
    [InlineData(503, "server_error", "api_error")]
    [InlineData(529, "server_error", "overloaded_error")]
    [InlineData(401, "invalid_api_key", "authentication_error")]
    [InlineData(404, "model_not_found", "not_found_error")]
    public async Task A_status_brings_the_dialects_error_body_and_retry_after(int status, string openAI, string anthropic)
    {
        await using var sim = await StartAsync();
        var script = $$"""{"status":{{status}},"retryAfter":2}""";
        using var response = await sim.SendAsync(Chat, Body(stream: true), script);
        var (_, second) = await sim.PostAsync(Messages, Body(), script);

        Assert.Equal(status, (int)response.StatusCode);
        Assert.Equal(TimeSpan.FromSeconds(2), response.Headers.RetryAfter!.Delta);
        Assert.Contains(openAI, await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal(anthropic, Json(second).GetProperty("error").GetProperty("type").GetString());
    }

    [Fact]
    public async Task An_errors_words_can_be_set()
    {
        await using var sim = await StartAsync();
        var (_, text) = await sim.PostAsync(Chat, Body(), """{"status":400,"errorType":"t","errorCode":"c","errorMessage":"m \"quoted\""}""");
        var error = Json(text).GetProperty("error");

        Assert.Equal(("t", "c", "m \"quoted\""), (error.GetProperty("type").GetString(), error.GetProperty("code").GetString(), error.GetProperty("message").GetString()));
    }

    [Fact]
    public async Task Reset_before_is_a_tcp_reset_without_an_answer()
    {
        await using var sim = await StartAsync();
        var closed = await Assert.ThrowsAsync<HttpRequestException>(() => sim.SendAsync(Chat, Body(), """{"closeBefore":true}"""));
        Assert.Equal(HttpRequestError.ResponseEnded, closed.HttpRequestError);
        var exception = await Assert.ThrowsAsync<HttpRequestException>(() => sim.SendAsync(Chat, Body(), """{"resetBefore":true}"""));

        Assert.Equal(SocketError.ConnectionReset, Assert.IsType<SocketException>(exception.GetBaseException()).SocketErrorCode);
    }

    [Theory]
    [InlineData(Chat)]
    [InlineData(Messages)]
    public async Task Reset_after_n_events_is_a_tcp_reset_behind_them(string path)
    {
        await using var sim = await StartAsync();
        var (text, error) = await sim.ReadUntilBrokenAsync(path, Body(stream: true), """{"resetAfter":2}""");

        Assert.Equal(SocketError.ConnectionReset, Assert.IsType<SocketException>(error!.GetBaseException()).SocketErrorCode);
        Assert.Contains(" answer", text, StringComparison.Ordinal);
        Assert.DoesNotContain(" from", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Chat)]
    [InlineData(Messages)]
    public async Task Cut_after_n_events_is_a_close_inside_the_framing(string path)
    {
        await using var sim = await StartAsync();
        var (text, error) = await sim.ReadUntilBrokenAsync(path, Body(stream: true), """{"cutAfter":2}""");

        Assert.Equal(HttpRequestError.ResponseEnded, error!.HttpRequestError);
        Assert.Contains(" answer", text, StringComparison.Ordinal);
        Assert.DoesNotContain(" from", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Chat)]
    [InlineData(Messages)]
    public async Task End_after_n_events_is_a_clean_end_without_a_finish(string path)
    {
        await using var sim = await StartAsync();
        var (text, error) = await sim.ReadUntilBrokenAsync(path, Body(stream: true), """{"endAfter":2}""");

        Assert.Null(error);
        Assert.EndsWith("\n\n", text, StringComparison.Ordinal);
        Assert.DoesNotContain("[DONE]", text, StringComparison.Ordinal);
        Assert.DoesNotContain("message_stop", text, StringComparison.Ordinal);
        Assert.DoesNotContain("\"stop\"", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("resetAfter", false)]
    [InlineData("cutAfter", false)]
    [InlineData("endAfter", true)]
    public async Task In_a_plain_answer_the_stop_counts_bytes(string field, bool endsCleanly)
    {
        await using var sim = await StartAsync();
        var (text, error) = await sim.ReadUntilBrokenAsync(Chat, Body(), $$"""{"{{field}}":20}""");

        Assert.Equal("{\"id\":\"chatcmpl-sim1\"", text + "\"");
        Assert.Equal(endsCleanly, error is null);
    }

    [Fact]
    public async Task A_truncated_body_announces_more_than_it_sends()
    {
        await using var sim = await StartAsync();
        var (text, error) = await sim.ReadUntilBrokenAsync(Chat, Body(), """{"truncateContentLength":true}""");

        Assert.Equal(HttpRequestError.ResponseEnded, error!.HttpRequestError);
        Assert.Equal(JsonValueKind.Object, Json(text).ValueKind);
    }

    [Fact]
    public async Task A_malformed_event_stands_alone_and_the_rest_goes_on()
    {
        await using var sim = await StartAsync();
        var (_, openAI) = await sim.PostAsync(Chat, Body(stream: true), """{"malformedEventAt":1}""");
        var (_, anthropic) = await sim.PostAsync(Messages, Body(stream: true), """{"malformedJson":true}""");

        Assert.Throws<JsonException>(() => Json(Data(openAI)[2]));
        Assert.Equal(1, Data(openAI)[..^1].Count(data => !IsJson(data)));
        Assert.Equal("[DONE]", Data(openAI)[^1]);
        Assert.Equal(1, Data(anthropic).Count(data => !IsJson(data)));
    }

    [Fact]
    public async Task A_malformed_first_word_after_reasoning_still_has_its_block()
    {
        await using var sim = await StartAsync();
        var (_, text) = await sim.PostAsync(Messages, Body(stream: true), """{"reasoningTokens":1,"tokens":2,"malformedEventAt":1}""");

        Assert.Equal(2, EventNames(text).Count(name => name == "content_block_start"));
        Assert.Equal(2, EventNames(text).Count(name => name == "content_block_stop"));
    }

    [Fact]
    public async Task A_malformed_plain_answer_is_200_with_half_a_body()
    {
        await using var sim = await StartAsync();
        var (status, text) = await sim.PostAsync(Chat, Body(), """{"malformedJson":true}""");

        Assert.Equal(HttpStatusCode.OK, status);
        Assert.StartsWith("{", text, StringComparison.Ordinal);
        Assert.False(IsJson(text));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_page_an_empty_body_and_a_raw_body_replace_the_answer(bool stream)
    {
        await using var sim = await StartAsync();
        using var page = await sim.SendAsync(Chat, Body(stream), """{"html":true,"status":502}""");
        var (emptyStatus, empty) = await sim.PostAsync(Chat, Body(stream), """{"emptyBody":true}""");
        using var raw = await sim.SendAsync(Chat, Body(stream), """{"rawBody":"data: x\n\n","contentType":"text/event-stream"}""");

        Assert.Equal(HttpStatusCode.BadGateway, page.StatusCode);
        Assert.Equal("text/html", page.Content.Headers.ContentType!.MediaType);
        Assert.Contains("<html>", await page.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal((HttpStatusCode.OK, ""), (emptyStatus, empty));
        Assert.Equal("text/event-stream", raw.Content.Headers.ContentType!.MediaType);
        Assert.Equal("data: x\n\n", await raw.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Omit_done_finishes_without_the_terminal_event()
    {
        await using var sim = await StartAsync();
        var (_, openAI) = await sim.PostAsync(Chat, Body(stream: true), """{"omitDone":true}""");
        var (_, anthropic) = await sim.PostAsync(Messages, Body(stream: true), """{"omitDone":true}""");

        Assert.Equal("stop", Json(Data(openAI)[^1]).GetProperty("choices")[0].GetProperty("finish_reason").GetString());
        Assert.Equal("message_delta", EventNames(anthropic)[^1]);
    }

    [Fact]
    public async Task An_error_event_comes_first_or_after_n_events()
    {
        await using var sim = await StartAsync();
        var (status, first) = await sim.PostAsync(Chat, Body(stream: true), """{"errorEventFirst":true,"errorType":"server_error"}""");
        var (_, anthropic) = await sim.PostAsync(Messages, Body(stream: true), """{"errorEventFirst":true,"errorType":"overloaded_error"}""");
        var (_, later) = await sim.PostAsync(Chat, Body(stream: true), """{"errorEventAfter":2}""");

        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Equal("server_error", Json(Assert.Single(Data(first))).GetProperty("error").GetProperty("type").GetString());
        Assert.Equal("error", Assert.Single(EventNames(anthropic)));
        Assert.Equal("overloaded_error", Json(Data(anthropic)[0]).GetProperty("error").GetProperty("type").GetString());
        Assert.Equal(4, Data(later).Length);
        Assert.True(Json(Data(later)[3]).TryGetProperty("error", out _));
    }

    [Theory]
    [InlineData(Chat, true)]
    [InlineData(Chat, false)]
    [InlineData(Messages, true)]
    [InlineData(Messages, false)]
    public async Task No_usage_leaves_it_out_everywhere(string path, bool stream)
    {
        await using var sim = await StartAsync();
        var (_, text) = await sim.PostAsync(path, Body(stream, extra: ""","stream_options":{"include_usage":true}"""), """{"noUsage":true}""");

        Assert.DoesNotContain("usage", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Comments_fill_a_wait_without_ending_it()
    {
        await using var sim = await StartAsync();
        var (_, text) = await sim.PostAsync(Chat, Body(stream: true), """{"firstTokenMs":60,"commentEveryMs":10,"tokens":1}""");

        Assert.StartsWith(": ping\n\n: ping\n\n", text, StringComparison.Ordinal);
        Assert.Equal("[DONE]", Data(text)[^1]);
    }

    [Fact]
    public async Task A_redirect_names_its_location()
    {
        await using var sim = await StartAsync();
        using var response = await sim.SendAsync(Chat, Body(), """{"redirect":"http://127.0.0.1:1/elsewhere"}""");

        Assert.Equal(HttpStatusCode.TemporaryRedirect, response.StatusCode);
        Assert.Equal("http://127.0.0.1:1/elsewhere", response.Headers.Location!.ToString());
    }

    [Fact]
    public async Task A_corrupt_gzip_body_does_not_inflate()
    {
        await using var sim = await StartAsync();
        using var response = await sim.SendAsync(Chat, Body(), """{"gzipCorrupt":true}""");
        await using var inflated = new GZipStream(await response.Content.ReadAsStreamAsync(), CompressionMode.Decompress);

        Assert.Equal("gzip", Assert.Single(response.Content.Headers.ContentEncoding));
        await Assert.ThrowsAsync<InvalidDataException>(async () => await inflated.ReadExactlyAsync(new byte[1]));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Invalid_utf8_reaches_the_wire(bool stream)
    {
        await using var sim = await StartAsync();
        using var response = await sim.SendAsync(Chat, Body(stream), """{"invalidUtf8":true}""");
        var bytes = await response.Content.ReadAsByteArrayAsync();

        Assert.Throws<DecoderFallbackException>(() => new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(bytes));
    }

    [Fact]
    public async Task A_huge_line_and_a_huge_header_have_the_asked_size()
    {
        await using var sim = await StartAsync();
        using var response = await sim.SendAsync(Chat, Body(stream: true), """{"hugeLineBytes":3000000,"hugeHeaderBytes":100000}""");
        var text = await response.Content.ReadAsStringAsync();

        Assert.Equal(100_000, response.Headers.GetValues("x-sim-padding").Single().Length);
        Assert.InRange(text.Split('\n').Max(line => line.Length), 3_000_000, 3_001_000);
        Assert.Equal("[DONE]", Data(text)[^1]);
    }

    [Fact]
    public async Task Content_type_and_headers_can_be_overridden()
    {
        await using var sim = await StartAsync();
        using var response = await sim.SendAsync(Chat, Body(stream: true), """{"contentType":"application/octet-stream","headers":{"x-ratelimit-remaining-requests":"0"}}""");

        Assert.Equal("application/octet-stream", response.Content.Headers.ContentType!.MediaType);
        Assert.Equal("0", response.Headers.GetValues("x-ratelimit-remaining-requests").Single());
    }

    private static bool IsJson(string text)
    {
        try
        {
            Json(text);
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
