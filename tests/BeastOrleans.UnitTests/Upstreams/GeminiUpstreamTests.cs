using System.Text.Json.Nodes;
using BeastOrleans.Contracts.Endpoints;
using BeastOrleans.Upstreams.Probing;
using Xunit;

namespace BeastOrleans.UnitTests.Upstreams;

public sealed class GeminiUpstreamTests
{
    private const string Answer =
        """{"candidates":[{"content":{"parts":[{"text":"hi"}],"role":"model"},"finishReason":"STOP"}],"usageMetadata":{"promptTokenCount":5,"candidatesTokenCount":4},"responseId":"r1"}""";

    [Theory]
    [InlineData("", false, "/v1beta/models/target-model:generateContent")]
    [InlineData("/v1beta/", true, "/v1beta/models/target-model:streamGenerateContent?alt=sse")]
    [InlineData("/proxy/v1", false, "/proxy/v1/models/target-model:generateContent")]
    public async Task SendAsync_Request_GoesToTheModelsAddress(string path, bool stream, string expected)
    {
        await using var server = ScriptedServer.AnsweringBody(Answer);
        using var fixture = new UpstreamFixture();
        await fixture.SendAsync(Target(server, path), UpstreamFixture.Request(stream));
        var request = server.Requests.Single();
        Assert.StartsWith($"POST {expected} ", request, StringComparison.Ordinal);
        Assert.Contains("x-goog-api-key: " + UpstreamFixture.Key, request, StringComparison.Ordinal);
        Assert.DoesNotContain("Authorization", request, StringComparison.Ordinal);
    }

    /// <summary>The name is the caller's: it must not lead to another address of the same host.</summary>
    [Theory]
    [InlineData("models/x", "/v1beta/models/x:generateContent")]
    [InlineData("tunedModels/x", "/v1beta/tunedModels/x:generateContent")]
    [InlineData("../../files/x?a=b#c", "/v1beta/models/..%2F..%2Ffiles%2Fx%3Fa%3Db%23c:generateContent")]
    public async Task SendAsync_ModelName_StaysOneSegment(string model, string expected)
    {
        await using var server = ScriptedServer.AnsweringBody(Answer);
        using var fixture = new UpstreamFixture();
        await fixture.SendAsync(Target(server) with { Model = model });
        Assert.StartsWith($"POST {expected} ", server.Requests.Single(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task SendAsync_Answer_IsTranslated()
    {
        await using var server = ScriptedServer.AnsweringBody(Answer);
        using var fixture = new UpstreamFixture();
        var reply = await fixture.SendAsync(Target(server));
        var root = JsonNode.Parse(reply.Body.Span)!;
        Assert.Equal("chatcmpl-r1", (string?)root["id"]);
        Assert.InRange((long)root["created"]!, 1_000_000_000, 9_999_999_999);
        Assert.Equal("hi", (string?)root["choices"]![0]!["message"]!["content"]);
        Assert.Equal((5, 4), (reply.Usage.Input, reply.Usage.Output));
    }

    [Theory]
    [InlineData(400, "INVALID_ARGUMENT", "bad", "", OutcomeClass.Caller, "invalid_request_error")]
    [InlineData(400, "INVALID_ARGUMENT", "API key not valid.", """{"reason":"API_KEY_INVALID"}""", OutcomeClass.Credential, "invalid_api_key")]
    [InlineData(400, "INVALID_ARGUMENT", "The input token count (9) exceeds the maximum number of tokens allowed (8).", "", OutcomeClass.Context, "context_length_exceeded")]
    [InlineData(400, "FAILED_PRECONDITION", "Enable billing.", "", OutcomeClass.Credential, "billing_not_active")]
    [InlineData(401, "UNAUTHENTICATED", "no", "", OutcomeClass.Credential, "invalid_api_key")]
    [InlineData(403, "PERMISSION_DENIED", "no", "", OutcomeClass.Credential, "permission_error")]
    [InlineData(404, "NOT_FOUND", "no model", "", OutcomeClass.Config, "model_not_found")]
    [InlineData(429, "RESOURCE_EXHAUSTED", "slow", """{"@type":"x/RetryInfo","retryDelay":"18.5s"}""", OutcomeClass.Overload, "rate_limit_exceeded")]
    [InlineData(500, "INTERNAL", "oops", "", OutcomeClass.Sick, "INTERNAL")]
    [InlineData(503, "UNAVAILABLE", "overloaded", "", OutcomeClass.Sick, "UNAVAILABLE")]
    public async Task SendAsync_Error_IsClassified(int status, string word, string message, string detail, OutcomeClass outcome, string code)
    {
        var body = $$$$$"""{"error":{"code":{{{{{status}}}}},"message":"{{{{{message}}}}}","status":"{{{{{word}}}}}","details":[{{{{{detail}}}}}]}}""";
        await using var server = ScriptedServer.AnsweringBody(body, status);
        using var fixture = new UpstreamFixture();
        var failure = (await fixture.SendAsync(Target(server))).Failure!;
        Assert.Equal((outcome, code), (failure.Class, failure.Code));
        Assert.Equal(status == 429 ? TimeSpan.FromSeconds(18.5) : null, failure.RetryAfter);
        if (outcome == OutcomeClass.Caller)
        {
            Assert.Equal(code, (string?)JsonNode.Parse(failure.Body.Span)!["error"]!["code"]);
        }
    }

    [Theory]
    [InlineData("""{"promptFeedback":{"blockReason":"SAFETY"},"usageMetadata":{"promptTokenCount":5}}""", OutcomeClass.Caller, 400)]
    [InlineData("""{"candidates":[{"content":{},"finishReason":"MALFORMED_FUNCTION_CALL"}]}""", OutcomeClass.Sick, 200)]
    [InlineData("""{"candidates":[]}""", OutcomeClass.Sick, 200)]
    [InlineData("""{"candidates":[{"content":{"parts":[{"text":"x"}]}}]}""", OutcomeClass.Sick, 200)]
    [InlineData("<html>", OutcomeClass.Sick, 200)]
    public async Task SendAsync_WhatIsNoAnswer_Fails(string body, OutcomeClass outcome, int status)
    {
        await using var server = ScriptedServer.AnsweringBody(body);
        using var fixture = new UpstreamFixture();
        var failure = (await fixture.SendAsync(Target(server))).Failure!;
        Assert.Equal((outcome, status), (failure.Class, failure.Status));
    }

    [Fact]
    public async Task ProbeAsync_AsksForTheModels()
    {
        await using var server = ScriptedServer.AnsweringBody("{}");
        using var fixture = new UpstreamFixture();
        Assert.True(await fixture.Get<EndpointHealthCheck>().ProbeAsync(Target(server), CancellationToken.None));
        Assert.StartsWith("GET /v1beta/models ", server.Requests.Single(), StringComparison.Ordinal);
    }

    private static EndpointDescriptor Target(ScriptedServer server, string path = "") =>
        UpstreamFixture.Target(new Uri($"http://127.0.0.1:{server.Port}{path}"), Dialect.Gemini);
}
