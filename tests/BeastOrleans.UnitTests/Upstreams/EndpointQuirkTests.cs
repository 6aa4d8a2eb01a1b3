using BeastOrleans.Contracts.Endpoints;
using BeastOrleans.Upstreams.Probing;
using Xunit;

namespace BeastOrleans.UnitTests.Upstreams;

public sealed class EndpointQuirkTests
{
    [Theory]
    [InlineData(Dialect.OpenAI, AuthHeader.Usual, "Authorization: Bearer ")]
    [InlineData(Dialect.OpenAI, AuthHeader.ApiKey, "api-key: ")]
    [InlineData(Dialect.OpenAI, AuthHeader.XApiKey, "x-api-key: ")]
    [InlineData(Dialect.OpenAI, AuthHeader.XGoogApiKey, "x-goog-api-key: ")]
    [InlineData(Dialect.Anthropic, AuthHeader.Usual, "x-api-key: ")]
    [InlineData(Dialect.Anthropic, AuthHeader.Authorization, "Authorization: Bearer ")]
    [InlineData(Dialect.Gemini, AuthHeader.Usual, "x-goog-api-key: ")]
    public async Task SendAsync_Key_GoesInThatHeaderAlone(Dialect dialect, AuthHeader header, string expected)
    {
        await using var server = ScriptedServer.AnsweringBody(OpenAIUpstreamTests.Answer);
        using var fixture = new UpstreamFixture();
        await fixture.SendAsync(UpstreamFixture.Target(server.BaseUrl, dialect) with { Quirks = new EndpointQuirks { AuthHeader = header } });

        Assert.True(server.Requests.TryDequeue(out var request));
        Assert.Contains(expected + UpstreamFixture.Key + "\r\n", request, StringComparison.Ordinal);
        Assert.Equal(2, request.Split(UpstreamFixture.Key).Length);
    }

    [Fact]
    public async Task SendAsync_BaseUrlWithAVersion_CarriesItBehindThePath()
    {
        await using var server = ScriptedServer.AnsweringBody(OpenAIUpstreamTests.Answer);
        using var fixture = new UpstreamFixture();
        var target = UpstreamFixture.Target(new Uri($"http://127.0.0.1:{server.Port}/openai/deployments/d/?api-version=2024-10-21"));
        Assert.Null((await fixture.SendAsync(target)).Failure);

        Assert.True(server.Requests.TryDequeue(out var request));
        Assert.StartsWith("POST /openai/deployments/d/chat/completions?api-version=2024-10-21 HTTP/1.1\r\n", request, StringComparison.Ordinal);
    }

    [Fact]
    public async Task SendAsync_Quirks_HeadersAreSentAndDroppedFieldsAreTold()
    {
        await using var server = ScriptedServer.AnsweringBody(OpenAIUpstreamTests.Answer);
        using var fixture = new UpstreamFixture();
        var quirks = new EndpointQuirks { Headers = [new StaticHeader { Name = "X-Title", Value = "Ours" }], Fields = [new FieldQuirk { Name = "user" }] };
        var reply = await fixture.SendAsync(
            UpstreamFixture.Target(server.BaseUrl) with { Quirks = quirks }, UpstreamFixture.Request(more: ",\"user\":\"u\""));

        Assert.Equal(["user"], reply.DroppedFields);
        Assert.True(server.Requests.TryDequeue(out var request));
        Assert.Contains("X-Title: Ours\r\n", request, StringComparison.Ordinal);
        Assert.EndsWith("""{"model":"target-model","messages":[{"role":"user","content":"hi"}],"stream":false}""", request, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ProbeAsync_Quirks_HoldForTheProbeToo()
    {
        await using var server = ScriptedServer.AnsweringBody("""{"data":[]}""");
        using var fixture = new UpstreamFixture();
        var target = UpstreamFixture.Target(new Uri(server.BaseUrl + "?api-version=preview")) with { Quirks = new EndpointQuirks { AuthHeader = AuthHeader.ApiKey } };
        Assert.True(await fixture.Get<EndpointHealthCheck>().ProbeAsync(target, CancellationToken.None));

        Assert.True(server.Requests.TryDequeue(out var request));
        Assert.StartsWith("GET /v1/models?api-version=preview HTTP/1.1\r\n", request, StringComparison.Ordinal);
        Assert.Contains("api-key: " + UpstreamFixture.Key, request, StringComparison.Ordinal);
    }
}
