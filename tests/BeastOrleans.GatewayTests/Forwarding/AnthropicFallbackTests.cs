using System.Net;
using System.Text.Json;
using BeastOrleans.Simulator;
using Xunit;

namespace BeastOrleans.GatewayTests.Forwarding;

/// <summary>A client of OpenAI's dialect does not notice that Anthropic answered.</summary>
[Collection(GatewayCollection.Name)]
public sealed class AnthropicFallbackTests(GatewayFixture fixture)
{
    private const string Served = "anthropic:claude-sonnet-4-5";

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task AnthropicAnswersForAFailedCustomModelInOpenAIsDialect(bool streaming)
    {
        await using var scene = await Scene.StartAsync(fixture.Server, provider: false);
        await scene.Tenant.PutProviderAsync("anthropic", scene.Provider.BaseUrl, "sk-ant-simulated-0123456789");
        await scene.Custom.StopAsync();

        var answer = await scene.PostAsync(new
        {
            model = "auto",
            stream = streaming,
            max_tokens = 100,
            stop = "END",
            messages = new[] { new { role = "system", content = "Be brief." }, new { role = "user", content = "Hello" } },
        });

        Assert.Equal(HttpStatusCode.OK, answer.Status);
        Assert.Equal(Served, answer.Header("x-beast-model"));
        Assert.Equal("network", answer.Header("x-beast-fallback-reason"));
        Assert.Equal(Scene.TextFrom("claude-sonnet-4-5"), Scene.TextOf(answer, streaming));
        Assert.Contains("\"finish_reason\":\"stop\"", answer.Text, StringComparison.Ordinal);
        if (streaming)
        {
            Assert.Equal(Sse.Done, Sse.Payloads(answer.Text)[^1]);
            Assert.DoesNotContain("\"choices\":[]", answer.Text, StringComparison.Ordinal);
        }
        else
        {
            Assert.Equal("chat.completion", answer.Json.GetProperty("object").GetString());
            Assert.Equal(16, answer.Json.GetProperty("usage").GetProperty("completion_tokens").GetInt32());
        }

        var seen = Assert.Single(scene.Provider.Requests.Snapshot());
        Assert.Equal("/v1/messages", seen.Path);
        Assert.Equal("sk-ant-simulated-0123456789", seen.Headers["x-api-key"]);
        Assert.True(seen.Headers.ContainsKey("anthropic-version"));
        var body = JsonSerializer.Deserialize<JsonElement>(seen.Body);
        Assert.Equal("Be brief.", body.GetProperty("system")[0].GetProperty("text").GetString());
        Assert.Equal("END", Assert.Single(body.GetProperty("stop_sequences").EnumerateArray()).GetString());
        Assert.Equal(100, body.GetProperty("max_tokens").GetInt32());
        Assert.Equal("user", Assert.Single(body.GetProperty("messages").EnumerateArray()).GetProperty("role").GetString());
        var record = await scene.DecisionAsync(answer.Header("x-beast-request-id"));
        Assert.Equal(16, record.GetProperty("attempts")[1].GetProperty("tokens").GetProperty("output").GetInt32());
        Assert.True(record.GetProperty("costUsd").GetDecimal() > 0);
    }

    [Fact]
    public async Task AnAnthropicStreamCutInMidAnswerEndsInOpenAIsTypedError()
    {
        await using var scene = await Scene.StartAsync(fixture.Server, custom: false, provider: false);
        await scene.Tenant.PutProviderAsync("anthropic", scene.Provider.BaseUrl);
        scene.Provider.Script(new SimulatorBehavior { ResetAfter = 3 });

        var answer = await scene.ChatAsync(streaming: true);

        var payloads = Sse.Payloads(answer.Text);
        Assert.Equal("Simulated answer from", Sse.TextOf(payloads[..^1]));
        Assert.Contains("upstream_stream_interrupted", payloads[^1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task AnOverloadedAnthropicIsOverload()
    {
        await using var scene = await Scene.StartAsync(fixture.Server, custom: false, provider: false);
        await scene.Tenant.PutProviderAsync("anthropic", scene.Provider.BaseUrl);
        scene.Provider.Script(new SimulatorBehavior { Status = 529, ErrorType = "overloaded_error" });

        var answer = await scene.ChatAsync(streaming: false);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.Status);
        Assert.Equal("anthropic:claude-sonnet-4-5=overload", answer.Header("x-beast-attempts"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task ToolsAreSentInAnthropicsWords(bool streaming)
    {
        await using var scene = await Scene.StartAsync(fixture.Server, custom: false, provider: false);
        await scene.Tenant.PutProviderAsync("anthropic", scene.Provider.BaseUrl);

        var answer = await scene.PostAsync(ToolsBody(streaming));

        Assert.Equal(HttpStatusCode.OK, answer.Status);
        var body = JsonSerializer.Deserialize<JsonElement>(Assert.Single(scene.Provider.Requests.Snapshot()).Body);
        Assert.Equal("object", body.GetProperty("tools")[0].GetProperty("input_schema").GetProperty("type").GetString());
    }

    [Fact]
    public async Task ToolsGoToTheFirstOfThePolicy()
    {
        await using var scene = await Scene.StartAsync(fixture.Server, custom: false);
        await scene.Tenant.PutProviderAsync("anthropic", scene.Provider.BaseUrl);
        (await scene.Tenant.SendAsync(HttpMethod.Put, "/api/policy", new { fallbacks = new[] { Served, Scene.ProviderId } })).Require(HttpStatusCode.OK);

        var answer = await scene.PostAsync(ToolsBody(streaming: false));

        Assert.Equal(HttpStatusCode.OK, answer.Status);
        Assert.Equal(Served, answer.Header("x-beast-model"));
        Assert.Equal("/v1/messages", Assert.Single(scene.Provider.Requests.Snapshot()).Path);
    }

    private static object ToolsBody(bool streaming) => new
    {
        model = "auto",
        stream = streaming,
        messages = new[] { new { role = "user", content = "Hello" } },
        tools = new[] { new { type = "function", function = new { name = "f", parameters = new { type = "object" } } } },
    };
}
