using System.Net;
using System.Text.Json;
using BeastOrleans.Testing;
using Xunit;

namespace BeastOrleans.GatewayTests.Api;

[Collection(ApiCollection.Name)]
public sealed class AdminTests(ApiFixture fixture)
{
    private readonly BeastServer _server = fixture.Server;

    [Fact]
    public async Task A_tenant_is_made_once_and_listed()
    {
        var id = "t" + Guid.NewGuid().ToString("N")[..12];
        var created = (await _server.AdminAsync(HttpMethod.Post, "/admin/v1/tenants", new { id })).Require(HttpStatusCode.Created);
        Assert.Equal(["id"], created.Json.Names());
        Assert.Equal(id, created.Json.Text("id"));
        (await _server.AdminAsync(HttpMethod.Post, "/admin/v1/tenants", new { id })).AssertError(409, "conflict");
        (await _server.AdminAsync(HttpMethod.Post, "/admin/v1/tenants", new { id = "Bad Name" })).AssertError(400, "invalid_request", "id");
        (await _server.AdminAsync(HttpMethod.Post, "/admin/v1/tenants", "{}")).AssertError(400, "invalid_request", "id");
        Assert.Contains(id, await AllTenantsAsync());
        (await _server.AdminAsync(HttpMethod.Get, "/admin/v1/tenants?cursor=bogus!")).AssertError(400);
    }

    [Fact]
    public async Task Prices_are_put_with_a_new_version_and_listed()
    {
        var first = (await _server.AdminAsync(HttpMethod.Put, "/admin/v1/prices", new { model = "hub:priced", inputPerMTok = 30, outputPerMTok = 30, cachedInputPerMTok = 15 })).Require(HttpStatusCode.OK).Json;
        Assert.Equal(["model", "version", "effectiveFrom", "price"], first.Names());
        Assert.Equal("hub:priced", first.Text("model"));
        Assert.Equal(15m, first.GetProperty("price").GetProperty("cachedInputPerMTok").GetDecimal());
        var second = (await _server.AdminAsync(HttpMethod.Put, "/admin/v1/prices", new { model = "hub:priced", inputPerMTok = 0.15, outputPerMTok = 0.6 })).Require(HttpStatusCode.OK).Json;
        Assert.NotEqual(first.Text("version"), second.Text("version"));
        var listed = (await _server.AdminAsync(HttpMethod.Get, "/admin/v1/prices")).Require(HttpStatusCode.OK).Json.List("prices");
        var entry = Assert.Single(listed, p => p.Text("model") == "hub:priced");
        Assert.Equal(second.Text("version"), entry.Text("version"));
        Assert.Equal(0.6m, entry.GetProperty("price").GetProperty("outputPerMTok").GetDecimal());
    }

    [Theory]
    [InlineData("""{"model":"gpt-4","inputPerMTok":1,"outputPerMTok":1}""", "model")]
    [InlineData("""{"inputPerMTok":1,"outputPerMTok":1}""", "model")]
    [InlineData("""{"model":"hub:x","inputPerMTok":"1","outputPerMTok":1}""", "inputPerMTok")]
    [InlineData("""{"model":"hub:x","inputPerMTok":1,"outputPerMTok":1,"usd":1}""", "usd")]
    public async Task A_bad_price_is_told_which_field_to_mend(string body, string field) =>
        (await _server.AdminAsync(HttpMethod.Put, "/admin/v1/prices", body)).AssertError(400, "invalid_request", field);

    [Theory]
    [InlineData("""{"model":"hub:x","inputPerMTok":1}""")]
    [InlineData("""{"model":"hub:x","inputPerMTok":-1,"outputPerMTok":1}""")]
    public async Task A_price_without_a_rate_is_refused(string body) =>
        (await _server.AdminAsync(HttpMethod.Put, "/admin/v1/prices", body)).AssertError(400, "invalid_request");

    [Fact]
    public async Task A_circuit_is_isolated_closed_and_reset_by_hand()
    {
        var tenant = await _server.CreateTenantAsync();
        await tenant.RegisterModelAsync("my-model", fixture.CustomUrl);
        await tenant.PutProviderAsync("openai", fixture.ProviderUrl);
        var route = $"/admin/v1/endpoints/custom:my-model/circuit?tenant={tenant.Id}";
        var encoded = $"/admin/v1/endpoints/custom%3Amy-model/circuit?tenant={tenant.Id}";

        var before = (await _server.AdminAsync(HttpMethod.Get, route)).Require(HttpStatusCode.OK).Json;
        Assert.Equal(["state", "since", "until", "generation", "failures", "hold"], before.Names()[..6]);
        Assert.Equal("closed", before.Text("state"));
        Assert.Equal(JsonValueKind.Null, before.GetProperty("hold").ValueKind);
        Assert.Equal("custom:my-model", (await tenant.ChatAsync()).Header("x-beast-model"));

        Assert.Equal("isolated", (await _server.AdminAsync(HttpMethod.Post, route, new { action = "isolate" })).Require(HttpStatusCode.OK).Json.Text("state"));
        Assert.Equal("isolated", (await _server.AdminAsync(HttpMethod.Get, encoded)).Json.Text("state"));
        var away = (await tenant.ChatAsync()).Require(HttpStatusCode.OK);
        Assert.Equal(("openai:gpt-4", "unhealthy"), (away.Header("x-beast-model"), away.Header("x-beast-fallback-reason")));
        (await tenant.ChatAsync("custom:my-model", ("x-beast-fallback", "off"))).AssertError(503, "no_healthy_endpoint");

        foreach (var action in new[] { "close", "reset" })
        {
            await _server.AdminAsync(HttpMethod.Post, route, new { action = "isolate" });
            Assert.Equal("closed", (await _server.AdminAsync(HttpMethod.Post, encoded, new { action })).Require(HttpStatusCode.OK).Json.Text("state"));
            Assert.Equal("custom:my-model", (await tenant.ChatAsync()).Header("x-beast-model"));
        }

        (await _server.AdminAsync(HttpMethod.Post, route, new { action = "explode" })).AssertError(400, "invalid_request", "action");
        (await _server.AdminAsync(HttpMethod.Post, route, "{}")).AssertError(400, "invalid_request", "action");
        (await _server.AdminAsync(HttpMethod.Get, "/admin/v1/endpoints/custom:my-model/circuit?tenant=Bad%20Name")).AssertError(400, "invalid_request", "tenant");
        (await _server.AdminAsync(HttpMethod.Get, "/admin/v1/endpoints/custom:my-model/circuit?user=alice")).AssertError(400, "invalid_request", "user");
        (await _server.AdminAsync(HttpMethod.Get, "/admin/v1/endpoints/nothing")).AssertError(404);
    }

