using System.Collections.Concurrent;
using System.Net;
using BeastOrleans.GatewayTests.Api;
using BeastOrleans.Simulator;
using BeastOrleans.Testing;
using Xunit;

namespace BeastOrleans.GatewayTests.Money;

/// <summary>The seed's two calculations, request by request: a thousand tokens at $0.001 of one's own against $0.03 at the provider.</summary>
[Collection(ApiCollection.Name)]
public sealed class SavingsTests(ApiFixture fixture) : IAsyncLifetime
{
    private SimulatorServer _custom = null!;
    private SimulatorServer _provider = null!;

    public async Task InitializeAsync()
    {
        var thousandTokens = new SimulatorBehavior { PromptTokens = 600, CompletionTokens = 400 };
        _custom = await SimulatorServer.StartAsync(new SimulatorOptions { DefaultBehavior = thousandTokens });
        _provider = await SimulatorServer.StartAsync(new SimulatorOptions { DefaultBehavior = thousandTokens });
        (await fixture.Server.AdminAsync(HttpMethod.Put, "/admin/v1/prices", new { model = "openai:gpt-4", inputPerMTok = 30, outputPerMTok = 30 })).Require(HttpStatusCode.OK);
    }

    public async Task DisposeAsync()
    {
        await _custom.DisposeAsync();
        await _provider.DisposeAsync();
    }

    [Fact]
    public async Task A_thousand_requests_of_ones_own_model_save_29_dollars_or_97_percent()
    {
        var tenant = await TenantAsync();
        await ChatAsync(tenant, 1_000, "custom:own");
        var metrics = await SettledAsync(tenant, 1_000);
        var costs = metrics.GetProperty("costs");
        Assert.Equal("$1.00", costs.Text("actual"));
        Assert.Equal("$30.00", costs.Text("baseline"));
        Assert.Equal("$29.00", costs.Text("savings"));
        Assert.Equal("97%", costs.Text("savingsPercent"));
        Assert.Equal(29m, costs.GetProperty("savingsUsd").GetDecimal());
        var requests = metrics.GetProperty("requests");
        Assert.Equal((1_000, 0, 0, "100%"), (requests.GetProperty("success").GetInt32(), requests.GetProperty("failures").GetInt32(), requests.GetProperty("fallbacks").GetInt32(), requests.Text("successRate")));
    }

    [Fact]
    public async Task Fifty_fallbacks_among_a_thousand_leave_27_dollars_55_or_92_percent()
    {
        var tenant = await TenantAsync();
        await ChatAsync(tenant, 950, "custom:own");

        // From here on the own model answers nobody: some requests find that out, the others find its circuit open.
        _custom.Script(new SimulatorBehavior { Status = 500 });
        await ChatAsync(tenant, 50, "openai:gpt-4");

        var metrics = await SettledAsync(tenant, 1_000);
        var costs = metrics.GetProperty("costs");
        Assert.Equal("$2.45", costs.Text("actual"));
        Assert.Equal("$30.00", costs.Text("baseline"));
        Assert.Equal("$27.55", costs.Text("savings"));
        Assert.Equal("92%", costs.Text("savingsPercent"));
        Assert.Equal(27.55m, costs.GetProperty("savingsUsd").GetDecimal());
        var requests = metrics.GetProperty("requests");
        Assert.Equal((950, 50, 50, "95%"), (requests.GetProperty("success").GetInt32(), requests.GetProperty("failures").GetInt32(), requests.GetProperty("fallbacks").GetInt32(), requests.Text("successRate")));
        Assert.Equal(50, metrics.GetProperty("fallbackReasons").EnumerateObject().Sum(r => r.Value.GetInt32()));
        Assert.Equal(0, metrics.GetProperty("fallbackReasons").GetProperty("timeout").GetInt32());

        // The history pages through exactly those fifty, newest first.
        var seen = new List<string>();
        var times = new List<DateTimeOffset>();
        string? cursor = null;
        do
        {
            var page = (await tenant.SendAsync(HttpMethod.Get, "/api/models/fallbacks?limit=20" + (cursor is null ? "" : "&cursor=" + cursor))).Require(HttpStatusCode.OK).Json;
            Assert.Equal(["fallbacks", "next"], page.Names());
            foreach (var fallback in page.List("fallbacks"))
            {
                Assert.Equal(["requestId", "at", "from", "to", "reason", "attempts"], fallback.Names());
                Assert.Equal(("custom:own", "openai:gpt-4"), (fallback.Text("from"), fallback.Text("to")));
                seen.Add(fallback.Text("requestId")!);
                times.Add(fallback.GetProperty("at").GetDateTimeOffset());
            }

            cursor = page.Text("next");
        }
        while (cursor is not null);

        Assert.Equal(50, seen.Distinct().Count());
        Assert.Equal(50, seen.Count);
        Assert.Equal(times.OrderDescending(), times);
    }

    private async Task<TestTenant> TenantAsync()
    {
        var tenant = await fixture.Server.CreateTenantAsync();
        await tenant.RegisterModelAsync("own", _custom.BaseUrl + "/v1", new { price = new { inputPerMTok = 1.0, outputPerMTok = 1.0 } });
        await tenant.PutProviderAsync("openai", _provider.BaseUrl + "/v1");
        return tenant;
    }

    private static async Task ChatAsync(TestTenant tenant, int count, string servedBy)
    {
        var others = new ConcurrentBag<string>();
        await Parallel.ForEachAsync(Enumerable.Range(0, count), new ParallelOptions { MaxDegreeOfParallelism = 16 }, async (_, _) =>
        {
            var answer = await tenant.ChatAsync();
            if (answer.Status != HttpStatusCode.OK || answer.Header("x-beast-model") != servedBy)
            {
                others.Add($"{answer.Status} {answer.Header("x-beast-attempts")} {answer.Text}");
            }
        });
        Assert.Empty(others);
    }

    private static async Task<System.Text.Json.JsonElement> SettledAsync(TestTenant tenant, int total)
    {
        System.Text.Json.JsonElement metrics = default;
        await Eventually.IsTrueAsync($"{total} requests are in the ledger", async () =>
        {
            metrics = (await tenant.SendAsync(HttpMethod.Get, "/api/models/custom/monitoring")).Require(HttpStatusCode.OK).Json.GetProperty("metrics");
            return metrics.GetProperty("requests").GetProperty("total").GetInt32() >= total;
        });
        Assert.Equal(total, metrics.GetProperty("requests").GetProperty("total").GetInt32());
        return metrics;
    }
}
