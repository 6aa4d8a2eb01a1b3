using System.Net;
using System.Text.Json;
using BeastOrleans.Simulator;
using BeastOrleans.Testing;
using Xunit;

namespace BeastOrleans.GatewayTests.Api;

[Collection(ApiCollection.Name)]
public sealed class CustomModelsTests(ApiFixture fixture)
{
    private const string Route = "/api/models/custom";
    private const string Secret = "sk-own-model-0123456789";

    private readonly BeastServer _server = fixture.Server;

    [Fact]
    public async Task A_model_is_registered_listed_shown_changed_and_removed_and_its_key_is_never_shown()
    {
        var tenant = await _server.CreateTenantAsync();
        var created = (await tenant.SendAsync(HttpMethod.Post, Route, new
        {
            name = "my-model",
            baseUrl = fixture.CustomUrl,
            model = "llama-3",
            apiKey = Secret,
            scope = "tenant",
            enabled = true,
            usageInStream = true,
            dialect = "openai",
            price = new { inputPerMTok = 1.0, outputPerMTok = 1.0 },
            timeouts = new { attemptSeconds = 30, firstContentSeconds = 10, idleSeconds = 1.5 },
            contextTokens = 8192,
            capabilities = new[] { "tools", "vision", "json_schema" },
        })).Require(HttpStatusCode.Created);

        Assert.Equal(
            ["modelId", "name", "scope", "owner", "baseUrl", "model", "dialect", "authHeader", "enabled", "circuit", "hasApiKey", "usageInStream", "price", "timeouts", "contextTokens", "capabilities", "createdAt"],
            created.Json.Names());
        Assert.Equal("custom:my-model", created.Json.Text("modelId"));
        Assert.Equal("tenant", created.Json.Text("scope"));
        Assert.Equal(tenant.Id, created.Json.Text("owner"));
        Assert.Equal("llama-3", created.Json.Text("model"));
        Assert.Equal("openai", created.Json.Text("dialect"));
        Assert.Equal("closed", created.Json.Text("circuit"));
        Assert.True(created.Json.GetProperty("enabled").GetBoolean());
        Assert.True(created.Json.GetProperty("hasApiKey").GetBoolean());
        Assert.Equal(1.5, created.Json.GetProperty("timeouts").GetProperty("idleSeconds").GetDouble());
        Assert.Equal(1m, created.Json.GetProperty("price").GetProperty("inputPerMTok").GetDecimal());
        Assert.Equal(["tools", "vision", "json_schema"], created.Json.List("capabilities").Select(c => c.GetString()));

        var listed = (await tenant.SendAsync(HttpMethod.Get, Route)).Require(HttpStatusCode.OK);
        Assert.Equal("custom:my-model", Assert.Single(listed.Json.List("models")).Text("modelId"));
        var shown = (await tenant.SendAsync(HttpMethod.Get, Route + "/my-model")).Require(HttpStatusCode.OK);

        var changed = (await tenant.SendAsync(HttpMethod.Patch, Route + "/my-model", new { enabled = false, apiKey = "" })).Require(HttpStatusCode.OK);
        Assert.False(changed.Json.GetProperty("enabled").GetBoolean());
        Assert.False(changed.Json.GetProperty("hasApiKey").GetBoolean());
        Assert.Equal("llama-3", changed.Json.Text("model"));
        (await tenant.ChatAsync("custom:my-model")).AssertError(404, "model_disabled", "model");

        Assert.All([created, listed, shown, changed], answer =>
        {
            Assert.DoesNotContain(Secret, answer.Text, StringComparison.Ordinal);
            Assert.DoesNotContain("\"apiKey\"", answer.Text, StringComparison.Ordinal);
        });

        (await tenant.SendAsync(HttpMethod.Delete, Route + "/my-model")).Require(HttpStatusCode.NoContent);
        (await tenant.SendAsync(HttpMethod.Get, Route + "/my-model")).AssertError(404, "model_not_found");
        (await tenant.SendAsync(HttpMethod.Delete, Route + "/my-model")).AssertError(404);
        (await tenant.SendAsync(HttpMethod.Patch, Route + "/my-model", new { enabled = true })).AssertError(404);
        (await tenant.SendAsync(HttpMethod.Post, Route + "/my-model/test")).AssertError(404);
        (await tenant.ChatAsync("custom:my-model")).AssertError(404, "model_not_found", "model");
        Assert.Empty((await tenant.SendAsync(HttpMethod.Get, Route)).Json.List("models"));
    }

