using System.Net;
using System.Text.Json;
using BeastOrleans.GatewayTests.Api;
using BeastOrleans.Simulator;
using BeastOrleans.Testing;
using Xunit;

namespace BeastOrleans.GatewayTests.Money;

[Collection(ApiCollection.Name)]
public sealed class UsageReportTests(ApiFixture fixture) : IAsyncLifetime
{
    private SimulatorServer _upstream = null!;
    private TestTenant _tenant = null!;

    public async Task InitializeAsync()
    {
        _upstream = await SimulatorServer.StartAsync(new SimulatorOptions { DefaultBehavior = new SimulatorBehavior { PromptTokens = 600, CompletionTokens = 400 } });
        (await fixture.Server.AdminAsync(HttpMethod.Put, "/admin/v1/prices", new { model = "openai:gpt-4", inputPerMTok = 30, outputPerMTok = 30 })).Require(HttpStatusCode.OK);
        _tenant = await fixture.Server.CreateTenantAsync();
        await _tenant.RegisterModelAsync("own", _upstream.BaseUrl + "/v1", new { price = new { inputPerMTok = 1, outputPerMTok = 1 } });
        await _tenant.RegisterModelAsync("free", _upstream.BaseUrl + "/v1");
        await _tenant.PutProviderAsync("openai", _upstream.BaseUrl + "/v1");
        await ChatAsync("custom:own", "alice", "team-a,batch");
        await ChatAsync("openai:gpt-4", "alice", "team-a");
        await ChatAsync("custom:free", "=cmd|' /C calc'!A0", null);
        await Eventually.IsTrueAsync("the ledger has all three", async () => (await UsageAsync("&by=total")) is [var row] && row.GetProperty("attempts").GetProperty("total").GetInt32() == 3);
    }

    public async Task DisposeAsync() => await _upstream.DisposeAsync();

    [Fact]
    public async Task A_report_tells_what_was_used_by_what_was_asked()
    {
        var total = Assert.Single(await UsageAsync("&by=total"));
        Assert.Equal(["at", "attempts", "tokens", "costUsd", "unpriced"], total.Names());
        Assert.Equal((0.031m, 1), (total.GetProperty("costUsd").GetDecimal(), total.GetProperty("unpriced").GetInt32()));
        Assert.Equal((1_800, 1_200), (total.GetProperty("tokens").GetProperty("input").GetInt32(), total.GetProperty("tokens").GetProperty("output").GetInt32()));
        Assert.Equal(["total", "ok", "abandoned", "unknown", "caller", "network", "overload", "timeout", "unhealthy", "other"], total.GetProperty("attempts").Names());

        Assert.Equal(["custom", "openai"], (await UsageAsync("&by=hour&group=provider")).Select(row => row.Text("provider")));
        Assert.Equal([("alice", "custom:own"), ("alice", "openai:gpt-4")], (await UsageAsync("&group=user,model&user=alice")).Select(row => (row.Text("user"), row.Text("model"))));
        var tags = await UsageAsync("&group=tag");
        Assert.Equal([("batch", 1, 0.001m), ("team-a", 2, 0.031m)], tags.Select(row => (row.Text("tag")!, row.GetProperty("attempts").GetProperty("ok").GetInt32(), row.GetProperty("costUsd").GetDecimal())));
        Assert.Single(await UsageAsync("&tag=batch&provider=custom"));
        Assert.Empty(await UsageAsync("&tag=batch&provider=openai"));
    }

    [Fact]
    public async Task A_report_comes_in_pages()
    {
        var whole = await UsageAsync("&group=user,model");
        var paged = new List<string>();
        for (var cursor = ""; ;)
        {
            var page = (await fixture.Server.AdminAsync(HttpMethod.Get, $"/admin/v1/usage?tenant={_tenant.Id}&group=user,model&limit=1{cursor}")).Require(HttpStatusCode.OK).Json;
            paged.AddRange(page.List("rows").Select(row => row.ToString()));
            if (page.Text("next") is not { } next)
            {
                break;
            }

            cursor = "&cursor=" + next;
        }

        Assert.Equal(3, whole.Length);
        Assert.Equal(whole.Select(row => row.ToString()), paged);
    }

