using System.Net;
using System.Text.Json;
using BeastOrleans.Contracts.Identity;
using BeastOrleans.Contracts.Metering;
using BeastOrleans.Contracts.Tenants;
using BeastOrleans.Testing;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace BeastOrleans.GatewayTests.Api;

[Collection(ApiCollection.Name)]
public sealed class BudgetsTests(ApiFixture fixture)
{
    private readonly BeastServer _server = fixture.Server;

    private IGrainFactory Grains => _server.Services.GetRequiredService<IGrainFactory>();

    [Fact]
    public async Task A_budget_is_put_read_changed_and_removed()
    {
        var tenant = await _server.CreateTenantAsync();
        var route = $"/admin/v1/budgets/tenant:{tenant.Id}";
        (await _server.AdminAsync(HttpMethod.Get, route)).AssertError(404, "not_found");

        var put = (await _server.AdminAsync(HttpMethod.Put, route, """{"limitUsd":"1.00","period":"month"}""")).Require(HttpStatusCode.OK).Json;
        Assert.Equal(["scope", "limitUsd", "period", "soft", "postedUsd", "leasedUsd", "freeUsd", "resetsAt", "gaps"], put.Names());
        Assert.Equal(("tenant:" + tenant.Id, "1", "month", "0", "0", "1"), (put.Text("scope"), put.Text("limitUsd"), put.Text("period"), put.Text("postedUsd"), put.Text("leasedUsd"), put.Text("freeUsd")));
        Assert.Equal(JsonValueKind.False, put.GetProperty("soft").ValueKind);
        Assert.Equal(1, put.GetProperty("resetsAt").GetDateTimeOffset().Day);
        Assert.Empty(put.List("gaps"));
        Assert.Equal(put.ToString(), (await _server.AdminAsync(HttpMethod.Get, route)).Json.ToString());
        Assert.Equal(put.ToString(), (await _server.AdminAsync(HttpMethod.Get, $"/admin/v1/budgets/tenant%3A{tenant.Id}")).Json.ToString());
        Assert.Contains(await AllAsync(), budget => budget.ToString() == put.ToString());
        Assert.Equal(BudgetKind.Hard, (await Grains.GetGrain<ITenantGrain>("t:" + tenant.Id).GetSnapshotAsync()).Metering.Budget);

        var changed = (await _server.AdminAsync(HttpMethod.Put, route, """{"limitUsd":0.000000001,"soft":true}""")).Require(HttpStatusCode.OK).Json;
        Assert.Equal(("0.000000001", "total"), (changed.Text("limitUsd"), changed.Text("period")));
        Assert.Equal(JsonValueKind.Null, changed.GetProperty("resetsAt").ValueKind);
        Assert.Equal(BudgetKind.Soft, (await Grains.GetGrain<ITenantGrain>("t:" + tenant.Id).GetSnapshotAsync()).Metering.Budget);

        Assert.Equal(HttpStatusCode.NoContent, (await _server.AdminAsync(HttpMethod.Delete, route)).Status);
        (await _server.AdminAsync(HttpMethod.Delete, route)).AssertError(404);
        (await _server.AdminAsync(HttpMethod.Get, route)).AssertError(404);
        Assert.True((await Grains.GetGrain<ITenantGrain>("t:" + tenant.Id).GetSnapshotAsync()).Metering.IsNone);
    }