    [Fact]
    public async Task A_name_and_a_base_url_are_enough()
    {
        var tenant = await _server.CreateTenantAsync();
        var created = (await tenant.SendAsync(HttpMethod.Post, Route, new { name = "small", baseUrl = fixture.CustomUrl })).Require(HttpStatusCode.Created);
        Assert.Equal("small", created.Json.Text("model"));
        Assert.False(created.Json.GetProperty("hasApiKey").GetBoolean());
        Assert.True(created.Json.GetProperty("usageInStream").GetBoolean());
        Assert.Equal(JsonValueKind.Null, created.Json.GetProperty("price").ValueKind);
        var answer = (await tenant.ChatAsync("custom:small")).Require(HttpStatusCode.OK);
        Assert.Equal("custom:small", answer.Header("x-beast-model"));
        Assert.Equal("custom", answer.Header("x-beast-model-type"));
    }

    [Fact]
    public async Task A_second_model_of_that_name_is_a_conflict_but_not_for_another_owner()
    {
        var tenant = await _server.CreateTenantAsync();
        await tenant.RegisterModelAsync("twin", fixture.CustomUrl);
        var again = await tenant.SendAsync(HttpMethod.Post, Route, new { name = "twin", baseUrl = fixture.CustomUrl });
        Assert.Contains("twin", again.AssertError(409, "conflict").Message(), StringComparison.Ordinal);
        var users = await tenant.SendAsync(HttpMethod.Post, Route, new { name = "twin", baseUrl = fixture.CustomUrl, scope = "user" }, ("x-beast-user", "alice"));
        Assert.Equal("alice", users.Require(HttpStatusCode.Created).Json.Text("owner"));
    }

