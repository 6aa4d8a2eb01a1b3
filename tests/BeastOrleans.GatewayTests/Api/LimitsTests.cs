using System.Net;
using BeastOrleans.Contracts.Metering;
using BeastOrleans.Contracts.Tenants;
using BeastOrleans.Testing;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace BeastOrleans.GatewayTests.Api;

[Collection(ApiCollection.Name)]
public sealed class LimitsTests(ApiFixture fixture)
{
    private readonly BeastServer _server = fixture.Server;

    [Fact]
    public async Task Limits_are_put_read_and_removed_beside_a_budget()
    {
        var tenant = await _server.CreateTenantAsync();
        var key = (await _server.AdminAsync(HttpMethod.Post, "/admin/v1/keys", new { tenant = tenant.Id })).Json.Text("id");
        foreach (var scope in new[] { $"tenant:{tenant.Id}", $"user:{tenant.Id}/alice/1", "key:" + key })
        {
            var route = "/admin/v1/limits/" + scope;
            (await _server.AdminAsync(HttpMethod.Get, route)).AssertError(404);
            (await _server.AdminAsync(HttpMethod.Put, "/admin/v1/budgets/" + scope, """{"limitUsd":1}""")).Require(HttpStatusCode.OK);

            var put = (await _server.AdminAsync(HttpMethod.Put, route, """{"requestsPerMinute":60,"tokensPerMinute":5000000000}""")).Require(HttpStatusCode.OK).Json;
            Assert.Equal(["scope", "requestsPerMinute", "tokensPerMinute", "parallel"], put.Names());
            Assert.Equal((scope, 60, 5_000_000_000), (put.Text("scope"), put.GetProperty("requestsPerMinute").GetInt32(), put.GetProperty("tokensPerMinute").GetInt64()));
            Assert.Equal(put.ToString(), (await _server.AdminAsync(HttpMethod.Get, "/admin/v1/limits/" + Uri.EscapeDataString(scope))).Json.ToString());

            (await _server.AdminAsync(HttpMethod.Delete, "/admin/v1/budgets/" + scope)).Require(HttpStatusCode.NoContent);
            Assert.Equal(put.ToString(), (await _server.AdminAsync(HttpMethod.Get, route)).Json.ToString());
            (await _server.AdminAsync(HttpMethod.Delete, route)).Require(HttpStatusCode.NoContent);
            (await _server.AdminAsync(HttpMethod.Get, route)).AssertError(404);
            (await _server.AdminAsync(HttpMethod.Delete, route)).AssertError(404);
        }
    }

    [Fact]
    public async Task What_a_key_has_is_known_at_its_next_request()
    {
        var tenant = await _server.CreateTenantAsync();
        var key = (await _server.AdminAsync(HttpMethod.Post, "/admin/v1/keys", new { tenant = tenant.Id })).Json;
        await _server.AdminAsync(HttpMethod.Put, "/admin/v1/limits/key:" + key.Text("id"), """{"parallel":3}""");
        await _server.AdminAsync(HttpMethod.Put, "/admin/v1/budgets/key:" + key.Text("id"), """{"limitUsd":1,"soft":true}""");

        Assert.True(Gateway.Authentication.VirtualKeySecret.TryDigest(key.Text("key"), out var digest));
        var identity = await _server.Services.GetRequiredService<IGrainFactory>().GetGrain<IVirtualKeyGrain>("k:" + digest.ToHex()).AuthenticateAsync();
        Assert.Equal(new ScopeMetering { Budget = BudgetKind.Soft, Limits = new RateLimits { Parallel = 3 } }, identity!.Metering);
    }

    [Theory]
    [InlineData("{}", "requestsPerMinute")]
    [InlineData("""{"requestsPerMinute":0}""", "requestsPerMinute")]
    [InlineData("""{"requestsPerMinute":10000001}""", "requestsPerMinute")]
    [InlineData("""{"tokensPerMinute":-5}""", "tokensPerMinute")]
    [InlineData("""{"tokensPerMinute":10000000001}""", "tokensPerMinute")]
    [InlineData("""{"parallel":0}""", "parallel")]
    [InlineData("""{"parallel":1.5}""", "parallel")]
    [InlineData("""{"burst":5}""", "burst")]
    public async Task A_bad_limit_is_told_which_field_to_mend(string body, string field)
    {
        var tenant = await _server.CreateTenantAsync();
        (await _server.AdminAsync(HttpMethod.Put, $"/admin/v1/limits/tenant:{tenant.Id}", body)).AssertError(400, "invalid_request", field);
    }
}
