using System.Net;
using System.Text.Json;
using BeastOrleans.Simulator;
using Xunit;

namespace BeastOrleans.GatewayTests.Forwarding;

/// <summary>Where the dialects agree, bytes pass: what the gateway does not understand it does not change.</summary>
[Collection(GatewayCollection.Name)]
public sealed class BytesTests(GatewayFixture fixture)
{
    private const string AskedUsage = "\"stream_options\":{\"include_usage\":true}";

    [Fact]
    public async Task TheRequestReachesTheUpstreamUntouchedButForTheModelsName()
    {
        const string Body = "{ \"x_vendor\":{\"a\":[1, 2.50e3, null]},\n\t\"model\" :\t\"auto\" , \"messages\":[ {\"role\":\"user\","
            + "\"content\":\"caf\\u00e9 \\ud83d\\ude00 \\/ \\u0000 é\"} ],\r\n \"temperature\":0.70,\"stream\" : false }";
        await using var scene = await Scene.StartAsync(fixture.Server, new { model = "llama-3" });

        var answer = await scene.PostAsync(Body);

        Assert.Equal(HttpStatusCode.OK, answer.Status);
        Assert.Equal(Body.Replace("\"auto\"", "\"llama-3\"", StringComparison.Ordinal), Assert.Single(scene.Custom.Requests.Snapshot()).Body);
    }

    [Fact]
    public async Task TheCallersKeyAndHeadersStayAtTheGateway()
    {
        await using var scene = await Scene.StartAsync(fixture.Server, new { apiKey = "sk-of-the-custom-model" });

        await scene.ChatAsync(streaming: false, "auto", ("x-beast-tags", "a,b"), ("cookie", "session=1"), ("x-custom", "1"));

        var seen = Assert.Single(scene.Custom.Requests.Snapshot());
        Assert.Equal("Bearer sk-of-the-custom-model", seen.Authorization);
        Assert.DoesNotContain(seen.Headers.Keys, name => name.StartsWith("x-beast", StringComparison.OrdinalIgnoreCase) || name is "cookie" or "x-custom");
    }

    [Fact]
    public async Task TheAnswersBytesAreTheUpstreams()
    {
        const string Body = "{\"id\":\"x\", \"object\":\"chat.completion\",\n \"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\","
            + "\"content\":\"caf\\u00e9  <b>\\/é\"},\"finish_reason\":\"stop\"}],\"vendor\":{ \"z\" :1.0 },\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":2,\"total_tokens\":5}}\n";
        await using var scene = await Scene.StartAsync(fixture.Server);
        scene.Custom.Script(new SimulatorBehavior { RawBody = Body });

        var answer = await scene.ChatAsync(streaming: false);

        Assert.Equal(HttpStatusCode.OK, answer.Status);
        Assert.Equal(Body, answer.Text);
        Assert.Equal("application/json", answer.Header("content-type"));
        Assert.Equal("custom", answer.Header("x-beast-model-type"));
    }

    [Fact]
    public async Task TheStreamsPayloadsAreTheUpstreams()
    {
        string[] payloads =
        [
            """{"id":"x", "choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}]}""",
            """{"id":"x","choices":[{"index":0,"delta":{"content":"caf\u00e9 \n\n data: [DONE]"}}],"obfuscation":"a9"}""",
            """{"id":"x","choices":[{"index":0,"delta":{"content":" é"}}], "vendor":{ "z" :1.0 } }""",
            """{"id":"x","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}""",
        ];
        var stream = $": hello\n\ndata: {payloads[0]}\n\ndata:{payloads[1]}\r\n\r\nid: 7\nevent: message\ndata: {payloads[2]}\n\n: ping\n\ndata: {payloads[3]}\n\ndata: [DONE]\n\n";
        await using var scene = await Scene.StartAsync(fixture.Server);
        scene.Custom.Script(new SimulatorBehavior { RawBody = stream, ContentType = "text/event-stream" });

        var answer = await scene.ChatAsync(streaming: true);

        Assert.Equal(HttpStatusCode.OK, answer.Status);
        Assert.Equal("text/event-stream; charset=utf-8", answer.Header("content-type"));
        Assert.Equal(string.Concat(payloads.Append(Sse.Done).Select(p => $"data: {p}\n\n")), answer.Text);
    }