    [Fact]
    public async Task The_circuit_of_an_id_with_a_slash_takes_both_spellings_and_a_user()
    {
        var tenant = await _server.CreateTenantAsync();
        (await tenant.SendAsync(HttpMethod.Put, "/api/providers/hub/key?user=alice", new { apiKey = "k-0123456789", baseUrl = fixture.ProviderUrl, defaultModel = "meta/llama-3" })).Require(HttpStatusCode.NoContent);
        (await tenant.ChatAsync("auto", ("x-beast-user", "alice"))).Require(HttpStatusCode.OK);
        (await _server.AdminAsync(HttpMethod.Post, $"/admin/v1/endpoints/hub:meta/llama-3/circuit?tenant={tenant.Id}&user=alice", new { action = "isolate" })).Require(HttpStatusCode.OK);
        Assert.Equal("isolated", (await _server.AdminAsync(HttpMethod.Get, $"/admin/v1/endpoints/hub%3Ameta%2Fllama-3/circuit?tenant={tenant.Id}&user=alice")).Json.Text("state"));
        (await tenant.ChatAsync("auto", ("x-beast-user", "alice"))).AssertError(503, "no_healthy_endpoint");
    }

    [Fact]
    public async Task The_platforms_shared_model_serves_every_tenant_until_it_is_removed()
    {
        var name = "shared-" + Guid.NewGuid().ToString("N")[..8];
        var created = (await _server.AdminAsync(HttpMethod.Post, "/admin/v1/endpoints", new { name, baseUrl = fixture.CustomUrl, apiKey = "sk-platform-0123456789" })).Require(HttpStatusCode.Created);
        try
        {
            Assert.Equal("platform", created.Json.Text("scope"));
            Assert.DoesNotContain("sk-platform", created.Text, StringComparison.Ordinal);
            var listed = await _server.AdminAsync(HttpMethod.Get, "/admin/v1/endpoints");
            Assert.Contains(name, listed.Json.List("endpoints").Select(e => e.Text("name")));
            Assert.DoesNotContain("sk-platform", listed.Text, StringComparison.Ordinal);
            var tenant = await _server.CreateTenantAsync();
            Assert.Equal("custom:" + name, (await tenant.ChatAsync()).Require(HttpStatusCode.OK).Header("x-beast-model"));
            (await tenant.SendAsync(HttpMethod.Delete, "/api/models/custom/" + name)).AssertError(404);
        }
        finally
        {
            (await _server.AdminAsync(HttpMethod.Delete, "/admin/v1/endpoints/" + name)).Require(HttpStatusCode.NoContent);
        }

        (await _server.AdminAsync(HttpMethod.Delete, "/admin/v1/endpoints/" + name)).AssertError(404);
    }

    [Fact]
    public async Task The_platforms_policy_names_the_default_model()
    {
        (await _server.AdminAsync(HttpMethod.Put, "/admin/v1/policy", new { defaultModel = "nonsense" })).AssertError(400, "invalid_request", "defaultModel");
        (await _server.AdminAsync(HttpMethod.Put, "/admin/v1/policy", new { defaultModel = "openai:gpt-4" })).Require(HttpStatusCode.OK);
        Assert.Equal("openai:gpt-4", (await _server.AdminAsync(HttpMethod.Get, "/admin/v1/policy")).Json.Text("defaultModel"));
        (await _server.AdminAsync(HttpMethod.Put, "/admin/v1/policy", "{}")).Require(HttpStatusCode.OK);
    }

    private async Task<List<string?>> AllTenantsAsync()
    {
        var ids = new List<string?>();
        string? cursor = null;
        do
        {
            var page = (await _server.AdminAsync(HttpMethod.Get, "/admin/v1/tenants" + (cursor is null ? "" : "?cursor=" + cursor))).Require(HttpStatusCode.OK).Json;
            ids.AddRange(page.List("tenants").Select(t => t.Text("id")));
            cursor = page.Text("next");
        }
        while (cursor is not null);

        return ids;
    }
}
