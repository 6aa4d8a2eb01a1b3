using System.Globalization;
using System.Net;
using System.Text.Json;
using BeastOrleans.GatewayTests.Api;
using BeastOrleans.Simulator;
using BeastOrleans.Testing;
using Xunit;

namespace BeastOrleans.GatewayTests.Money;

[Collection(ApiCollection.Name)]
public sealed class MonitoringTests(ApiFixture fixture) : IAsyncLifetime
{
    private SimulatorServer _upstream = null!;

    public async Task InitializeAsync()
    {
        _upstream = await SimulatorServer.StartAsync(new SimulatorOptions { DefaultBehavior = new SimulatorBehavior { PromptTokens = 600, CompletionTokens = 400 } });
        (await fixture.Server.AdminAsync(HttpMethod.Put, "/admin/v1/prices", new { model = "openai:gpt-4", inputPerMTok = 30, outputPerMTok = 30 })).Require(HttpStatusCode.OK);
    }

    public async Task DisposeAsync() => await _upstream.DisposeAsync();

    [Fact]
    public async Task Monitoring_has_the_seeds_shape_before_and_after_the_first_request()
    {
        var tenant = await fixture.Server.CreateTenantAsync();
        AssertShape((await tenant.SendAsync(HttpMethod.Get, "/api/models/custom/monitoring")).Require(HttpStatusCode.OK).Json);
        await tenant.RegisterModelAsync("own", _upstream.BaseUrl + "/v1", new { price = new { inputPerMTok = 1, outputPerMTok = 1 } });
        await tenant.ChatAsync();
        var monitoring = await MonitoringAsync(tenant, 1);
        AssertShape(monitoring);
        Assert.Equal(JsonValueKind.Number, monitoring.GetProperty("metrics").GetProperty("latency").GetProperty("custom").GetProperty("p50Ms").ValueKind);
        Assert.Equal(JsonValueKind.Null, monitoring.GetProperty("metrics").GetProperty("latency").GetProperty("provider").GetProperty("p50Ms").ValueKind);
    }

    [Fact]
    public async Task An_answer_says_what_it_cost_and_saved()
    {
        var tenant = await fixture.Server.CreateTenantAsync();
        await tenant.RegisterModelAsync("own", _upstream.BaseUrl + "/v1", new { price = new { inputPerMTok = 1, outputPerMTok = 1 } });
        await tenant.PutProviderAsync("openai", _upstream.BaseUrl + "/v1");
        var own = (await tenant.ChatAsync()).Require(HttpStatusCode.OK);
        Assert.Equal(("0.001", "0.029"), (own.Header("x-beast-cost-usd"), own.Header("x-beast-saved-usd")));
        var provider = (await tenant.ChatAsync("openai:gpt-4")).Require(HttpStatusCode.OK);
        Assert.Equal("0.03", provider.Header("x-beast-cost-usd"));
        Assert.Equal("0", provider.Header("x-beast-saved-usd"));
    }

    [Fact]
    public async Task Without_a_price_there_is_no_cost_rather_than_none_to_pay()
    {
        var tenant = await fixture.Server.CreateTenantAsync();
        await tenant.RegisterModelAsync("unpriced", _upstream.BaseUrl + "/v1");
        await tenant.PutProviderAsync("openai", _upstream.BaseUrl + "/v1");
        var answer = (await tenant.ChatAsync()).Require(HttpStatusCode.OK);
        Assert.Null(answer.Header("x-beast-cost-usd"));
        Assert.Null(answer.Header("x-beast-saved-usd"));
        var costs = (await MonitoringAsync(tenant, 1)).GetProperty("metrics").GetProperty("costs");
        Assert.Equal(1, costs.GetProperty("unpricedRequests").GetInt32());
        Assert.Equal("$0.00", costs.Text("savings"));
    }

    [Fact]
    public async Task An_explicit_provider_request_is_none_of_the_custom_models()
    {
        var tenant = await fixture.Server.CreateTenantAsync();
        await tenant.RegisterModelAsync("own", _upstream.BaseUrl + "/v1");
        await tenant.PutProviderAsync("openai", _upstream.BaseUrl + "/v1");
        var explicitly = (await tenant.ChatAsync("openai:gpt-4")).Require(HttpStatusCode.OK);
        await RecordAsync(tenant, explicitly);
        await tenant.ChatAsync();
        Assert.Equal(1, (await MonitoringAsync(tenant, 1)).GetProperty("metrics").GetProperty("requests").GetProperty("total").GetInt32());
    }

    [Fact]
    public async Task The_window_and_the_user_narrow_what_is_counted()
    {
        var tenant = await fixture.Server.CreateTenantAsync();
        await tenant.RegisterModelAsync("own", _upstream.BaseUrl + "/v1");
        await tenant.ChatAsync("auto", ("x-beast-user", "alice"));
        await tenant.ChatAsync("auto", ("x-beast-user", "alice"));
        await tenant.ChatAsync("auto", ("x-beast-user", "bob"));
        await MonitoringAsync(tenant, 3);
        Assert.Equal(2, await TotalAsync(tenant, "?user=alice"));
        Assert.Equal(1, await TotalAsync(tenant, "?user=bob"));
        Assert.Equal(0, await TotalAsync(tenant, "?user=nobody"));
        var now = TimeProvider.System.GetUtcNow();
        Assert.Equal(0, await TotalAsync(tenant, "?to=" + Iso(now.AddHours(-2))));
        Assert.Equal(3, await TotalAsync(tenant, "?from=" + Iso(now.AddHours(-2)) + "&to=" + Iso(now.AddHours(2))));
    }

