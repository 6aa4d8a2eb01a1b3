using System.Net;
using System.Net.Http.Headers;
using System.Text;
using BeastOrleans.Testing;
using Xunit;

namespace BeastOrleans.GatewayTests.Api;

[Collection(ApiCollection.Name)]
public sealed class BodiesTests(ApiFixture fixture)
{
    private readonly BeastServer _server = fixture.Server;

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("\"text\"")]
    [InlineData("""{"model":"auto"}""")]
    [InlineData("""{"model":"auto","messages":"hello"}""")]
    [InlineData("""{"model":"auto","messages":[]}""")]
    [InlineData("""{"model":7,"messages":[{"role":"user","content":"x"}]}""")]
    [InlineData("""{"model":"auto","model":"b","messages":[{"role":"user","content":"x"}]}""")]
    [InlineData("""{"model":"auto","stream":"yes","messages":[{"role":"user","content":"x"}]}""")]
    [InlineData("""{"model":"auto","messages":[{"role":"user","content":"\ud800"}]}""")]
    public async Task A_bad_chat_body_is_400_and_never_500(string body)
    {
        var tenant = await TenantAsync();
        (await tenant.SendAsync(HttpMethod.Post, "/v1/chat/completions", body)).AssertError(400);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("""{"message":"a","message":"b"}""")]
    [InlineData("""{"message":7}""")]
    [InlineData("""{"message":"a","b":{"b":{"b":{"b":{"b":{"b":{"b":{"b":{"b":{"b":{"b":{"b":{"b":{"b":{"b":{"b":{"b":1}}}}}}}}}}}}}}}}}}""")]
    public async Task A_bad_body_of_another_route_is_400_and_never_500(string body)
    {
        var tenant = await TenantAsync();
        (await tenant.SendAsync(HttpMethod.Post, "/api/codebase/chat", body)).AssertError(400);
        (await tenant.SendAsync(HttpMethod.Post, "/api/models/custom", body)).AssertError(400);
        (await tenant.SendAsync(HttpMethod.Put, "/api/policy", body)).AssertError(400);
        (await tenant.SendAsync(HttpMethod.Post, "/api/models/select", body)).AssertError(400);
        (await _server.AdminAsync(HttpMethod.Post, "/admin/v1/tenants", body)).AssertError(400);
    }

    [Fact]
    public async Task A_body_over_10_MB_is_413_announced_or_not()
    {
        var tenant = await TenantAsync();
        var text = $$"""{"model":"auto","messages":[{"role":"user","content":"{{new string('a', 10_500_000)}}"}]}""";
        foreach (var announced in new[] { true, false })
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions") { Content = new ByteArrayContent(Encoding.UTF8.GetBytes(text)) };
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", tenant.Key);
            request.Headers.TransferEncodingChunked = !announced;
            using var response = await _server.Http.SendAsync(request);
            (await ApiAnswer.ReadAsync(response)).AssertError(413, "request_too_large");
        }

        // A prompt of a megabyte is nothing special.
        (await tenant.SendAsync(HttpMethod.Post, "/v1/chat/completions", text.Remove(100, 9_500_000))).Require(HttpStatusCode.OK);
        (await tenant.SendAsync(HttpMethod.Put, "/api/policy", $$"""{"baseline":"{{new string('a', 300_000)}}"}""")).AssertError(413);
    }

    [Fact]
    public async Task An_unknown_route_and_a_wrong_method_are_errors_in_json()
    {
        var tenant = await TenantAsync();
        Assert.Contains("/v1/nothing", (await tenant.SendAsync(HttpMethod.Get, "/v1/nothing")).AssertError(404, "unknown_route").Message(), StringComparison.Ordinal);
        (await _server.SendAsync(HttpMethod.Get, "/", null)).AssertError(404, "unknown_route");
        var wrong = (await tenant.SendAsync(HttpMethod.Get, "/v1/chat/completions")).AssertError(405, "method_not_allowed");
        Assert.Equal("POST", wrong.Header("Allow"));
        (await _server.SendAsync(HttpMethod.Delete, "/admin/v1/tenants", null)).AssertError(405, "method_not_allowed");
    }

    [Theory]
    [InlineData("/api/models/fallbacks?limit=0", "limit")]
    [InlineData("/api/models/fallbacks?limit=many", null)]
    [InlineData("/api/models/fallbacks?cursor=bogus!", null)]
    [InlineData("/api/models/custom/monitoring?from=yesterday", "from")]
    [InlineData("/api/models/custom/monitoring?to=x", "to")]
    public async Task A_bad_query_is_400(string path, string? field) =>
        (await (await TenantAsync()).SendAsync(HttpMethod.Get, path)).AssertError(400, null, field);

    [Theory]
    [InlineData("x-beast-timeout", "NaN")]
    [InlineData("x-beast-timeout", "0")]
    [InlineData("x-beast-fallback", "maybe")]
    [InlineData("x-beast-prefer", "best")]
    public async Task A_bad_header_is_400_and_named(string name, string value) =>
        (await (await TenantAsync()).ChatAsync("auto", (name, value))).AssertError(400, "invalid_header", name);

    [Fact]
    public async Task The_seeds_chat_answers_with_who_answered_and_what_it_cost()
    {
        var tenant = await _server.CreateTenantAsync();
        await tenant.RegisterModelAsync("own", fixture.CustomUrl, new { price = new { inputPerMTok = 1, outputPerMTok = 1 } });
        var answer = (await tenant.SendAsync(HttpMethod.Post, "/api/codebase/chat", new { message = "Hello", useLLM = true })).Require(HttpStatusCode.OK);
        Assert.Equal(["message", "model", "modelType", "fallback", "usage", "cost", "requestId"], answer.Json.Names());
        Assert.Equal(("custom:own", "custom"), (answer.Json.Text("model"), answer.Json.Text("modelType")));
        Assert.Equal(["actualUsd", "savedUsd"], answer.Json.GetProperty("cost").Names());
        Assert.Equal(answer.Header("x-beast-request-id"), answer.Json.Text("requestId"));
        (await tenant.SendAsync(HttpMethod.Post, "/api/codebase/chat", new { message = "Hello", useLLM = false })).AssertError(400, "llm_required", "useLLM");
        (await tenant.SendAsync(HttpMethod.Post, "/api/codebase/chat", new { useLLM = true })).AssertError(400, "invalid_request", "message");
    }

    private async Task<TestTenant> TenantAsync()
    {
        var tenant = await _server.CreateTenantAsync();
        await tenant.RegisterModelAsync("own", fixture.CustomUrl);
        return tenant;
    }
}
