using System.Net;
using BeastOrleans.Testing;
using Xunit;

namespace BeastOrleans.GatewayTests.Api;

[Collection(ApiCollection.Name)]
public sealed class KeysTests(ApiFixture fixture)
{
    private const string Route = "/admin/v1/keys";

    private readonly BeastServer _server = fixture.Server;

    [Fact]
    public async Task A_key_is_shown_once_and_refused_at_once_when_revoked()
    {
        var tenant = await _server.CreateTenantAsync();
        var created = (await _server.AdminAsync(HttpMethod.Post, Route, new { tenant = tenant.Id, user = "alice" })).Require(HttpStatusCode.Created).Json;
        Assert.Equal(["id", "key"], created.Names());
        var key = created.Text("key")!;
        Assert.Matches("^bst_[A-Za-z0-9_-]{43}[A-Za-z0-9_-]{6}$", key);
        (await _server.SendAsync(HttpMethod.Get, "/v1/models", key)).Require(HttpStatusCode.OK);

        var listed = (await _server.AdminAsync(HttpMethod.Get, $"{Route}?tenant={tenant.Id}")).Require(HttpStatusCode.OK);
        Assert.DoesNotContain(key, listed.Text, StringComparison.Ordinal);
        var entry = Assert.Single(listed.Json.List("keys"), k => k.Text("id") == created.Text("id"));
        Assert.Equal("alice", entry.Text("user"));
        Assert.False(entry.GetProperty("revoked").GetBoolean());

        (await _server.AdminAsync(HttpMethod.Delete, $"{Route}/{created.Text("id")}")).Require(HttpStatusCode.NoContent);
        (await _server.SendAsync(HttpMethod.Get, "/v1/models", key)).AssertError(401, "invalid_api_key");
        listed = await _server.AdminAsync(HttpMethod.Get, $"{Route}?tenant={tenant.Id}");
        Assert.True(Assert.Single(listed.Json.List("keys"), k => k.Text("id") == created.Text("id")).GetProperty("revoked").GetBoolean());
        (await _server.AdminAsync(HttpMethod.Delete, Route + "/key_unknown")).AssertError(404);
    }

    [Fact]
    public async Task A_key_is_taken_from_either_header()
    {
        var tenant = await _server.CreateTenantAsync();
        (await _server.SendAsync(HttpMethod.Get, "/v1/models", null, null, ("x-api-key", tenant.Key))).Require(HttpStatusCode.OK);
        (await _server.SendAsync(HttpMethod.Get, "/v1/models", null, null, ("Authorization", "bearer " + tenant.Key))).Require(HttpStatusCode.OK);
        (await _server.SendAsync(HttpMethod.Get, "/v1/models", null, null, ("Authorization", "Basic " + tenant.Key))).AssertError(401);
    }

