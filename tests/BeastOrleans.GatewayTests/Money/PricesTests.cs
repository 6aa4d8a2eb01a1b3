using System.Globalization;
using System.Net;
using System.Text.Json;
using BeastOrleans.GatewayTests.Api;
using BeastOrleans.Simulator;
using BeastOrleans.Testing;
using Xunit;

namespace BeastOrleans.GatewayTests.Money;

[Collection(ApiCollection.Name)]
public sealed class PricesTests(ApiFixture fixture)
{
    private readonly BeastServer _server = fixture.Server;

    [Fact]
    public async Task A_price_to_come_is_listed_and_prices_nothing_yet()
    {
        var model = Name();
        await PutAsync(new { model, inputPerMTok = 1, outputPerMTok = 2 });
        await PutAsync(new { model, inputPerMTok = 3, outputPerMTok = 4, perRequestUsd = 0.5 });
        var later = await PutAsync(new { model, inputPerMTok = 5, outputPerMTok = 6, effectiveFrom = TimeProvider.System.GetUtcNow().AddDays(1) });
        Assert.True(later.GetProperty("effectiveFrom").GetDateTimeOffset() > TimeProvider.System.GetUtcNow());

        var versions = (await _server.AdminAsync(HttpMethod.Get, $"/admin/v1/prices?model={model}")).Require(HttpStatusCode.OK).Json.List("prices");
        Assert.Equal([("past", 1m), ("in_force", 3m), ("to_come", 5m)], versions.Select(v => (v.Text("state")!, v.GetProperty("price").GetProperty("inputPerMTok").GetDecimal())));
        Assert.Equal(0.5m, versions[1].GetProperty("price").GetProperty("perRequestUsd").GetDecimal());
        var inForce = (await _server.AdminAsync(HttpMethod.Get, "/admin/v1/prices")).Require(HttpStatusCode.OK).Json.List("prices").Single(p => p.Text("model") == model);
        Assert.Equal(versions[1].Text("version"), inForce.Text("version"));
    }

    [Theory]
    [InlineData("""{"model":"hub:x","inputPerMTok":1,"outputPerMTok":1,"effectiveFrom":"2020-01-01T00:00:00Z"}""", "effectiveFrom")]
    [InlineData("""{"model":"hub:x","inputPerMTok":1,"outputPerMTok":1,"effectiveFrom":"soon"}""", "effectiveFrom")]
    [InlineData("""{"model":"hub:x","inputPerMTok":1,"outputPerMTok":1,"perRequestUsd":1,"perRequest":1}""", null)]
    public async Task A_bad_price_is_told_what_to_mend(string body, string? field) =>
        (await _server.AdminAsync(HttpMethod.Put, "/admin/v1/prices", body)).AssertError(400, "invalid_request", field);

    [Fact]
    public async Task A_price_file_of_LiteLLMs_is_imported_once_and_says_what_it_left()
    {
        var name = "m" + Guid.NewGuid().ToString("N")[..8];
        var file = $$$"""
            {"sample_spec":{"input_cost_per_token":0.0},
             "groq/{{{name}}}":{"input_cost_per_token":3e-07,"output_cost_per_token":5.9e-07,"cache_read_input_token_cost":1.5e-07,"litellm_provider":"groq","mode":"chat","max_input_tokens":8192},
             "bedrock-{{{name}}}":{"input_cost_per_token":1e-06,"output_cost_per_token":1e-06,"litellm_provider":"bedrock","mode":"chat"},
             "hub/{{{name}}}":{"input_cost_per_token":1e-06,"output_cost_per_token":1e-06,"litellm_provider":"hub","mode":"chat"}}
            """;
        var first = (await _server.AdminAsync(HttpMethod.Post, "/admin/v1/prices/import?providers=hub", file)).Require(HttpStatusCode.OK).Json;
        Assert.Equal((2, 0, 2), (first.GetProperty("imported").GetInt32(), first.GetProperty("unchanged").GetInt32(), first.GetProperty("skipped").GetInt32()));
        Assert.Contains("none of ours", first.List("skippedModels").Single(s => s.Text("model") == "bedrock-" + name).Text("reason"), StringComparison.Ordinal);

        var price = (await _server.AdminAsync(HttpMethod.Get, $"/admin/v1/prices?model=groq:{name}")).Json.List("prices").Single().GetProperty("price");
        Assert.Equal((0.3m, 0.59m, 0.15m), (price.GetProperty("inputPerMTok").GetDecimal(), price.GetProperty("outputPerMTok").GetDecimal(), price.GetProperty("cachedInputPerMTok").GetDecimal()));

        var second = (await _server.AdminAsync(HttpMethod.Post, "/admin/v1/prices/import?providers=hub", file)).Require(HttpStatusCode.OK).Json;
        Assert.Equal((0, 2), (second.GetProperty("imported").GetInt32(), second.GetProperty("unchanged").GetInt32()));
        (await _server.AdminAsync(HttpMethod.Post, "/admin/v1/prices/import", "[1]")).AssertError(400, "invalid_request");
        (await _server.AdminAsync(HttpMethod.Post, "/admin/v1/prices/import?providers=Not%20One", "{}")).AssertError(400, "invalid_request", "providers");
    }

    [Fact]
    public async Task A_policy_that_refuses_models_without_a_price_says_what_to_do()
    {
        await using var upstream = await SimulatorServer.StartAsync(new SimulatorOptions());
        var tenant = await _server.CreateTenantAsync();
        await tenant.RegisterModelAsync("free", upstream.BaseUrl + "/v1");
        (await tenant.ChatAsync("custom:free")).Require(HttpStatusCode.OK);
        var policy = (await tenant.SendAsync(HttpMethod.Put, "/api/policy", new { unpriced = "refuse" })).Require(HttpStatusCode.OK).Json;
        Assert.Equal("refuse", policy.Text("unpriced"));
        var refused = (await tenant.ChatAsync("custom:free")).AssertError(403, "model_unpriced", "model");
        Assert.Contains("PUT /admin/v1/prices", refused.Message(), StringComparison.Ordinal);
        (await tenant.SendAsync(HttpMethod.Patch, "/api/models/custom/free", new { price = new { inputPerMTok = 1, outputPerMTok = 1 } })).Require(HttpStatusCode.OK);
        (await tenant.ChatAsync("custom:free")).Require(HttpStatusCode.OK);
        (await tenant.SendAsync(HttpMethod.Put, "/api/policy", new { unpriced = "maybe" })).AssertError(400, "invalid_request", "unpriced");
    }

    private static string Name() => string.Create(CultureInfo.InvariantCulture, $"hub:m{Guid.NewGuid():N}");

    private async Task<JsonElement> PutAsync(object body) => (await _server.AdminAsync(HttpMethod.Put, "/admin/v1/prices", body)).Require(HttpStatusCode.OK).Json;
}
