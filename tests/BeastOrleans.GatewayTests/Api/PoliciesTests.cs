using System.Net;
using BeastOrleans.Testing;
using Xunit;

namespace BeastOrleans.GatewayTests.Api;

[Collection(ApiCollection.Name)]
public sealed class PoliciesTests(ApiFixture fixture)
{
    private const string Route = "/api/policy";

    private readonly BeastServer _server = fixture.Server;

    [Fact]
    public async Task A_policy_is_kept_as_it_was_put()
    {
        var tenant = await _server.CreateTenantAsync();
        var body = new
        {
            prefer = "provider",
            noFallback = false,
            fallbacks = new[] { "openai:gpt-4", "anthropic:claude-sonnet-4-5" },
            strategy = "priority",
            patienceSeconds = 2.5,
            stream = "live",
            holdMs = 0,
            baseline = "openai:gpt-4",
            deadlineSeconds = 90,
        };
        (await tenant.SendAsync(HttpMethod.Put, Route, body)).Require(HttpStatusCode.OK);
        var kept = (await tenant.SendAsync(HttpMethod.Get, Route)).Require(HttpStatusCode.OK).Json;
        Assert.Equal("provider", kept.Text("prefer"));
        Assert.False(kept.GetProperty("noFallback").GetBoolean());
        Assert.Equal(["openai:gpt-4", "anthropic:claude-sonnet-4-5"], kept.List("fallbacks").Select(f => f.GetString()));
        Assert.Equal("priority", kept.Text("strategy"));
        Assert.Equal(2.5, kept.GetProperty("patienceSeconds").GetDouble());
        Assert.Equal("live", kept.Text("stream"));
        Assert.Equal("openai:gpt-4", kept.Text("baseline"));
        Assert.Equal(90, kept.GetProperty("deadlineSeconds").GetDouble());
    }

    [Fact]
    public async Task Absent_fields_inherit_from_request_to_key_to_user_to_tenant()
    {
        var tenant = await TenantWithBothAsync();
        var created = (await _server.AdminAsync(HttpMethod.Post, "/admin/v1/keys", new { tenant = tenant.Id })).Require(HttpStatusCode.Created).Json;
        var other = tenant with { Key = created.Text("key")! };

        Assert.Equal("custom:own", await FirstAsync(tenant));
        (await tenant.SendAsync(HttpMethod.Put, Route, new { prefer = "provider" })).Require(HttpStatusCode.OK);
        Assert.Equal("openai:gpt-4", await FirstAsync(tenant));
        Assert.Equal("openai:gpt-4", await FirstAsync(other, ("x-beast-user", "alice")));

        (await tenant.SendAsync(HttpMethod.Put, Route + "?user=alice", new { prefer = "custom" })).Require(HttpStatusCode.OK);
        Assert.Equal("custom:own", await FirstAsync(other, ("x-beast-user", "alice")));
        Assert.Equal("openai:gpt-4", await FirstAsync(other, ("x-beast-user", "bob")));

        (await tenant.SendAsync(HttpMethod.Put, $"{Route}?key={created.Text("id")}", new { prefer = "provider" })).Require(HttpStatusCode.OK);
        Assert.Equal("provider", (await tenant.SendAsync(HttpMethod.Get, $"{Route}?key={created.Text("id")}")).Json.Text("prefer"));
        Assert.Equal("openai:gpt-4", await FirstAsync(other, ("x-beast-user", "alice")));
        Assert.Equal("custom:own", await FirstAsync(other, ("x-beast-user", "alice"), ("x-beast-prefer", "custom")));
        Assert.Equal("custom:own", await FirstAsync(tenant, ("x-beast-user", "alice")));
    }

    [Fact]
    public async Task A_list_of_fallbacks_takes_the_providers_place_and_none_means_none()
    {
        var tenant = await TenantWithBothAsync();
        await tenant.RegisterModelAsync("spare", fixture.CustomUrl, new { enabled = true });
        (await tenant.SendAsync(HttpMethod.Put, Route, new { fallbacks = new[] { "openai:gpt-4o" } })).Require(HttpStatusCode.OK);
        Assert.Equal(["custom:own", "custom:spare", "openai:gpt-4o"], await PlanAsync(tenant));
        (await tenant.SendAsync(HttpMethod.Put, Route, new { fallbacks = Array.Empty<string>() })).Require(HttpStatusCode.OK);
        Assert.Equal(["custom:own", "custom:spare"], await PlanAsync(tenant));
        (await tenant.SendAsync(HttpMethod.Put, Route, new { noFallback = true })).Require(HttpStatusCode.OK);
        Assert.Equal(["custom:own"], await PlanAsync(tenant));
    }