    [Theory]
    [InlineData("""{"baseUrl":"http://127.0.0.1:9001/v1"}""", "name")]
    [InlineData("""{"name":"Bad Name","baseUrl":"http://127.0.0.1:9001/v1"}""", "name")]
    [InlineData("""{"name":"a/b","baseUrl":"http://127.0.0.1:9001/v1"}""", "name")]
    [InlineData("""{"name":"monitoring","baseUrl":"http://127.0.0.1:9001/v1"}""", "name")]
    [InlineData("""{"name":7,"baseUrl":"http://127.0.0.1:9001/v1"}""", "name")]
    [InlineData("""{"name":"a"}""", "baseUrl")]
    [InlineData("""{"name":"a","baseUrl":"localhost:9001"}""", "baseUrl")]
    [InlineData("""{"name":"a","baseUrl":"ftp://127.0.0.1/v1"}""", "baseUrl")]
    [InlineData("""{"name":"a","baseUrl":"http://me:secret@127.0.0.1/v1"}""", "baseUrl")]
    [InlineData("""{"name":"a","baseUrl":"http://127.0.0.1/v1?key=1"}""", "baseUrl")]
    [InlineData("""{"name":"a","baseUrl":"http://127.0.0.1:9001/v1","basURL":"x"}""", "basURL")]
    [InlineData("""{"name":"a","baseUrl":"http://127.0.0.1:9001/v1","price":{"inputPerMTok":1,"outputPerMTk":1}}""", "price.outputPerMTk")]
    [InlineData("""{"name":"a","baseUrl":"http://127.0.0.1:9001/v1","enabled":"yes"}""", "enabled")]
    [InlineData("""{"name":"a","baseUrl":"http://127.0.0.1:9001/v1","timeouts":{"attemptSeconds":"30"}}""", "timeouts.attemptSeconds")]
    [InlineData("""{"name":"a","baseUrl":"http://127.0.0.1:9001/v1","timeouts":{"attemptSeconds":0.01}}""", "timeouts")]
    [InlineData("""{"name":"a","baseUrl":"http://127.0.0.1:9001/v1","timeouts":{"idleSeconds":601}}""", "timeouts")]
    [InlineData("""{"name":"a","baseUrl":"http://127.0.0.1:9001/v1","dialect":"grok"}""", "dialect")]
    [InlineData("""{"name":"a","baseUrl":"http://127.0.0.1:9001/v1","price":{"inputPerMTok":1}}""", "price")]
    [InlineData("""{"name":"a","baseUrl":"http://127.0.0.1:9001/v1","price":{"inputPerMTok":-1,"outputPerMTok":1}}""", "price")]
    [InlineData("""{"name":"a","baseUrl":"http://127.0.0.1:9001/v1","contextTokens":0}""", "contextTokens")]
    [InlineData("""{"name":"a","baseUrl":"http://127.0.0.1:9001/v1","capabilities":["fly"]}""", "capabilities")]
    [InlineData("""{"name":"a","baseUrl":"http://127.0.0.1:9001/v1","apiKey":"a b"}""", "apiKey")]
    [InlineData("""{"name":"a","baseUrl":"http://127.0.0.1:9001/v1","apiKey":"a\r\nx-evil: 1"}""", "apiKey")]
    [InlineData("""{"name":"a","baseUrl":"http://127.0.0.1:9001/v1","scope":"world"}""", "scope")]
    [InlineData("""{"name":"a","baseUrl":"http://127.0.0.1:9001/v1","model":""}""", "model")]
    public async Task A_bad_registration_is_told_which_field_to_mend(string body, string field)
    {
        var tenant = await _server.CreateTenantAsync();
        (await tenant.SendAsync(HttpMethod.Post, Route, body)).AssertError(400, "invalid_request", field);
        Assert.Empty((await tenant.SendAsync(HttpMethod.Get, Route)).Json.List("models"));
    }

    [Theory]
    [InlineData("""{"name":"other"}""", "name")]
    [InlineData("""{"scope":"user"}""", "scope")]
    [InlineData("""{"baseUrl":"nowhere"}""", "baseUrl")]
    [InlineData("""{"timeouts":{"firstContentSeconds":0}}""", "timeouts")]
    [InlineData("""{"nope":1}""", "nope")]
    public async Task A_bad_change_is_told_which_field_to_mend(string body, string field)
    {
        var tenant = await _server.CreateTenantAsync();
        await tenant.RegisterModelAsync("fixed", fixture.CustomUrl);
        (await tenant.SendAsync(HttpMethod.Patch, Route + "/fixed", body)).AssertError(400, "invalid_request", field);
    }

    [Fact]
    public async Task The_scope_is_the_users_where_the_key_has_one_else_the_tenants()
    {
        var tenant = await _server.CreateTenantAsync();
        var alice = tenant with { Key = await _server.CreateKeyAsync(new { tenant = tenant.Id, user = "alice" }) };
        var own = (await alice.SendAsync(HttpMethod.Post, Route, new { name = "mine", baseUrl = fixture.CustomUrl })).Require(HttpStatusCode.Created);
        Assert.Equal(("user", "alice"), (own.Json.Text("scope"), own.Json.Text("owner")));
        var shared = (await tenant.SendAsync(HttpMethod.Post, Route, new { name = "ours", baseUrl = fixture.CustomUrl })).Require(HttpStatusCode.Created);
        Assert.Equal(("tenant", tenant.Id), (shared.Json.Text("scope"), shared.Json.Text("owner")));

        // A user sees its own and the tenant's; the tenant's key as another user sees the tenant's alone.
        Assert.Equal(["mine", "ours"], (await alice.SendAsync(HttpMethod.Get, Route)).Json.List("models").Select(m => m.Text("name")));
        Assert.Equal(["ours"], (await tenant.SendAsync(HttpMethod.Get, Route, null, ("x-beast-user", "bob"))).Json.List("models").Select(m => m.Text("name")));
        (await tenant.ChatAsync("custom:mine", ("x-beast-user", "bob"))).AssertError(404, "model_not_found");
        Assert.Equal(HttpStatusCode.OK, (await alice.ChatAsync("custom:mine")).Status);
    }

