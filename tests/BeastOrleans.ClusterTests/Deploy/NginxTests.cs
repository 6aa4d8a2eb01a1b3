using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using BeastOrleans.ClusterTests.Gateways;
using BeastOrleans.Simulator;
using BeastOrleans.Testing;
using Microsoft.AspNetCore.Http;

namespace BeastOrleans.ClusterTests.Deploy;

/// <summary>The nginx configuration that we ship, in a real nginx before real gateways.</summary>
[Collection(GatewayClusterCollection.Name)]
public sealed class NginxTests(GatewayClusterFixture fixture)
{
    /// <summary>A second is the gateway's own promise; the rest is nginx and a busy machine.</summary>
    private static readonly TimeSpan AboutASecond = TimeSpan.FromSeconds(1.5);

    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(10);

    [Fact]
    public async Task The_shipped_configuration_is_valid()
    {
        var (code, output) = await NginxProcess.CheckAsync();

        Assert.True(code == 0, output);
        Assert.DoesNotContain("[warn]", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_slip_in_the_configuration_is_found()
    {
        var (code, output) = await NginxProcess.CheckAsync(text => text.Replace("send_timeout", "send_timout", StringComparison.Ordinal));

        Assert.NotEqual(0, code);
        Assert.Contains("send_timout", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/v1/chat/completions", "chat.completion.chunk")]
    [InlineData("/v1/messages", "content_block_delta")]
    public async Task Events_arrive_while_the_upstream_is_still_writing_and_a_client_that_leaves_frees_it(string path, string mark)
    {
        await using var scene = await GatewayScene.StartAsync(fixture.Cluster);
        await using var nginx = await BeforeGatewaysAsync();
        scene.Custom.Script(new SimulatorBehavior { StallAfter = 3 });
        using var request = NewRequest(await scene.CreateKeyAsync("alice"), path, ChatBody("Hello", stream: true));

        using var response = await nginx.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        var seen = await scene.Custom.Requests.WaitForAsync(_ => true, CancellationToken.None).WaitAsync(Eventually.DefaultLimit);
        using var client = new CancellationTokenSource();
        await using var body = await response.Content.ReadAsStreamAsync();
        await ReadUntilAsync(body, mark);
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType!.MediaType);
        Assert.False(seen.WhenFinished.IsCompleted);

        var reading = body.CopyToAsync(Stream.Null, client.Token);
        await client.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading);
        await seen.WhenFinished.WaitAsync(AboutASecond);

        Assert.True(seen.Aborted);
    }

    /// <summary>
    /// A gateway says so itself, in a header (x-accel-buffering), and what is chunked nginx passes on at once even while it
    /// buffers: this is about the configuration alone.
    /// </summary>
    [Fact]
    public async Task The_configuration_itself_holds_no_event_back()
    {
        await using var upstream = await RecordingUpstream.StartAsync(async http =>
        {
            http.Response.ContentType = "text/event-stream";
            http.Response.ContentLength = 1000;
            await http.Response.WriteAsync("data: first\n\n");
            await http.Response.Body.FlushAsync();
            await Task.Delay(Timeout.InfiniteTimeSpan, http.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        });
        await using var nginx = await NginxProcess.StartAsync(upstream.Port, upstream.Port, upstream.Port);
        using var request = NewRequest("bst_x", "/v1/chat/completions", ChatBody("Hello", stream: true));

        using var response = await nginx.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead).WaitAsync(Soon);
        await using var body = await response.Content.ReadAsStreamAsync();
        await ReadUntilAsync(body, "data: first").WaitAsync(Soon);
    }

    /// <summary>The body goes on while the client is still sending it, so it needs no place on this machine's disk.</summary>
    [Fact]
    public async Task A_request_reaches_the_gateway_while_the_client_is_still_sending_it()
    {
        var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var upstream = await RecordingUpstream.StartAsync(onBegin: begun.SetResult);
        await using var nginx = await NginxProcess.StartAsync(upstream.Port, upstream.Port, upstream.Port);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions") { Content = new HeldContent(begun.Task) };

        using var response = await nginx.Http.SendAsync(request).WaitAsync(Soon);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Fact]
    public async Task A_client_that_leaves_before_the_answer_frees_the_upstream()
    {
        await using var scene = await GatewayScene.StartAsync(fixture.Cluster);
        await using var nginx = await BeforeGatewaysAsync();
        scene.Custom.Script(new SimulatorBehavior { Hang = true });
        using var request = NewRequest(await scene.CreateKeyAsync("alice"), "/v1/chat/completions", ChatBody("Hello", stream: false));
        using var client = new CancellationTokenSource();

        var sending = nginx.Http.SendAsync(request, client.Token);
        var seen = await scene.Custom.Requests.WaitForAsync(_ => true, CancellationToken.None).WaitAsync(Eventually.DefaultLimit);
        await client.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sending);
        await seen.WhenFinished.WaitAsync(AboutASecond);

        Assert.True(seen.Aborted);
    }

    [Fact]
    public async Task A_gateway_that_dies_costs_the_next_requests_nothing()
    {
        await using var scene = await GatewayScene.StartAsync(fixture.Cluster);
        var doomed = await BeastGatewayNode.StartAsync(fixture.Cluster.At(2));
        await using var nginx = await NginxProcess.StartAsync(PortOf(0), PortOf(1), doomed.Http.BaseAddress!.Port);
        var key = await scene.CreateKeyAsync("alice");
        for (var i = 0; i < 6; i++)
        {
            Assert.Equal(HttpStatusCode.OK, (await ChatAsync(nginx, key)).Status);
        }

        await doomed.DisposeAsync();

        for (var i = 0; i < 12; i++)
        {
            var answer = await ChatAsync(nginx, key);
            Assert.True(answer.Status == HttpStatusCode.OK, answer.Text);
        }

        Assert.Equal(18, scene.CustomCalls);
    }

    [Theory]
    [InlineData(9_900_000, HttpStatusCode.OK)]
    [InlineData(10_200_000, HttpStatusCode.RequestEntityTooLarge)]
    [InlineData(12_000_000, HttpStatusCode.RequestEntityTooLarge)]
    public async Task Ten_megabytes_are_taken_and_more_is_refused_in_the_clients_shape(int bytes, HttpStatusCode status)
    {
        await using var scene = await GatewayScene.StartAsync(fixture.Cluster);
        await using var nginx = await BeforeGatewaysAsync();
        using var request = NewRequest(await scene.CreateKeyAsync("alice"), "/v1/chat/completions", ChatBody(new string('x', bytes), stream: false));

        using var response = await nginx.Http.SendAsync(request);
        var answer = await ApiAnswer.ReadAsync(response);

        Assert.True(status == answer.Status, answer.Text[..Math.Min(answer.Text.Length, 1000)]);
        Assert.Equal(status == HttpStatusCode.OK ? 1 : 0, scene.CustomCalls);
        if (status != HttpStatusCode.OK)
        {
            Assert.Equal("request_too_large", answer.Json.GetProperty("error").GetProperty("code").GetString());
        }
    }

    [Fact]
    public async Task Gateways_get_the_path_as_it_was_asked_over_kept_connections_and_the_true_client()
    {
        await using var upstream = await RecordingUpstream.StartAsync();
        await using var nginx = await NginxProcess.StartAsync(upstream.Port, upstream.Port, upstream.Port);
        const string Path = "/admin/v1/endpoints/openai%3Agpt%2F4/circuit?tenant=acme";
        for (var i = 0; i < 20; i++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, Path);
            request.Headers.Add("X-Forwarded-For", "203.0.113.9");
            request.Headers.Add("X-Forwarded-Proto", "https");
            using var response = await nginx.Http.SendAsync(request);
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        }

        Assert.Equal(20, upstream.Requests.Count);
        Assert.All(upstream.Requests, seen =>
        {
            Assert.Equal(Path, seen.Target);
            Assert.Equal("HTTP/1.1", seen.Protocol);
            Assert.Equal("127.0.0.1", seen.Headers["X-Forwarded-For"]);
            Assert.Equal("http", seen.Headers["X-Forwarded-Proto"]);
            Assert.DoesNotContain("close", seen.Headers.GetValueOrDefault("Connection") ?? "", StringComparison.OrdinalIgnoreCase);
        });

        // Three servers in two worker processes: kept connections are at most so many, others would be twenty.
        Assert.InRange(upstream.Requests.Select(seen => seen.Connection).Distinct().Count(), 1, 6);
    }