    [Theory]
    [InlineData("""{"period":"day"}""", "limitUsd")]
    [InlineData("""{"limitUsd":null}""", "limitUsd")]
    [InlineData("""{"limitUsd":"1.0000000001"}""", "limitUsd")]
    [InlineData("""{"limitUsd":0.0000000001}""", "limitUsd")]
    [InlineData("""{"limitUsd":1e-40}""", "limitUsd")]
    [InlineData("""{"limitUsd":-1}""", "limitUsd")]
    [InlineData("""{"limitUsd":"$1"}""", "limitUsd")]
    [InlineData("""{"limitUsd":"1,5"}""", "limitUsd")]
    [InlineData("""{"limitUsd":""}""", "limitUsd")]
    [InlineData("""{"limitUsd":true}""", "limitUsd")]
    [InlineData("""{"limitUsd":1e10}""", "limitUsd")]
    [InlineData("""{"limitUsd":1.00000000000000000000000000000000001}""", "limitUsd")]
    [InlineData("""{"limitUsd":1,"period":"year"}""", "period")]
    [InlineData("""{"limitUsd":1,"period":1}""", "period")]
    [InlineData("""{"limitUsd":1,"hard":true}""", "hard")]
    public async Task A_bad_budget_is_told_which_field_to_mend(string body, string field)
    {
        var tenant = await _server.CreateTenantAsync();
        (await _server.AdminAsync(HttpMethod.Put, $"/admin/v1/budgets/tenant:{tenant.Id}", body)).AssertError(400, "invalid_request", field);
        (await _server.AdminAsync(HttpMethod.Get, $"/admin/v1/budgets/tenant:{tenant.Id}")).AssertError(404);
    }

    [Theory]
    [InlineData("""{"limitUsd":1E-9}""", "0.000000001")]
    [InlineData("""{"limitUsd":"1000000000.000000000000"}""", "1000000000")]
    [InlineData("""{"limitUsd":0}""", "0")]
    [InlineData("""{"limitUsd":12.340}""", "12.34")]
    public async Task An_amount_is_kept_exactly(string body, string limit)
    {
        var tenant = await _server.CreateTenantAsync();
        Assert.Equal(limit, (await _server.AdminAsync(HttpMethod.Put, $"/admin/v1/budgets/tenant:{tenant.Id}", body)).Require(HttpStatusCode.OK).Json.Text("limitUsd"));
    }

    [Theory]
    [InlineData("tenant:no-such-tenant", 404)]
    [InlineData("user:no-such-tenant/alice", 404)]
    [InlineData("key:key_0000", 404)]
    [InlineData("tenant:Bad Name", 400)]
    [InlineData("planet:earth", 400)]
    [InlineData("x", 400)]
    public async Task A_scope_that_nobody_is_has_neither_budget_nor_limits(string scope, int status)
    {
        foreach (var method in new[] { HttpMethod.Get, HttpMethod.Put, HttpMethod.Delete })
        {
            (await _server.AdminAsync(method, "/admin/v1/budgets/" + scope, """{"limitUsd":1}""")).AssertError(status);
            (await _server.AdminAsync(method, "/admin/v1/limits/" + scope, """{"parallel":1}""")).AssertError(status);
        }

        (await _server.AdminAsync(HttpMethod.Post, $"/admin/v1/budgets/{scope}/gaps/x", """{"action":"post"}""")).AssertError(status);
    }

    [Theory]
    [InlineData("alice", "alice")]
    [InlineData("a/b:c", "a/b:c")]
    [InlineData("a/b:c", "a%2Fb%3Ac")]
    [InlineData("50%25 of/gaps/x", "50%2525 of%2Fgaps%2Fx")]
    [InlineData("a+b", "a+b")]
    [InlineData("ünï", "%C3%BCn%C3%AF")]
    public async Task A_users_id_is_taken_raw_and_encoded(string user, string spelled)
    {
        var tenant = await _server.CreateTenantAsync();
        var put = (await _server.AdminAsync(HttpMethod.Put, $"/admin/v1/budgets/user:{tenant.Id}/{spelled}", """{"limitUsd":5}""")).Require(HttpStatusCode.OK);
        Assert.Equal($"user:{tenant.Id}/{user}", put.Json.Text("scope"));
        (await _server.AdminAsync(HttpMethod.Post, $"/admin/v1/budgets/user:{tenant.Id}/{spelled}/gaps/none", """{"action":"post"}""")).AssertError(404);
        var selector = Grains.GetGrain<Contracts.Selection.ISelectorGrain>(GrainKeys.Selector(TenantId.Parse(tenant.Id), UserId.Parse(user)));
        Assert.Equal(BudgetKind.Hard, (await selector.GetMeteringAsync()).Budget);
    }

