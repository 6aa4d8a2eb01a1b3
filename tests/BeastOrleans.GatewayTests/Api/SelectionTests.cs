using System.Net;
using BeastOrleans.Testing;
using Xunit;

namespace BeastOrleans.GatewayTests.Api;

[Collection(ApiCollection.Name)]
public sealed class SelectionTests(ApiFixture fixture)
{
    private const string Route = "/api/models/select";

    private readonly BeastServer _server = fixture.Server;

    [Fact]
    public async Task Select_explains_every_candidate_and_calls_nothing()
    {
        var tenant = await _server.CreateTenantAsync();
        await tenant.RegisterModelAsync("my-model", fixture.CustomUrl, new { apiKey = "sk-never-shown-0123456789" });
        await tenant.RegisterModelAsync("asleep", fixture.CustomUrl, new { enabled = false });
        await tenant.PutProviderAsync("openai", fixture.ProviderUrl);
        var before = (fixture.Custom.Stats.Received, fixture.Provider.Stats.Received);

        var answer = (await tenant.SendAsync(HttpMethod.Post, Route, new { model = "auto", preferProvider = false, preferCustom = true, noFallback = false })).Require(HttpStatusCode.OK);

        Assert.Equal(before, (fixture.Custom.Stats.Received, fixture.Provider.Stats.Received));
        Assert.Equal(["modelId", "type", "message", "plan"], answer.Json.Names());
        Assert.Equal(("custom:my-model", "custom"), (answer.Json.Text("modelId"), answer.Json.Text("type")));
        Assert.False(string.IsNullOrWhiteSpace(answer.Json.Text("message")));
        var plan = answer.Json.List("plan");
        Assert.Equal(["custom:my-model", "openai:gpt-4", "custom:asleep"], plan.Select(p => p.Text("modelId")));
        Assert.Equal([true, true, false], plan.Select(p => p.GetProperty("eligible").GetBoolean()));
        Assert.All(plan, entry =>
        {
            Assert.Equal(["modelId", "type", "owner", "circuit", "eligible", "reason"], entry.Names());
            Assert.False(string.IsNullOrWhiteSpace(entry.Text("reason")));
            Assert.Equal("tenant", entry.Text("owner"));
            Assert.Equal("closed", entry.Text("circuit"));
        });
        Assert.DoesNotContain("sk-", answer.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Preferences_and_an_open_circuit_change_the_choice()
    {
        var tenant = await _server.CreateTenantAsync();
        await tenant.RegisterModelAsync("my-model", fixture.CustomUrl);
        await tenant.PutProviderAsync("openai", fixture.ProviderUrl);

        Assert.Equal("openai:gpt-4", (await tenant.SendAsync(HttpMethod.Post, Route, new { preferProvider = true })).Json.Text("modelId"));
        Assert.Equal("openai:gpt-4o", (await tenant.SendAsync(HttpMethod.Post, Route, new { model = "openai:gpt-4o" })).Json.Text("modelId"));
        var lone = (await tenant.SendAsync(HttpMethod.Post, Route, new { noFallback = true })).Json;
        Assert.Equal([true, false], lone.List("plan").Select(p => p.GetProperty("eligible").GetBoolean()));

        (await _server.AdminAsync(HttpMethod.Post, $"/admin/v1/endpoints/custom:my-model/circuit?tenant={tenant.Id}", new { action = "isolate" })).Require(HttpStatusCode.OK);
        var sick = (await tenant.SendAsync(HttpMethod.Post, Route, new { model = "auto" })).Json;
        Assert.Equal("openai:gpt-4", sick.Text("modelId"));
        Assert.Equal("isolated", sick.List("plan")[0].Text("circuit"));
        Assert.False(sick.List("plan")[0].GetProperty("eligible").GetBoolean());
        Assert.StartsWith("unhealthy", sick.List("plan")[0].Text("reason"), StringComparison.Ordinal);
        Assert.Contains("custom:my-model", sick.Text("message"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_cannot_be_selected_is_refused_with_what_to_do()
    {
        var tenant = await _server.CreateTenantAsync();
        Assert.Contains("/api/", (await tenant.SendAsync(HttpMethod.Post, Route, new { model = "auto" })).AssertError(404, "no_model_available", "model").Message(), StringComparison.Ordinal);
        await tenant.RegisterModelAsync("my-model", fixture.CustomUrl);
        var unknown = (await tenant.SendAsync(HttpMethod.Post, Route, new { model = "custom:my-modle" })).AssertError(404, "model_not_found", "model");
        Assert.Contains("custom:my-model", unknown.Message(), StringComparison.Ordinal);
        (await tenant.SendAsync(HttpMethod.Post, Route, """{"preferProvider":"yes"}""")).AssertError(400, "invalid_request", "preferProvider");
        (await tenant.SendAsync(HttpMethod.Post, Route, new { }, ("x-beast-prefer", "best"))).AssertError(400, "invalid_header", "x-beast-prefer");
    }

    [Fact]
    public async Task The_model_list_and_one_model_are_what_the_key_may_use()
    {
        var tenant = await _server.CreateTenantAsync();
        await tenant.RegisterModelAsync("my-model", fixture.CustomUrl);
        await tenant.RegisterModelAsync("asleep", fixture.CustomUrl, new { enabled = false });
        (await tenant.SendAsync(HttpMethod.Put, "/api/providers/hub/key", new { apiKey = "k-0123456789", baseUrl = fixture.ProviderUrl, defaultModel = "meta/llama 3", models = new[] { "meta/llama 3", "b" } }))
            .Require(HttpStatusCode.NoContent);

        var list = (await tenant.SendAsync(HttpMethod.Get, "/v1/models")).Require(HttpStatusCode.OK).Json;
        Assert.Equal("list", list.Text("object"));
        Assert.Equal(["custom:my-model", "hub:meta/llama 3", "hub:b"], list.List("data").Select(m => m.Text("id")));
        Assert.All(list.List("data"), m =>
        {
            Assert.Equal(["id", "object", "created", "owned_by", "type", "owner", "circuit"], m.Names());
            Assert.Equal("model", m.Text("object"));
        });

        foreach (var path in new[] { "custom:my-model", "custom%3Amy-model", "hub:meta/llama%203", "hub%3Ameta%2Fllama%203" })
        {
            var one = (await tenant.SendAsync(HttpMethod.Get, "/v1/models/" + path)).Require(HttpStatusCode.OK).Json;
            Assert.Equal(Uri.UnescapeDataString(path), one.Text("id"));
        }

        (await tenant.SendAsync(HttpMethod.Get, "/v1/models/custom:asleep")).AssertError(404, "model_not_found", "model");
        var narrow = tenant with { Key = await _server.CreateKeyAsync(new { tenant = tenant.Id, models = new[] { "hub:b" } }) };
        Assert.Equal(["hub:b"], (await narrow.SendAsync(HttpMethod.Get, "/v1/models")).Json.List("data").Select(m => m.Text("id")));
        (await narrow.SendAsync(HttpMethod.Get, "/v1/models/custom:my-model")).AssertError(404, "model_not_found");
    }
}