    [Fact]
    public async Task An_expired_key_is_refused_and_told_why()
    {
        var tenant = await _server.CreateTenantAsync();
        (await _server.AdminAsync(HttpMethod.Post, Route, new { tenant = tenant.Id, expiresAt = "2020-01-01T00:00:00Z" })).AssertError(400, "invalid_request", "expiresAt");
        (await _server.AdminAsync(HttpMethod.Post, Route, new { tenant = tenant.Id, expiresAt = "tomorrow" })).AssertError(400, "invalid_request", "expiresAt");
        var key = await _server.CreateKeyAsync(new { tenant = tenant.Id, expiresAt = TimeProvider.System.GetUtcNow().AddSeconds(1.5) });
        (await _server.SendAsync(HttpMethod.Get, "/v1/models", key)).Require(HttpStatusCode.OK);
        ApiAnswer? answer = null;
        await Eventually.IsTrueAsync("the key expires", async () => (answer = await _server.SendAsync(HttpMethod.Get, "/v1/models", key)).Status != HttpStatusCode.OK);
        Assert.Contains("expired", answer!.AssertError(401, "invalid_api_key").Message(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_allow_list_holds_for_named_models_and_for_fallbacks()
    {
        var tenant = await _server.CreateTenantAsync();
        await tenant.RegisterModelAsync("own", fixture.CustomUrl);
        await tenant.PutProviderAsync("openai", fixture.ProviderUrl);
        var narrow = tenant with { Key = await _server.CreateKeyAsync(new { tenant = tenant.Id, models = new[] { "openai:*" } }) };
        Assert.Equal("openai:gpt-4", (await narrow.ChatAsync()).Require(HttpStatusCode.OK).Header("x-beast-model"));
        (await narrow.ChatAsync("custom:own")).AssertError(403, "model_not_allowed", "model");
        var single = tenant with { Key = await _server.CreateKeyAsync(new { tenant = tenant.Id, models = new[] { "custom:own" } }) };
        (await single.ChatAsync()).Require(HttpStatusCode.OK);
        (await _server.AdminAsync(HttpMethod.Post, $"/admin/v1/endpoints/custom:own/circuit?tenant={tenant.Id}", new { action = "isolate" })).Require(HttpStatusCode.OK);
        (await single.ChatAsync()).AssertError(503, "no_healthy_endpoint");
    }

    [Fact]
    public async Task A_scope_opens_its_routes_and_no_others()
    {
        var tenant = await _server.CreateTenantAsync();
        await tenant.RegisterModelAsync("own", fixture.CustomUrl);
        var inference = tenant with { Key = await _server.CreateKeyAsync(new { tenant = tenant.Id, scopes = new[] { "inference" } }) };
        (await inference.ChatAsync()).Require(HttpStatusCode.OK);
        (await inference.SendAsync(HttpMethod.Get, "/api/models/custom")).AssertError(403, "missing_scope");
        (await inference.SendAsync(HttpMethod.Put, "/api/providers/openai/key", new { apiKey = "k" })).AssertError(403, "missing_scope");
        (await inference.SendAsync(HttpMethod.Put, "/api/policy", new { noFallback = true })).AssertError(403, "missing_scope");
        var models = tenant with { Key = await _server.CreateKeyAsync(new { tenant = tenant.Id, scopes = new[] { "models" } }) };
        (await models.ChatAsync()).AssertError(403, "missing_scope");
        (await models.SendAsync(HttpMethod.Get, "/v1/models")).AssertError(403, "missing_scope");
        (await models.SendAsync(HttpMethod.Get, "/api/models/custom")).Require(HttpStatusCode.OK);
        (await models.SendAsync(HttpMethod.Post, "/api/models/custom", new { name = "x", baseUrl = fixture.CustomUrl })).AssertError(403, "missing_scope");
    }

    [Fact]
    public async Task A_key_bound_to_a_user_is_always_that_user()
    {
        var tenant = await _server.CreateTenantAsync();
        await tenant.RegisterModelAsync("own", fixture.CustomUrl);
        var alice = tenant with { Key = await _server.CreateKeyAsync(new { tenant = tenant.Id, user = "alice" }) };
        (await alice.ChatAsync("auto", ("x-beast-user", "bob"))).AssertError(403, "user_not_allowed");
        (await alice.ChatAsync("auto", ("x-beast-user", "alice"))).Require(HttpStatusCode.OK);
        (await alice.SendAsync(HttpMethod.Get, "/v1/models", null, ("x-beast-user", "bob"))).AssertError(403, "user_not_allowed");
        (await alice.SendAsync(HttpMethod.Get, "/api/models/custom/monitoring?user=bob")).AssertError(403, "user_not_allowed");
        (await alice.SendAsync(HttpMethod.Get, "/api/models/fallbacks?user=bob")).AssertError(403, "user_not_allowed");

        // A body's user is only forwarded.
        var chat = new { model = "auto", user = "bob", messages = new[] { new { role = "user", content = "Hi" } } };
        var answer = (await alice.SendAsync(HttpMethod.Post, "/v1/chat/completions", chat)).Require(HttpStatusCode.OK);
        Assert.Equal("alice", await UserOfAsync(tenant, answer));
        Assert.Equal("bob", await UserOfAsync(tenant, await tenant.SendAsync(HttpMethod.Post, "/v1/chat/completions", chat)));
        Assert.Equal("carol", await UserOfAsync(tenant, await tenant.SendAsync(HttpMethod.Post, "/v1/chat/completions", chat, ("x-beast-user", "carol"))));
        Assert.Equal("_shared", await UserOfAsync(tenant, await tenant.ChatAsync()));
    }

    [Theory]
    [InlineData("""{}""", "tenant")]
    [InlineData("""{"tenant":"Bad Name"}""", "tenant")]
    [InlineData("""{"tenant":"TENANT","user":""}""", "user")]
    [InlineData("""{"tenant":"TENANT","scopes":[]}""", "scopes")]
    [InlineData("""{"tenant":"TENANT","scopes":["root"]}""", "scopes")]
    [InlineData("""{"tenant":"TENANT","models":[]}""", "models")]
    [InlineData("""{"tenant":"TENANT","models":["gpt-4"]}""", "models")]
    [InlineData("""{"tenant":"TENANT","limits":1}""", "limits")]
    public async Task A_bad_key_is_told_which_field_to_mend(string body, string field)
    {
        var tenant = await _server.CreateTenantAsync();
        (await _server.AdminAsync(HttpMethod.Post, Route, body.Replace("TENANT", tenant.Id, StringComparison.Ordinal))).AssertError(400, "invalid_request", field);
        (await _server.AdminAsync(HttpMethod.Post, Route, new { tenant = "t-nobody-made" })).AssertError(404);
    }

    private static async Task<string?> UserOfAsync(TestTenant tenant, ApiAnswer chat)
    {
        ApiAnswer? record = null;
        await Eventually.IsTrueAsync(
            "the decision record is written",
            async () => (record = await tenant.SendAsync(HttpMethod.Get, "/api/requests/" + chat.Header("x-beast-request-id"))).Status == HttpStatusCode.OK);
        return record!.Json.Text("user");
    }
}
