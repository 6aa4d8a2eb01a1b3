using System.Net;
using System.Text.Json;
using BeastOrleans.GatewayTests.Api;
using BeastOrleans.Simulator;
using BeastOrleans.Testing;
using Xunit;

namespace BeastOrleans.GatewayTests.Money;

[Collection(ApiCollection.Name)]
public sealed class RecomputeTests(ApiFixture fixture) : IAsyncLifetime
{
    private SimulatorServer _upstream = null!;
    private SimulatorServer _sick = null!;
    private TestTenant _tenant = null!;

    public async Task InitializeAsync()
    {
        var answer = new SimulatorBehavior { PromptTokens = 600, CompletionTokens = 400 };
        _upstream = await SimulatorServer.StartAsync(new SimulatorOptions { DefaultBehavior = answer });
        _sick = await SimulatorServer.StartAsync(new SimulatorOptions { DefaultBehavior = answer with { Status = 503 } });
        (await fixture.Server.AdminAsync(HttpMethod.Put, "/admin/v1/prices", new { model = "openai:gpt-4", inputPerMTok = 30, outputPerMTok = 30 })).Require(HttpStatusCode.OK);
        _tenant = await fixture.Server.CreateTenantAsync();
        await _tenant.RegisterModelAsync("own", _upstream.BaseUrl + "/v1", new { price = new { inputPerMTok = 1, outputPerMTok = 1 } });
        await _tenant.RegisterModelAsync("sick", _sick.BaseUrl + "/v1", new { price = new { inputPerMTok = 1, outputPerMTok = 1 } });
        await _tenant.PutProviderAsync("openai", _upstream.BaseUrl + "/v1");
    }

    public async Task DisposeAsync()
    {
        await _upstream.DisposeAsync();
        await _sick.DisposeAsync();
    }

    [Fact]
    public async Task What_is_stored_agrees_with_the_ledger_to_the_nano_dollar()
    {
        (await fixture.Server.AdminAsync(HttpMethod.Put, $"/admin/v1/budgets/tenant:{_tenant.Id}", new { limitUsd = 10, period = "day" })).Require(HttpStatusCode.OK);
        for (var i = 0; i < 3; i++)
        {
            (await _tenant.ChatAsync("custom:own")).Require(HttpStatusCode.OK);
        }

        (await _tenant.ChatAsync("custom:sick")).Require(HttpStatusCode.OK);
        JsonElement answer = default;
        await Eventually.IsTrueAsync("all is booked", async () =>
        {
            answer = (await fixture.Server.AdminAsync(HttpMethod.Get, $"/admin/v1/usage/recompute?tenant={_tenant.Id}")).Require(HttpStatusCode.OK).Json;
            return answer.GetProperty("ledger").GetProperty("requests").GetInt32() == 4;
        });
        Assert.True(answer.GetProperty("agrees").GetBoolean(), answer.ToString());
        Assert.Equal(answer.GetProperty("ledger").ToString(), answer.GetProperty("stored").ToString());
        Assert.Equal((0.033m, 0.12m, 0.087m), (answer.GetProperty("ledger").GetProperty("actualUsd").GetDecimal(), answer.GetProperty("ledger").GetProperty("baselineUsd").GetDecimal(), answer.GetProperty("ledger").GetProperty("savingsUsd").GetDecimal()));
        Assert.Equal((1, 1), (answer.GetProperty("tenants").GetInt32(), answer.GetProperty("budgets").GetInt32()));
        Assert.Empty(answer.List("differences"));
        Assert.Equal(JsonValueKind.Null, answer.GetProperty("keptFrom").ValueKind);

        var all = (await fixture.Server.AdminAsync(HttpMethod.Get, "/admin/v1/usage/recompute")).Require(HttpStatusCode.OK).Json;
        Assert.True(all.GetProperty("agrees").GetBoolean(), all.ToString());
        Assert.True(all.GetProperty("tenants").GetInt32() >= 1);

        var savings = (await fixture.Server.AdminAsync(HttpMethod.Get, $"/admin/v1/usage/savings?tenant={_tenant.Id}")).Require(HttpStatusCode.OK).Json;
        Assert.Equal((0.033m, 0.12m, 0.087m, "73%"), (savings.GetProperty("actualUsd").GetDecimal(), savings.GetProperty("baselineUsd").GetDecimal(), savings.GetProperty("savingsUsd").GetDecimal(), savings.Text("savingsPercent")));
        var premium = savings.GetProperty("fallbackPremium");
        Assert.Equal((0.029m, 0.029m, 0), (premium.GetProperty("totalUsd").GetDecimal(), premium.GetProperty("otherUsd").GetDecimal(), premium.GetProperty("unpriced").GetInt32()));
        Assert.Equal(JsonValueKind.Number, savings.GetProperty("latency").GetProperty("custom").GetProperty("p50Ms").ValueKind);
        Assert.Equal(JsonValueKind.Number, savings.GetProperty("latency").GetProperty("provider").GetProperty("p50Ms").ValueKind);
    }

    [Fact]
    public async Task Requests_that_say_nothing_of_a_custom_model_are_not_in_its_record()
    {
        (await _tenant.ChatAsync("custom:own")).Require(HttpStatusCode.OK);

        // A provider is preferred and answers; and the caller's own mistake.
        (await fixture.Server.SendAsync(HttpMethod.Post, "/v1/chat/completions", _tenant.Key, new { model = "auto", messages = new[] { new { role = "user", content = "hi" } } }, ("x-beast-prefer", "provider"))).Require(HttpStatusCode.OK);
        await using var picky = await SimulatorServer.StartAsync(new SimulatorOptions { DefaultBehavior = new SimulatorBehavior { Status = 400 } });
        await _tenant.RegisterModelAsync("picky", picky.BaseUrl + "/v1");
        (await _tenant.ChatAsync("custom:picky")).Require(HttpStatusCode.BadRequest);
        await Eventually.IsTrueAsync("the ledger has all three", async () =>
            (await fixture.Server.AdminAsync(HttpMethod.Get, $"/admin/v1/usage/ledger?tenant={_tenant.Id}")).Json.List("rows").Length == 3);
        var requests = (await fixture.Server.AdminAsync(HttpMethod.Get, $"/admin/v1/usage/savings?tenant={_tenant.Id}")).Require(HttpStatusCode.OK).Json.GetProperty("requests");
        Assert.Equal((1, 1, 0), (requests.GetProperty("total").GetInt32(), requests.GetProperty("success").GetInt32(), requests.GetProperty("failures").GetInt32()));
    }

    [Theory]
    [InlineData("recompute?tenant=Bad%20Name", "tenant")]
    [InlineData("recompute?from=2026-02-02T00:00:00Z&to=2026-01-01T00:00:00Z", "from")]
    [InlineData("recompute?from=2025-01-01T00:00:00Z&to=2026-01-01T00:00:00Z", "from")]
    [InlineData("recompute?user=alice", "query")]
    [InlineData("recompute?to=9999-12-31T12:00:00Z", "from")]
    [InlineData("recompute?to=0001-01-01T00:00:00Z", "from")]
    [InlineData("savings?user=alice", "tenant")]
    [InlineData("savings?from=x", "from")]
    public async Task A_question_that_is_not_understood_is_told_what_to_mend(string query, string field) =>
        (await fixture.Server.AdminAsync(HttpMethod.Get, "/admin/v1/usage/" + query)).AssertError(400, "invalid_request", field);
}