    [Fact]
    public async Task Another_tenants_key_has_no_policy_here()
    {
        var tenant = await _server.CreateTenantAsync();
        var stranger = await _server.CreateTenantAsync();
        var key = (await _server.AdminAsync(HttpMethod.Post, "/admin/v1/keys", new { tenant = tenant.Id })).Json.Text("id");
        (await stranger.SendAsync(HttpMethod.Get, $"{Route}?key={key}")).AssertError(404);
        (await stranger.SendAsync(HttpMethod.Put, $"{Route}?key={key}", new { noFallback = true })).AssertError(404);
        var modelsOnly = tenant with { Key = await _server.CreateKeyAsync(new { tenant = tenant.Id, user = "alice", scopes = new[] { "models" } }) };
        (await modelsOnly.SendAsync(HttpMethod.Put, Route, new { noFallback = true })).AssertError(403, "missing_scope");
        (await modelsOnly.SendAsync(HttpMethod.Put, Route + "?user=bob", new { noFallback = true })).AssertError(403, "user_not_allowed");
        (await modelsOnly.SendAsync(HttpMethod.Put, Route + "?user=alice", new { noFallback = true })).Require(HttpStatusCode.OK);
    }

    [Theory]
    [InlineData("""{"prefer":"best"}""", "prefer")]
    [InlineData("""{"prefer":1}""", "prefer")]
    [InlineData("""{"strategy":"luck"}""", "strategy")]
    [InlineData("""{"stream":"slow"}""", "stream")]
    [InlineData("""{"fallbacks":["gpt-4"]}""", "fallbacks")]
    [InlineData("""{"fallbacks":[null]}""", "fallbacks")]
    [InlineData("""{"fallbacks":["a:b","a:c","a:d","a:e","a:f","a:g","a:h","a:i","a:j"]}""", "fallbacks")]
    [InlineData("""{"patienceSeconds":31}""", "patienceSeconds")]
    [InlineData("""{"patienceSeconds":-1}""", "patienceSeconds")]
    [InlineData("""{"holdMs":5001}""", "holdMs")]
    [InlineData("""{"deadlineSeconds":0.5}""", "deadlineSeconds")]
    [InlineData("""{"baseline":"gpt-4"}""", "baseline")]
    [InlineData("""{"defaultModel":"openai:gpt-4"}""", "defaultModel")]
    [InlineData("""{"preferred":"custom"}""", "preferred")]
    public async Task A_bad_policy_is_told_which_field_to_mend(string body, string field)
    {
        var tenant = await _server.CreateTenantAsync();
        var error = (await tenant.SendAsync(HttpMethod.Put, Route, body)).AssertError(400, "invalid_request");
        Assert.StartsWith(field, error.Json.GetProperty("error").Text("param"), StringComparison.Ordinal);
    }

    private async Task<TestTenant> TenantWithBothAsync()
    {
        var tenant = await _server.CreateTenantAsync();
        await tenant.RegisterModelAsync("own", fixture.CustomUrl);
        await tenant.PutProviderAsync("openai", fixture.ProviderUrl);
        return tenant;
    }

    private static async Task<string?> FirstAsync(TestTenant tenant, params (string, string)[] headers) =>
        (await tenant.SendAsync(HttpMethod.Post, "/api/models/select", new { model = "auto" }, headers)).Require(HttpStatusCode.OK).Json.Text("modelId");

    private static async Task<string[]> PlanAsync(TestTenant tenant) =>
        [.. (await tenant.SendAsync(HttpMethod.Post, "/api/models/select", new { model = "auto" })).Require(HttpStatusCode.OK).Json.List("plan")
            .Where(p => p.GetProperty("eligible").GetBoolean()).Select(p => p.Text("modelId")!)];
}