    [Fact]
    public async Task A_key_reads_the_budgets_that_its_requests_are_booked_on()
    {
        var tenant = await _server.CreateTenantAsync();
        var key = (await _server.AdminAsync(HttpMethod.Post, "/admin/v1/keys", new { tenant = tenant.Id, user = "alice", scopes = new[] { "inference" } })).Json;
        foreach (var scope in new[] { $"tenant:{tenant.Id}", $"user:{tenant.Id}/alice", $"user:{tenant.Id}/bob", "key:" + key.Text("id") })
        {
            (await _server.AdminAsync(HttpMethod.Put, "/admin/v1/budgets/" + scope, """{"limitUsd":2}""")).Require(HttpStatusCode.OK);
        }

        Assert.Equal([$"user:{tenant.Id}/alice", "key:" + key.Text("id")], await OwnAsync(key.Text("key")!));
        Assert.Equal([$"tenant:{tenant.Id}", $"user:{tenant.Id}/bob"], await OwnAsync(tenant.Key, ("x-beast-user", "bob")));
        var stranger = await _server.CreateTenantAsync();
        Assert.Empty(await OwnAsync(stranger.Key, ("x-beast-user", "alice")));
        (await _server.SendAsync(HttpMethod.Get, "/api/budgets", key.Text("key"), body: null, ("x-beast-user", "bob"))).AssertError(403, "user_not_allowed");
        (await _server.SendAsync(HttpMethod.Get, $"/admin/v1/budgets/tenant:{tenant.Id}", tenant.Key)).AssertError(401);
    }

    [Fact]
    public async Task What_is_spent_is_booked_on_every_scope()
    {
        var tenant = await _server.CreateTenantAsync();
        var key = (await _server.AdminAsync(HttpMethod.Post, "/admin/v1/keys", new { tenant = tenant.Id, user = "alice" })).Json;
        var caller = tenant with { Key = key.Text("key")! };
        await caller.RegisterModelAsync("mine", fixture.CustomUrl, new { price = new { inputPerMTok = 1000, outputPerMTok = 1000 } });
        string[] scopes = [$"tenant:{tenant.Id}", $"user:{tenant.Id}/alice", "key:" + key.Text("id")];
        foreach (var scope in scopes)
        {
            (await _server.AdminAsync(HttpMethod.Put, "/admin/v1/budgets/" + scope, """{"limitUsd":"100","soft":true}""")).Require(HttpStatusCode.OK);
        }

        var cost = (await caller.ChatAsync("custom:mine")).Require(HttpStatusCode.OK).Header("x-beast-cost-usd")!;
        Assert.NotEqual(0m, decimal.Parse(cost, System.Globalization.CultureInfo.InvariantCulture));
        foreach (var scope in scopes)
        {
            await Eventually.IsTrueAsync(
                "the ledger has booked it",
                async () => (await _server.AdminAsync(HttpMethod.Get, "/admin/v1/budgets/" + scope)).Json.Text("postedUsd") == cost);
        }

        // One that comes later starts with what was spent before it.
        (await _server.AdminAsync(HttpMethod.Delete, "/admin/v1/budgets/" + scopes[2])).Require(HttpStatusCode.NoContent);
        Assert.Equal(cost, (await _server.AdminAsync(HttpMethod.Put, "/admin/v1/budgets/" + scopes[2], """{"limitUsd":1,"period":"day"}""")).Json.Text("postedUsd"));
    }

