using System.Net;
using BeastOrleans.GatewayTests.Api;
using BeastOrleans.Testing;
using Xunit;

namespace BeastOrleans.GatewayTests.Security;

[Collection(ApiCollection.Name)]
public sealed class TenantIsolationTests(ApiFixture fixture)
{
    [Fact]
    public async Task A_tenant_neither_sees_nor_uses_what_another_has()
    {
        var owner = await fixture.Server.CreateTenantAsync();
        await owner.RegisterModelAsync("private", fixture.CustomUrl);
        await owner.PutProviderAsync("openai", fixture.ProviderUrl);
        (await fixture.Server.AdminAsync(HttpMethod.Post, $"/admin/v1/endpoints/custom:private/circuit?tenant={owner.Id}", new { action = "isolate" })).Require(HttpStatusCode.OK);
        var request = (await owner.ChatAsync()).Require(HttpStatusCode.OK).Header("x-beast-request-id");
        await Eventually.IsTrueAsync("the owner sees its request", async () => (await owner.SendAsync(HttpMethod.Get, "/api/requests/" + request)).Status == HttpStatusCode.OK);
        Assert.Single((await owner.SendAsync(HttpMethod.Get, "/api/models/fallbacks")).Json.List("fallbacks"));

        var stranger = await fixture.Server.CreateTenantAsync();
        (await stranger.ChatAsync("custom:private")).AssertError(404, "model_not_found");
        (await stranger.ChatAsync("private")).AssertError(404, "model_not_found");
        (await stranger.ChatAsync("openai:gpt-4")).AssertError(404);
        (await stranger.ChatAsync()).AssertError(404, "no_model_available");
        Assert.DoesNotContain("private", (await stranger.ChatAsync("custom:privat")).Message(), StringComparison.Ordinal);
        Assert.Empty((await stranger.SendAsync(HttpMethod.Get, "/v1/models")).Json.List("data"));
        (await stranger.SendAsync(HttpMethod.Get, "/v1/models/custom:private")).AssertError(404);
        Assert.Empty((await stranger.SendAsync(HttpMethod.Get, "/api/models/custom")).Json.List("models"));
        (await stranger.SendAsync(HttpMethod.Get, "/api/models/custom/private")).AssertError(404);
        (await stranger.SendAsync(HttpMethod.Patch, "/api/models/custom/private", new { enabled = false })).AssertError(404);
        (await stranger.SendAsync(HttpMethod.Delete, "/api/models/custom/private")).AssertError(404);
        (await stranger.SendAsync(HttpMethod.Post, "/api/models/custom/private/test")).AssertError(404);
        Assert.False((await stranger.SendAsync(HttpMethod.Get, "/api/providers/openai/key")).Json.GetProperty("hasApiKey").GetBoolean());
        (await stranger.SendAsync(HttpMethod.Delete, "/api/providers/openai/key")).AssertError(404);
        (await stranger.SendAsync(HttpMethod.Get, "/api/requests/" + request)).AssertError(404);
        Assert.Empty((await stranger.SendAsync(HttpMethod.Get, "/api/models/fallbacks")).Json.List("fallbacks"));
        var metrics = (await stranger.SendAsync(HttpMethod.Get, "/api/models/custom/monitoring")).Json.GetProperty("metrics");
        Assert.Equal(0, metrics.GetProperty("requests").GetProperty("total").GetInt32());

        // The same names are the stranger's to use.
        await stranger.RegisterModelAsync("private", fixture.CustomUrl);
        Assert.Equal("custom:private", (await stranger.ChatAsync("custom:private")).Require(HttpStatusCode.OK).Header("x-beast-model"));
        Assert.Equal("isolated", (await owner.SendAsync(HttpMethod.Get, "/api/models/custom/private")).Json.Text("circuit"));
    }

    [Fact]
    public async Task A_users_key_sees_neither_another_users_models_nor_requests()
    {
        var tenant = await fixture.Server.CreateTenantAsync();
        var alice = tenant with { Key = await fixture.Server.CreateKeyAsync(new { tenant = tenant.Id, user = "alice", scopes = new[] { "inference", "models" } }) };
        var bob = tenant with { Key = await fixture.Server.CreateKeyAsync(new { tenant = tenant.Id, user = "bob", scopes = new[] { "inference", "models" } }) };
        await alice.RegisterModelAsync("hers", fixture.CustomUrl);
        var request = (await alice.ChatAsync()).Require(HttpStatusCode.OK).Header("x-beast-request-id");
        await Eventually.IsTrueAsync("alice sees her request", async () => (await alice.SendAsync(HttpMethod.Get, "/api/requests/" + request)).Status == HttpStatusCode.OK);
        (await bob.SendAsync(HttpMethod.Get, "/api/requests/" + request)).AssertError(404);
        (await bob.SendAsync(HttpMethod.Get, "/api/models/custom/hers")).AssertError(404);
        (await bob.ChatAsync("custom:hers")).AssertError(404);
        Assert.Equal(1, Total(await alice.SendAsync(HttpMethod.Get, "/api/models/custom/monitoring")));
        Assert.Equal(0, Total(await bob.SendAsync(HttpMethod.Get, "/api/models/custom/monitoring")));
        Assert.Equal(1, Total(await tenant.SendAsync(HttpMethod.Get, "/api/models/custom/monitoring")));
    }

    private static int Total(ApiAnswer monitoring) => monitoring.Json.GetProperty("metrics").GetProperty("requests").GetProperty("total").GetInt32();
}