    [Fact]
    public async Task A_post_that_a_gateway_took_is_never_sent_to_another()
    {
        await using var first = await RecordingUpstream.StartAsync(HangUp);
        await using var second = await RecordingUpstream.StartAsync(HangUp);
        await using var nginx = await NginxProcess.StartAsync(first.Port, second.Port, first.Port);
        using var request = NewRequest("bst_x", "/v1/chat/completions", ChatBody("Hello", stream: false));

        using var response = await nginx.Http.SendAsync(request);
        var answer = await ApiAnswer.ReadAsync(response);

        Assert.Equal(HttpStatusCode.BadGateway, answer.Status);
        Assert.Equal("gateway_unreachable", answer.Json.GetProperty("error").GetProperty("code").GetString());
        Assert.Equal("1", answer.Header("Retry-After"));
        Assert.Equal(1, first.Requests.Count + second.Requests.Count);
    }

    private static Task HangUp(HttpContext http)
    {
        http.Abort();
        return Task.CompletedTask;
    }

    private int PortOf(int gateway) => fixture.Cluster.Gateways[gateway].Http.BaseAddress!.Port;

    /// <summary>Two gateways, and a third that is not there.</summary>
    private Task<NginxProcess> BeforeGatewaysAsync() => NginxProcess.StartAsync(PortOf(0), PortOf(1), BeastServer.FreePorts(1)[0]);

    private static async Task<ApiAnswer> ChatAsync(NginxProcess nginx, string key)
    {
        using var request = NewRequest(key, "/v1/chat/completions", ChatBody("Hello", stream: false));
        using var response = await nginx.Http.SendAsync(request);
        return await ApiAnswer.ReadAsync(response);
    }

    private static object ChatBody(string text, bool stream) =>
        new { model = "auto", stream, max_tokens = 64, messages = new[] { new { role = "user", content = text } } };

    private static HttpRequestMessage NewRequest(string key, string path, object body)
    {
        // With a length, as SDKs send it.
        var content = new ByteArrayContent(JsonSerializer.SerializeToUtf8Bytes(body));
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = content };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        return request;
    }

    private static async Task ReadUntilAsync(Stream body, string text)
    {
        var read = new StringBuilder();
        var buffer = new byte[4096];
        while (!read.ToString().Contains(text, StringComparison.Ordinal))
        {
            var count = await body.ReadAsync(buffer).AsTask().WaitAsync(Eventually.DefaultLimit);
            Assert.True(count > 0, $"The stream ended before '{text}': {read}");
            read.Append(Encoding.UTF8.GetString(buffer, 0, count));
        }
    }

    /// <summary>Sends one part, and the other only when the first has arrived.</summary>
    private sealed class HeldContent(Task arrived) : HttpContent
    {
        private static readonly byte[] Part = new byte[100_000];

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            await stream.WriteAsync(Part);
            await stream.FlushAsync();
            await arrived;
            await stream.WriteAsync(Part);
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 2 * Part.Length;
            return true;
        }
    }
}