    [Fact]
    public async Task A_lease_is_lent_once_and_given_back()
    {
        var tenant = await _server.CreateTenantAsync();
        var route = $"/admin/v1/budgets/tenant:{tenant.Id}";
        (await _server.AdminAsync(HttpMethod.Put, route, """{"limitUsd":"0.000001"}""")).Require(HttpStatusCode.OK);
        var budget = Grains.GetGrain<IBudgetGrain>(GrainKeys.Budget(MeteredScope.OfTenant(TenantId.Parse(tenant.Id))));
        var request = new LeaseRequest { LeaseId = Guid.NewGuid().ToString("N"), Gateway = "gw", Epoch = 1, Need = Nano(600), Want = Nano(600) };

        var grants = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => budget.LeaseAsync(request)));
        Assert.All(grants, grant => Assert.Equal((LeaseAnswer.Granted, 600), (grant.Answer, grant.Amount.Nano)));
        Assert.Equal(LeaseAnswer.InFlight, (await budget.LeaseAsync(request with { LeaseId = "other" + request.LeaseId })).Answer);
        var held = (await _server.AdminAsync(HttpMethod.Get, route)).Json;
        Assert.Equal(("0.0000006", "0.0000004"), (held.Text("leasedUsd"), held.Text("freeUsd")));
        (await _server.AdminAsync(HttpMethod.Post, $"{route}/gaps/{request.LeaseId}", """{"action":"post"}""")).AssertError(409, "conflict");
        (await _server.AdminAsync(HttpMethod.Post, $"{route}/gaps/{request.LeaseId}", """{"action":"burn"}""")).AssertError(400, "invalid_request", "action");
        (await _server.AdminAsync(HttpMethod.Post, route, """{"action":"post"}""")).AssertError(404);

        await budget.CloseAsync(request.LeaseId);
        await budget.CloseAsync(request.LeaseId);
        Assert.Equal("0", (await _server.AdminAsync(HttpMethod.Get, route)).Json.Text("leasedUsd"));
        (await _server.AdminAsync(HttpMethod.Post, $"{route}/gaps/{request.LeaseId}", """{"action":"void"}""")).AssertError(409, "conflict");
    }

    [Fact]
    public async Task A_revoked_key_takes_its_budget_with_it()
    {
        var tenant = await _server.CreateTenantAsync();
        var id = (await _server.AdminAsync(HttpMethod.Post, "/admin/v1/keys", new { tenant = tenant.Id })).Json.Text("id");
        (await _server.AdminAsync(HttpMethod.Put, "/admin/v1/budgets/key:" + id, """{"limitUsd":1}""")).Require(HttpStatusCode.OK);

        (await _server.AdminAsync(HttpMethod.Delete, "/admin/v1/keys/" + id)).Require(HttpStatusCode.NoContent);

        (await _server.AdminAsync(HttpMethod.Get, "/admin/v1/budgets/key:" + id)).AssertError(404);
        Assert.DoesNotContain(await AllAsync(), budget => budget.Text("scope") == "key:" + id);
    }

    [Fact]
    public async Task Budgets_are_listed_page_by_page()
    {
        (await _server.AdminAsync(HttpMethod.Get, "/admin/v1/budgets?cursor=bogus!")).AssertError(400, param: "cursor");
        var tenant = await _server.CreateTenantAsync();
        (await _server.AdminAsync(HttpMethod.Put, $"/admin/v1/budgets/tenant:{tenant.Id}", """{"limitUsd":1}""")).Require(HttpStatusCode.OK);
        var scopes = (await AllAsync()).Select(budget => budget.Text("scope")!).ToArray();
        Assert.Contains("tenant:" + tenant.Id, scopes);
        Assert.Equal(scopes.Order(StringComparer.Ordinal), scopes);
    }

    private static Contracts.Usage.Money Nano(long nano) => Contracts.Usage.Money.FromNano(nano);

    private async Task<string[]> OwnAsync(string key, params (string, string)[] headers) =>
        [.. (await _server.SendAsync(HttpMethod.Get, "/api/budgets", key, body: null, headers)).Require(HttpStatusCode.OK).Json.List("budgets").Select(b => b.Text("scope")!)];

    private async Task<List<JsonElement>> AllAsync()
    {
        List<JsonElement> all = [];
        string? cursor = null;
        do
        {
            var page = (await _server.AdminAsync(HttpMethod.Get, "/admin/v1/budgets?cursor=" + Uri.EscapeDataString(cursor ?? ""))).Require(HttpStatusCode.OK).Json;
            all.AddRange(page.List("budgets"));
            cursor = page.Text("next");
        }
        while (cursor is not null);
        return all;
    }
}