    [Fact]
    public async Task A_report_is_a_table_where_one_is_asked_for()
    {
        var answer = (await fixture.Server.AdminAsync(HttpMethod.Get, $"/admin/v1/usage?tenant={_tenant.Id}&group=user&by=total&format=csv")).Require(HttpStatusCode.OK);
        Assert.Equal("text/csv; charset=utf-8", answer.Header("Content-Type"));
        var lines = answer.Text.Split("\r\n");
        Assert.StartsWith("from,tenant,user,attempts,ok,", lines[0], StringComparison.Ordinal);
        Assert.EndsWith(",costUsd,unpriced", lines[0], StringComparison.Ordinal);

        // A spreadsheet must not run what a caller called itself.
        Assert.Contains($",{_tenant.Id},'=cmd|' /C calc'!A0,1,1,", lines[1], StringComparison.Ordinal);
        Assert.EndsWith($",{_tenant.Id},alice,2,2,0,0,0,0,0,0,0,0,1200,800,0,0,0,0.031,0", lines[2], StringComparison.Ordinal);
        Assert.Equal("", lines[3]);

        var page = await fixture.Server.SendAsync(HttpMethod.Get, $"/admin/v1/usage/ledger?tenant={_tenant.Id}&limit=2", fixture.Server.AdminKey, null, ("Accept", "text/csv"));
        Assert.Equal(4, page.Text.Split("\r\n").Length);
        Assert.NotNull(page.Header("x-beast-next"));
    }

    [Fact]
    public async Task The_ledger_is_listed_newest_first()
    {
        var page = (await fixture.Server.AdminAsync(HttpMethod.Get, $"/admin/v1/usage/ledger?tenant={_tenant.Id}&limit=2")).Require(HttpStatusCode.OK).Json;
        var rest = (await fixture.Server.AdminAsync(HttpMethod.Get, $"/admin/v1/usage/ledger?tenant={_tenant.Id}&cursor={page.Text("next")}")).Require(HttpStatusCode.OK).Json;
        JsonElement[] rows = [.. page.List("rows"), .. rest.List("rows")];
        Assert.Equal(["custom:free", "openai:gpt-4", "custom:own"], rows.Select(row => row.Text("modelId")));
        Assert.Equal(JsonValueKind.Null, rest.GetProperty("next").ValueKind);
        Assert.Equal(JsonValueKind.Null, rows[0].GetProperty("costUsd").ValueKind);
        Assert.Equal(0.03m, rows[1].GetProperty("costUsd").GetDecimal());
        Assert.Equal(["team-a", "batch"], rows[2].List("tags").Select(tag => tag.GetString()));
        Assert.Single((await fixture.Server.AdminAsync(HttpMethod.Get, $"/admin/v1/usage/ledger?tenant={_tenant.Id}&user=alice&model=custom:own")).Json.List("rows"));
    }

    [Theory]
    [InlineData("?by=week", "by")]
    [InlineData("?group=colour", "group")]
    [InlineData("?user=alice", "tenant")]
    [InlineData("?tag=x", "tenant")]
    [InlineData("?by=total&group=user", "tenant")]
    [InlineData("?tenant=acme&group=user,tag", "tag")]
    [InlineData("?from=yesterday", "from")]
    [InlineData("?from=2026-02-01T00:00:00Z&to=2026-01-01T00:00:00Z", "from")]
    [InlineData("?from=2024-01-01T00:00:00Z&to=2026-01-01T00:00:00Z", "from")]
    [InlineData("?by=hour&from=2026-01-01T00:00:00Z&to=2026-01-31T00:00:00Z", "from")]
    [InlineData("?limit=0", "limit")]
    [InlineData("?limit=5001", "limit")]
    [InlineData("?format=xml", "format")]
    [InlineData("?cursor=abc", "cursor")]
    [InlineData("?tennant=acme", "query")]
    [InlineData("?tenant=a&tenant=b", "query")]
    [InlineData("/ledger?user=alice", "tenant")]
    [InlineData("/ledger?group=user", "query")]
    [InlineData("/ledger?limit=501", "limit")]
    [InlineData("/ledger?cursor=abc", "cursor")]
    public async Task A_question_that_is_not_understood_is_told_what_to_mend(string query, string field) =>
        (await fixture.Server.AdminAsync(HttpMethod.Get, "/admin/v1/usage" + query)).AssertError(400, "invalid_request", field);

    private async Task<JsonElement[]> UsageAsync(string query) =>
        (await fixture.Server.AdminAsync(HttpMethod.Get, $"/admin/v1/usage?tenant={_tenant.Id}{query}")).Require(HttpStatusCode.OK).Json.List("rows");

    private async Task ChatAsync(string model, string user, string? tags)
    {
        (string, string)[] headers = tags is null ? [("x-beast-user", user)] : [("x-beast-user", user), ("x-beast-tags", tags)];
        (await fixture.Server.SendAsync(HttpMethod.Post, "/v1/chat/completions", _tenant.Key, new { model, messages = new[] { new { role = "user", content = "hi" } } }, headers)).Require(HttpStatusCode.OK);
    }
}
