using System.Net;
using BeastOrleans.GatewayTests.Api;
using BeastOrleans.Simulator;
using BeastOrleans.Testing;
using Xunit;

namespace BeastOrleans.GatewayTests.Money;

/// <summary>A hard budget as a caller meets it: each call here costs, and can cost, a tenth of a cent.</summary>
[Collection(ApiCollection.Name)]
public sealed class HardBudgetTests(ApiFixture fixture) : IAsyncLifetime
{
    private static readonly object PerCall = new { price = new { inputPerMTok = 0, outputPerMTok = 0, perRequest = 0.001 } };

    private SimulatorServer _upstream = null!;
    private TestTenant _tenant = null!;

    public async Task InitializeAsync()
    {
        _upstream = await SimulatorServer.StartAsync();
        _tenant = await fixture.Server.CreateTenantAsync();
    }

    public async Task DisposeAsync() => await _upstream.DisposeAsync();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Calls_are_answered_until_the_budget_is_spent_and_not_one_further(bool streaming)
    {
        await _tenant.RegisterModelAsync("own", _upstream.BaseUrl + "/v1", PerCall);
        await PutBudgetAsync("tenant:" + _tenant.Id, "0.005");
        for (var i = 0; i < 5; i++)
        {
            (await ChatAsync(streaming)).Require(HttpStatusCode.OK);
        }

        // Until the ledger has them they count as in flight: then the refusal is for good.
        await PostedBecomesAsync("tenant:" + _tenant.Id, "0.005");
        var calls = _upstream.Stats.Received;
        await Eventually.IsTrueAsync("it is refused for good", async () => (await ChatAsync(streaming)).Header("x-should-retry") == "false");
        var refused = await ChatAsync(streaming);
        refused.AssertError(402, "budget_exceeded");
        Assert.Equal("false", refused.Header("x-should-retry"));
        Assert.Contains("tenant:" + _tenant.Id, refused.Text, StringComparison.Ordinal);
        Assert.Contains("Limit $0.005", refused.Text, StringComparison.Ordinal);
        Assert.Equal(calls, _upstream.Stats.Received);

        await PutBudgetAsync("tenant:" + _tenant.Id, "0.006");
        await Eventually.IsTrueAsync("the raised budget is used", async () => (await ChatAsync(streaming)).Status == HttpStatusCode.OK);
        Assert.Equal(HttpStatusCode.PaymentRequired, (await ChatAsync(streaming)).Status);
    }

    [Fact]
    public async Task The_narrowest_of_several_budgets_decides_and_the_others_lose_nothing()
    {
        await _tenant.RegisterModelAsync("own", _upstream.BaseUrl + "/v1", PerCall);
        await PutBudgetAsync("tenant:" + _tenant.Id, "1");
        await PutBudgetAsync($"user:{_tenant.Id}/alice", "0.002");
        (string, string) alice = ("x-beast-user", "alice");
        (string, string) bob = ("x-beast-user", "bob");
        (await ChatAsync(false, alice)).Require(HttpStatusCode.OK);
        (await ChatAsync(true, alice)).Require(HttpStatusCode.OK);
        var refused = await ChatAsync(false, alice);
        refused.AssertError(402, "budget_exceeded");
        Assert.Contains($"user:{_tenant.Id}/alice", refused.Text, StringComparison.Ordinal);
        (await ChatAsync(false, bob)).Require(HttpStatusCode.OK);
        await PostedBecomesAsync("tenant:" + _tenant.Id, "0.003");
        await PostedBecomesAsync($"user:{_tenant.Id}/alice", "0.002");
    }

    [Fact]
    public async Task A_target_that_the_budget_cannot_pay_is_skipped_for_one_that_it_can()
    {
        await _tenant.RegisterModelAsync("dear", _upstream.BaseUrl + "/v1", new { price = new { inputPerMTok = 0, outputPerMTok = 0, perRequest = 5 } });
        await _tenant.PutProviderAsync("openai", _upstream.BaseUrl + "/v1");
        await PutBudgetAsync("tenant:" + _tenant.Id, "2");
        var answer = (await ChatAsync(false)).Require(HttpStatusCode.OK);
        Assert.Equal("openai:gpt-4", answer.Header("x-beast-model"));
        Assert.Equal("other", answer.Header("x-beast-fallback-reason"));
    }

    [Fact]
    public async Task What_an_answer_did_not_cost_is_free_for_the_next()
    {
        // Up to 100 tokens of a cent are reserved, one is used.
        await using var brief = await SimulatorServer.StartAsync(new SimulatorOptions { DefaultBehavior = new SimulatorBehavior { PromptTokens = 0, CompletionTokens = 1 } });
        await _tenant.RegisterModelAsync("own", brief.BaseUrl + "/v1", new { price = new { inputPerMTok = 0, outputPerMTok = 10_000 } });
        await PutBudgetAsync("tenant:" + _tenant.Id, "1.02");
        var body = new { model = "custom:own", max_tokens = 100, messages = new[] { new { role = "user", content = "Hello" } } };
        ApiAnswer answer;
        do
        {
            answer = await _tenant.SendAsync(HttpMethod.Post, "/v1/chat/completions", body);
        }
        while (answer.Status == HttpStatusCode.OK || answer.Header("x-should-retry") == "true");

        // With three answered, less is left than a fourth could cost.
        answer.AssertError(402, "budget_exceeded");
        Assert.Equal(3, brief.Stats.Received);
        await PostedBecomesAsync("tenant:" + _tenant.Id, "0.03");
    }

    private Task<ApiAnswer> ChatAsync(bool streaming, params (string, string)[] headers) => _tenant.SendAsync(
        HttpMethod.Post, "/v1/chat/completions", new { model = "auto", stream = streaming, messages = new[] { new { role = "user", content = "Hello" } } }, headers);

    private async Task PutBudgetAsync(string scope, string limit) =>
        (await fixture.Server.AdminAsync(HttpMethod.Put, "/admin/v1/budgets/" + scope, new { limitUsd = limit })).Require(HttpStatusCode.OK);

    /// <summary>Soon after the answers; then nothing that was spent is still held.</summary>
    private Task<TimeSpan> PostedBecomesAsync(string scope, string usd) => Eventually.IsTrueAsync($"{scope} has posted {usd}", async () =>
        (await fixture.Server.AdminAsync(HttpMethod.Get, "/admin/v1/budgets/" + scope)).Require(HttpStatusCode.OK).Json.Text("postedUsd") == usd);
}
