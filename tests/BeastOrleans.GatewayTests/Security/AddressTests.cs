using System.Net;
using BeastOrleans.GatewayTests.Api;
using BeastOrleans.Simulator;
using BeastOrleans.Testing;
using Xunit;

namespace BeastOrleans.GatewayTests.Security;

/// <summary>A gateway whose operator allows nothing of this machine: what a tenant registers must be public.</summary>
public sealed class AddressTests : IAsyncLifetime
{
    private BeastServer _server = null!;
    private SimulatorServer _inside = null!;

    public async Task InitializeAsync()
    {
        _server = await BeastServer.StartAsync(null, "--Beast:Upstreams:AllowedNetworks:0=203.0.113.0/24");
        _inside = await SimulatorServer.StartAsync();
    }

    public async Task DisposeAsync()
    {
        await _server.DisposeAsync();
        await _inside.DisposeAsync();
    }

    [Fact]
    public async Task An_address_inside_is_refused_however_it_is_written()
    {
        var tenant = await _server.CreateTenantAsync();
        foreach (var host in new[]
        {
            "169.254.169.254", "10.0.0.1", "192.168.1.1", "172.16.0.1", "127.0.0.1", "127.1", "2130706433", "0x7f000001", "0177.0.0.1", "0.0.0.0",
            "100.64.0.1", "[::1]", "[::]", "[::ffff:10.0.0.1]", "[::ffff:a9fe:a9fe]", "[fe80::1]", "[fd00::1]", "[64:ff9b::a00:1]", "[2002:a00:1::1]",
        })
        {
            var body = new { name = "inside", baseUrl = $"http://{host}:8000/v1", apiKey = "k-0123456789", defaultModel = "m" };
            (await tenant.SendAsync(HttpMethod.Post, "/api/models/custom", new { body.name, body.baseUrl })).AssertError(400, "invalid_request", "baseUrl");
            (await tenant.SendAsync(HttpMethod.Put, "/api/providers/openai/key", new { body.apiKey, body.baseUrl })).AssertError(400, "invalid_request", "baseUrl");
            (await tenant.SendAsync(HttpMethod.Put, "/api/providers/mine/key?user=alice", new { body.apiKey, body.baseUrl, body.defaultModel })).AssertError(400, "invalid_request", "baseUrl");
        }

        await tenant.RegisterModelAsync("outside", "http://203.0.113.7:8000/v1", new { enabled = false });
        (await tenant.SendAsync(HttpMethod.Patch, "/api/models/custom/outside", new { baseUrl = "http://10.0.0.1/v1" })).AssertError(400, "invalid_request", "baseUrl");
    }

    [Fact]
    public async Task A_name_that_resolves_to_an_address_inside_is_never_connected_to()
    {
        var tenant = await _server.CreateTenantAsync();
        var url = $"http://localhost:{_inside.Port}/v1";
        await tenant.RegisterModelAsync("named", url);
        await tenant.PutProviderAsync("openai", url);
        (await tenant.ChatAsync()).AssertError(502, "upstream_failed");
        (await tenant.SendAsync(HttpMethod.Post, "/v1/chat/completions", """{"stream":true,"messages":[{"role":"user","content":"x"}]}""")).AssertError(502);
        var test = (await tenant.SendAsync(HttpMethod.Post, "/api/models/custom/named/test")).Require(HttpStatusCode.OK).Json;
        Assert.False(test.GetProperty("healthy").GetBoolean());
        Assert.Equal(0, _inside.Stats.Received);
    }

    [Fact]
    public async Task The_operators_own_addresses_are_free()
    {
        (await _server.AdminAsync(HttpMethod.Post, "/admin/v1/endpoints", new { name = "shared", baseUrl = _inside.BaseUrl + "/v1" })).Require(HttpStatusCode.Created);
        var tenant = await _server.CreateTenantAsync();
        Assert.Equal("custom:shared", (await tenant.ChatAsync()).Require(HttpStatusCode.OK).Header("x-beast-model"));
    }

    [Fact]
    public async Task A_redirect_is_not_followed()
    {
        await using var outer = await SimulatorServer.StartAsync();
        outer.Script(new SimulatorBehavior { Redirect = _inside.BaseUrl + "/v1/chat/completions" });
        (await _server.AdminAsync(HttpMethod.Post, "/admin/v1/endpoints", new { name = "redirecting", baseUrl = outer.BaseUrl + "/v1" })).Require(HttpStatusCode.Created);
        var tenant = await _server.CreateTenantAsync();
        var before = _inside.Stats.Received;
        (await tenant.ChatAsync("custom:redirecting", ("x-beast-fallback", "off"))).AssertError(502);
        Assert.Equal(before, _inside.Stats.Received);
    }
}
