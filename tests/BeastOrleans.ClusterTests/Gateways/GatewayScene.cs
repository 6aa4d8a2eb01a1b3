using System.Net;
using BeastOrleans.Contracts.Endpoints;
using BeastOrleans.Contracts.Identity;
using BeastOrleans.Simulator;
using BeastOrleans.Testing;

namespace BeastOrleans.ClusterTests.Gateways;

/// <summary>A tenant on a cluster with gateways: its custom model <c>custom:mine</c>, OpenAI behind it, and a key per user.</summary>
internal sealed class GatewayScene : IAsyncDisposable
{
    private GatewayScene(BeastCluster cluster, TenantId tenant, string adminKey, SimulatorServer custom, SimulatorServer provider)
    {
        Cluster = cluster;
        Tenant = tenant;
        AdminKey = adminKey;
        Custom = custom;
        Provider = provider;
        EndpointKey = GrainKeys.Endpoint(EndpointOwner.OfTenant(tenant), ModelId.Custom("mine"));
    }

    public BeastCluster Cluster { get; }

    public TenantId Tenant { get; }

    public SimulatorServer Custom { get; }

    public SimulatorServer Provider { get; }

    public string EndpointKey { get; }

    public IEndpointGrain Endpoint => Cluster.Client.GetGrain<IEndpointGrain>(EndpointKey);

    private string AdminKey { get; }

    public static async Task<GatewayScene> StartAsync(BeastCluster cluster)
    {
        var adminKey = cluster.AdminKey!;
        var tenant = Make.Tenant();
        var scene = new GatewayScene(cluster, tenant, adminKey, await SimulatorServer.StartAsync(), await SimulatorServer.StartAsync());
        var gateway = cluster.Gateways[0];
        (await gateway.SendAsync(HttpMethod.Post, "/admin/v1/tenants", adminKey, new { id = tenant.Value })).Answer.Require(HttpStatusCode.Created);
        var key = await scene.CreateKeyAsync(user: null);
        (await gateway.SendAsync(
            HttpMethod.Post, "/api/models/custom", key, new { name = "mine", baseUrl = scene.Custom.BaseUrl + "/v1", model = "llama-3" })).Answer.Require(HttpStatusCode.Created);
        (await gateway.SendAsync(
            HttpMethod.Put, "/api/providers/openai/key", key, new { apiKey = "sk-simulated-0123456789", baseUrl = scene.Provider.BaseUrl + "/v1" })).Answer.Require(HttpStatusCode.NoContent);
        return scene;
    }

    public async Task<string> CreateKeyAsync(string? user)
    {
        var answer = await Cluster.Gateways[0].SendAsync(HttpMethod.Post, "/admin/v1/keys", AdminKey, new { tenant = Tenant.Value, user });
        return answer.Answer.Require(HttpStatusCode.Created).Json.GetProperty("key").GetString()!;
    }

    public Task<TimedAnswer> ChatAsync(int gateway, string key) => Cluster.Gateways[gateway].SendAsync(
        HttpMethod.Post, "/v1/chat/completions", key, new { model = "auto", messages = new[] { new { role = "user", content = "Hello" } } });

    public static string? ServedBy(TimedAnswer answer) => answer.Answer.Header("x-beast-model");

    public long CustomCalls => Custom.Stats.Received;

    public async ValueTask DisposeAsync()
    {
        await Custom.DisposeAsync();
        await Provider.DisposeAsync();
    }
}

/// <summary>Three silos with a gateway beside each, for the tests that leave them whole.</summary>
public sealed class GatewayClusterFixture : IAsyncLifetime
{
    public BeastCluster Cluster { get; private set; } = null!;

    public async Task InitializeAsync() =>
        Cluster = await BeastCluster.StartAsync(new BeastClusterOptions { Silos = 3, WithGateways = true });

    public async Task DisposeAsync() => await Cluster.DisposeAsync();
}

[CollectionDefinition(Name)]
public sealed class GatewayClusterCollection : ICollectionFixture<GatewayClusterFixture>
{
    public const string Name = "gateway cluster";
}