    [Fact]
    public async Task A_decision_record_tells_plan_attempts_and_money()
    {
        var tenant = await fixture.Server.CreateTenantAsync();
        await using var sick = await SimulatorServer.StartAsync();
        sick.Script(new SimulatorBehavior { Status = 500 });
        await tenant.RegisterModelAsync("own", sick.BaseUrl + "/v1", new { price = new { inputPerMTok = 1, outputPerMTok = 1 } });
        await tenant.PutProviderAsync("openai", _upstream.BaseUrl + "/v1");
        var chat = (await tenant.ChatAsync("auto", ("x-beast-tags", "blue,green"))).Require(HttpStatusCode.OK);

        var record = await RecordAsync(tenant, chat);
        Assert.Superset(
            new HashSet<string> { "requestId", "at", "user", "requested", "served", "degraded", "plan", "attempts", "costUsd", "baselineUsd", "savedUsd" },
            record.Names().ToHashSet());
        Assert.Equal(("auto", "openai:gpt-4", "_shared"), (record.Text("requested"), record.Text("served"), record.Text("user")));
        Assert.False(record.GetProperty("degraded").GetBoolean());
        Assert.Equal(0.03m, record.GetProperty("costUsd").GetDecimal());
        Assert.Equal(0.03m, record.GetProperty("baselineUsd").GetDecimal());
        Assert.Equal(0m, record.GetProperty("savedUsd").GetDecimal());
        Assert.Equal(["custom:own", "openai:gpt-4"], record.List("plan").Select(p => p.Text("modelId")));
        var attempts = record.List("attempts");
        Assert.All(attempts, a => Assert.Equal(["modelId", "model", "outcome", "reason", "status", "firstContentMs", "ms", "tokens", "costUsd"], a.Names()));
        Assert.Equal(chat.Header("x-beast-attempts"), string.Join(';', attempts.Select(a => $"{a.Text("modelId")}={(a.Text("outcome") == "ok" ? "ok" : a.Text("reason"))}")));
        Assert.Equal(1_000, attempts[^1].GetProperty("tokens").GetProperty("input").GetInt32() + attempts[^1].GetProperty("tokens").GetProperty("output").GetInt32());
        Assert.Equal(["blue", "green"], record.List("tags").Select(t => t.GetString()));
        Assert.DoesNotContain("Hello", record.GetRawText(), StringComparison.Ordinal);
        (await tenant.SendAsync(HttpMethod.Get, "/api/requests/req_unknown")).AssertError(404);
    }

    private static void AssertShape(JsonElement monitoring)
    {
        Assert.Equal(["metrics", "window"], monitoring.Names());
        Assert.Equal(["from", "to"], monitoring.GetProperty("window").Names());
        var metrics = monitoring.GetProperty("metrics");
        Assert.Equal(["requests", "fallbackReasons", "costs", "latency"], metrics.Names());
        Assert.Equal(["total", "success", "failures", "fallbacks", "successRate"], metrics.GetProperty("requests").Names());
        Assert.Equal(["network", "overload", "timeout", "unhealthy", "other"], metrics.GetProperty("fallbackReasons").Names());
        Assert.Equal(["actual", "baseline", "savings", "savingsPercent", "savingsUsd"], metrics.GetProperty("costs").Names()[..5]);
        Assert.Equal(["custom", "provider"], metrics.GetProperty("latency").Names());
        Assert.All(metrics.GetProperty("latency").EnumerateObject(), l => Assert.Equal(["p50Ms", "p95Ms"], l.Value.Names()));
        Assert.EndsWith("%", metrics.GetProperty("requests").Text("successRate"), StringComparison.Ordinal);
        Assert.StartsWith("$", metrics.GetProperty("costs").Text("actual"), StringComparison.Ordinal);
    }

    private static string Iso(DateTimeOffset at) => Uri.EscapeDataString(at.ToString("O", CultureInfo.InvariantCulture));

    private static async Task<int> TotalAsync(TestTenant tenant, string query) =>
        (await tenant.SendAsync(HttpMethod.Get, "/api/models/custom/monitoring" + query)).Require(HttpStatusCode.OK).Json
            .GetProperty("metrics").GetProperty("requests").GetProperty("total").GetInt32();

    private static async Task<JsonElement> MonitoringAsync(TestTenant tenant, int total)
    {
        await Eventually.IsTrueAsync($"{total} requests are in the ledger", async () => await TotalAsync(tenant, "") >= total);
        return (await tenant.SendAsync(HttpMethod.Get, "/api/models/custom/monitoring")).Json;
    }

    private static async Task<JsonElement> RecordAsync(TestTenant tenant, ApiAnswer chat)
    {
        ApiAnswer? record = null;
        await Eventually.IsTrueAsync(
            "the decision record is written",
            async () => (record = await tenant.SendAsync(HttpMethod.Get, "/api/requests/" + chat.Header("x-beast-request-id"))).Status == HttpStatusCode.OK);
        return record!.Json;
    }
}