    [Fact]
    public async Task UsageIsAskedOfTheUpstreamAndHiddenFromAClientThatDidNotAsk()
    {
        await using var scene = await Scene.StartAsync(fixture.Server);
        scene.Custom.Script(new SimulatorBehavior { PromptTokens = 1234, CompletionTokens = 56, CachedTokens = 1000 });

        var answer = await scene.ChatAsync(streaming: true);

        Assert.Contains(AskedUsage, Assert.Single(scene.Custom.Requests.Snapshot()).Body, StringComparison.Ordinal);
        Assert.DoesNotContain("1234", answer.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("\"choices\":[]", answer.Text, StringComparison.Ordinal);
        Assert.Equal(Sse.Done, Sse.Payloads(answer.Text)[^1]);
        var tokens = (await scene.DecisionAsync(answer.Header("x-beast-request-id"))).GetProperty("attempts")[0].GetProperty("tokens");
        Assert.Equal("reported", tokens.GetProperty("source").GetString());
        Assert.Equal(1234, tokens.GetProperty("input").GetInt32());
        Assert.Equal(1000, tokens.GetProperty("cachedInput").GetInt32());
        Assert.Equal(56, tokens.GetProperty("output").GetInt32());
    }

    [Fact]
    public async Task AClientThatAskedForUsageSeesIt()
    {
        await using var scene = await Scene.StartAsync(fixture.Server, new { model = "llama-3" });
        scene.Custom.Script(new SimulatorBehavior { PromptTokens = 1234, CompletionTokens = 56 });
        const string Body = """{"model":"auto","stream":true,"stream_options":{"include_usage":true},"messages":[{"role":"user","content":"Hi"}]}""";

        var answer = await scene.PostAsync(Body);

        Assert.Equal(Body.Replace("auto", "llama-3", StringComparison.Ordinal), Assert.Single(scene.Custom.Requests.Snapshot()).Body);
        var usage = Assert.Single(Sse.Payloads(answer.Text), p => p.Contains("\"choices\":[]", StringComparison.Ordinal));
        Assert.Equal(1234, JsonSerializer.Deserialize<JsonElement>(usage).GetProperty("usage").GetProperty("prompt_tokens").GetInt32());
    }

    [Fact]
    public async Task OtherStreamOptionsOfTheClientAreKept()
    {
        await using var scene = await Scene.StartAsync(fixture.Server);

        var answer = await scene.PostAsync(
            """{"model":"auto","stream":true,"stream_options":{"include_usage":false,"include_obfuscation":false},"messages":[{"role":"user","content":"Hi"}]}""");

        var seen = JsonSerializer.Deserialize<JsonElement>(Assert.Single(scene.Custom.Requests.Snapshot()).Body).GetProperty("stream_options");
        Assert.True(seen.GetProperty("include_usage").GetBoolean());
        Assert.False(seen.GetProperty("include_obfuscation").GetBoolean());
        Assert.DoesNotContain("\"choices\":[]", answer.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AnUpstreamThatRefusesStreamOptionsIsAskedOnceMoreWithoutAndRemembered()
    {
        await using var scene = await Scene.StartAsync(fixture.Server, customOptions: new SimulatorOptions { RefuseStreamOptions = true });

        var first = await scene.ChatAsync(streaming: true);
        var second = await scene.ChatAsync(streaming: true);

        Assert.Equal(HttpStatusCode.OK, first.Status);
        Assert.Equal("custom:mine=other;custom:mine=ok", first.Header("x-beast-attempts"));
        Assert.Null(first.Header("x-beast-fallback-reason"));
        Assert.Equal("custom:mine=ok", second.Header("x-beast-attempts"));
        bool[] carried = [true, false, false];
        Assert.Equal(carried, scene.Custom.Requests.Snapshot().Select(r => r.Body.Contains("stream_options", StringComparison.Ordinal)));
        Assert.Empty(scene.Provider.Requests.Snapshot());
        Assert.Equal("closed", (await scene.CircuitAsync()).GetProperty("state").GetString());
        Assert.Equal(0, (await scene.CircuitAsync()).GetProperty("failures").GetInt32());
    }

    [Fact]
    public async Task AModelWithoutUsageInStreamsIsNeverAskedForIt()
    {
        await using var scene = await Scene.StartAsync(fixture.Server, new { usageInStream = false });

        var answer = await scene.ChatAsync(streaming: true);

        Assert.DoesNotContain("stream_options", Assert.Single(scene.Custom.Requests.Snapshot()).Body, StringComparison.Ordinal);
        var tokens = (await scene.DecisionAsync(answer.Header("x-beast-request-id"))).GetProperty("attempts")[0].GetProperty("tokens");
        Assert.Equal("estimated", tokens.GetProperty("source").GetString());
        Assert.True(tokens.GetProperty("output").GetInt32() > 0);
    }

    [Fact]
    public async Task ARequestThatDoesNotStreamCarriesNoStreamOptions()
    {
        await using var scene = await Scene.StartAsync(fixture.Server);

        await scene.ChatAsync(streaming: false);

        Assert.DoesNotContain("stream_options", Assert.Single(scene.Custom.Requests.Snapshot()).Body, StringComparison.Ordinal);
    }
}