    [Fact]
    public async Task A_key_without_the_tenants_scope_changes_only_its_own()
    {
        var tenant = await _server.CreateTenantAsync();
        await tenant.RegisterModelAsync("ours", fixture.CustomUrl);
        var user = tenant with { Key = await _server.CreateKeyAsync(new { tenant = tenant.Id, user = "alice", scopes = new[] { "models" } }) };
        (await user.SendAsync(HttpMethod.Post, Route, new { name = "x", baseUrl = fixture.CustomUrl, scope = "tenant" })).AssertError(403, "missing_scope");
        (await user.SendAsync(HttpMethod.Patch, Route + "/ours", new { enabled = false })).AssertError(403, "missing_scope");
        (await user.SendAsync(HttpMethod.Delete, Route + "/ours")).AssertError(403, "missing_scope");
        (await user.SendAsync(HttpMethod.Post, Route, new { name = "x", baseUrl = fixture.CustomUrl })).Require(HttpStatusCode.Created);
    }

    [Fact]
    public async Task The_test_of_a_good_model_passes_every_step()
    {
        var tenant = await _server.CreateTenantAsync();
        await tenant.RegisterModelAsync("good", fixture.CustomUrl);
        var answer = (await tenant.SendAsync(HttpMethod.Post, Route + "/good/test")).Require(HttpStatusCode.OK);
        Assert.Equal(["healthy", "steps"], answer.Json.Names());
        Assert.True(answer.Json.GetProperty("healthy").GetBoolean());
        var steps = answer.Json.List("steps");
        Assert.All(steps, step =>
        {
            Assert.Equal(["step", "ok", "ms", "detail"], step.Names());
            Assert.True(step.GetProperty("ok").GetBoolean());
        });
        Assert.Equal(["dns", "connect", "auth", "models", "chat", "stream"], steps.Select(s => s.Text("step")));
    }

    [Fact]
    public async Task The_test_of_a_dead_port_stops_at_the_connection()
    {
        var tenant = await _server.CreateTenantAsync();
        await tenant.RegisterModelAsync("dead", $"http://127.0.0.1:{BeastServer.FreePorts(1)[0]}/v1");
        var answer = (await tenant.SendAsync(HttpMethod.Post, Route + "/dead/test")).Require(HttpStatusCode.OK);
        Assert.False(answer.Json.GetProperty("healthy").GetBoolean());
        var last = answer.Json.List("steps")[^1];
        Assert.Equal("connect", last.Text("step"));
        Assert.False(last.GetProperty("ok").GetBoolean());
        Assert.False(string.IsNullOrEmpty(last.Text("detail")));
    }

    [Fact]
    public async Task The_test_of_a_refused_key_says_so_without_the_key()
    {
        await using var strict = await SimulatorServer.StartAsync(new SimulatorOptions { RequiredApiKey = "sk-the-right-one-0123" });
        var tenant = await _server.CreateTenantAsync();
        await tenant.RegisterModelAsync("strict", strict.BaseUrl + "/v1", new { apiKey = Secret });
        var answer = (await tenant.SendAsync(HttpMethod.Post, Route + "/strict/test")).Require(HttpStatusCode.OK);
        Assert.False(answer.Json.GetProperty("healthy").GetBoolean());
        Assert.Equal("auth", answer.Json.List("steps")[^1].Text("step"));
        Assert.DoesNotContain(Secret, answer.Text, StringComparison.Ordinal);
        await tenant.SendAsync(HttpMethod.Patch, Route + "/strict", new { apiKey = "sk-the-right-one-0123" });
        Assert.True((await tenant.SendAsync(HttpMethod.Post, Route + "/strict/test")).Json.GetProperty("healthy").GetBoolean());
    }
}
