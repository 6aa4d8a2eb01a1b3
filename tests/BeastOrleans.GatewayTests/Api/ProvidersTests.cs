using System.Net;
using System.Text.Json;
using BeastOrleans.Testing;
using Xunit;

namespace BeastOrleans.GatewayTests.Api;

[Collection(ApiCollection.Name)]
public sealed class ProvidersTests(ApiFixture fixture)
{
    private const string Route = "/api/providers/openai/key";
    private const string Secret = "sk-provider-0123456789wxyz";

    private readonly BeastServer _server = fixture.Server;

    [Fact]
    public async Task A_credential_is_put_seen_by_its_last_four_and_removed()
    {
        var tenant = await _server.CreateTenantAsync();
        (await tenant.SendAsync(HttpMethod.Put, Route, new { apiKey = Secret, baseUrl = fixture.ProviderUrl, defaultModel = "gpt-4", models = new[] { "gpt-4", "gpt-4o" } }))
            .Require(HttpStatusCode.NoContent);
        var shown = (await tenant.SendAsync(HttpMethod.Get, Route)).Require(HttpStatusCode.OK);
        Assert.Equal(["provider", "hasApiKey", "last4", "baseUrl", "defaultModel", "models"], shown.Json.Names());
        Assert.Equal("openai", shown.Json.Text("provider"));
        Assert.True(shown.Json.GetProperty("hasApiKey").GetBoolean());
        Assert.Equal("wxyz", shown.Json.Text("last4"));
        Assert.Equal(fixture.ProviderUrl, shown.Json.Text("baseUrl"));
        Assert.Equal("gpt-4", shown.Json.Text("defaultModel"));
        Assert.DoesNotContain(Secret[..^4], shown.Text, StringComparison.Ordinal);

        Assert.Equal("openai:gpt-4", (await tenant.ChatAsync()).Require(HttpStatusCode.OK).Header("x-beast-model"));
        (await tenant.SendAsync(HttpMethod.Delete, Route)).Require(HttpStatusCode.NoContent);
        (await tenant.ChatAsync()).AssertError(404, "no_model_available");
        var gone = (await tenant.SendAsync(HttpMethod.Get, Route)).Require(HttpStatusCode.OK);
        Assert.False(gone.Json.GetProperty("hasApiKey").GetBoolean());
        Assert.Equal(JsonValueKind.Null, gone.Json.GetProperty("last4").ValueKind);
        (await tenant.SendAsync(HttpMethod.Delete, Route)).AssertError(404);
    }

    [Fact]
    public async Task A_short_key_is_not_given_away_by_its_last_four()
    {
        var tenant = await _server.CreateTenantAsync();
        (await tenant.SendAsync(HttpMethod.Put, Route, new { apiKey = "abcd", baseUrl = fixture.ProviderUrl })).Require(HttpStatusCode.NoContent);
        Assert.DoesNotContain("abcd", (await tenant.SendAsync(HttpMethod.Get, Route)).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_users_credential_is_that_users_alone_and_goes_before_the_tenants()
    {
        var tenant = await _server.CreateTenantAsync();
        (await tenant.SendAsync(HttpMethod.Put, Route + "?user=alice", new { apiKey = Secret, baseUrl = fixture.ProviderUrl })).Require(HttpStatusCode.NoContent);
        Assert.False((await tenant.SendAsync(HttpMethod.Get, Route)).Json.GetProperty("hasApiKey").GetBoolean());
        Assert.True((await tenant.SendAsync(HttpMethod.Get, Route + "?user=alice")).Json.GetProperty("hasApiKey").GetBoolean());
        (await tenant.ChatAsync("auto", ("x-beast-user", "alice"))).Require(HttpStatusCode.OK);
        (await tenant.ChatAsync("auto", ("x-beast-user", "bob"))).AssertError(404, "no_model_available");

        var bob = tenant with { Key = await _server.CreateKeyAsync(new { tenant = tenant.Id, user = "bob" }) };
        (await bob.SendAsync(HttpMethod.Get, Route + "?user=alice")).AssertError(403, "user_not_allowed");
        (await bob.SendAsync(HttpMethod.Delete, Route + "?user=alice")).AssertError(403, "user_not_allowed");
    }

    [Fact]
    public async Task The_platforms_credential_serves_every_tenant()
    {
        const string Platform = "/admin/v1/providers/house-ai/key";
        var tenant = await _server.CreateTenantAsync();
        (await tenant.ChatAsync("house-ai:any")).AssertError(404);
        (await _server.AdminAsync(HttpMethod.Put, Platform, new { apiKey = Secret, baseUrl = fixture.ProviderUrl, defaultModel = "house-1" })).Require(HttpStatusCode.NoContent);
        try
        {
            Assert.Equal("house-ai:house-1", (await tenant.ChatAsync()).Require(HttpStatusCode.OK).Header("x-beast-model"));
            Assert.Equal("wxyz", (await _server.AdminAsync(HttpMethod.Get, Platform)).Json.Text("last4"));
            Assert.False((await tenant.SendAsync(HttpMethod.Get, "/api/providers/house-ai/key")).Json.GetProperty("hasApiKey").GetBoolean());
        }
        finally
        {
            (await _server.AdminAsync(HttpMethod.Delete, Platform)).Require(HttpStatusCode.NoContent);
        }

        (await tenant.ChatAsync()).AssertError(404, "no_model_available");
    }

    [Theory]
    [InlineData("openai", "{}", "apiKey")]
    [InlineData("openai", """{"apiKey":""}""", "apiKey")]
    [InlineData("openai", """{"apiKey":"has blank"}""", "apiKey")]
    [InlineData("openai", """{"apiKey":7}""", "apiKey")]
    [InlineData("openai", """{"apiKey":"k","baseUrl":"nowhere"}""", "baseUrl")]
    [InlineData("openai", """{"apiKey":"k","models":[]}""", "models")]
    [InlineData("openai", """{"apiKey":"k","modells":["a"]}""", "modells")]
    [InlineData("custom", """{"apiKey":"k"}""", "provider")]
    [InlineData("my-own", """{"apiKey":"k"}""", "baseUrl")]
    [InlineData("azure", """{"apiKey":"k","defaultModel":"gpt-4o"}""", "baseUrl")]
    [InlineData("azure", """{"apiKey":"k","baseUrl":"https://r.openai.azure.com/openai/v1"}""", "defaultModel")]
    [InlineData("azure", """{"apiKey":"k","defaultModel":"gpt-4o","baseUrl":"https://r.openai.azure.com/openai/v1?key=k"}""", "baseUrl")]
    [InlineData("llamacpp", """{"defaultModel":"m"}""", "baseUrl")]
    [InlineData("ollama", "{}", "defaultModel")]
    public async Task A_bad_credential_is_told_which_field_to_mend(string provider, string body, string field)
    {
        var tenant = await _server.CreateTenantAsync();
        (await tenant.SendAsync(HttpMethod.Put, $"/api/providers/{provider}/key", body)).AssertError(400, "invalid_request", field);
    }
}
