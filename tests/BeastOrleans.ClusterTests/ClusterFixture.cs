using BeastOrleans.Contracts.Endpoints;
using BeastOrleans.Contracts.Identity;
using BeastOrleans.Contracts.Selection;
using BeastOrleans.Contracts.Tenants;
using BeastOrleans.Testing;

namespace BeastOrleans.ClusterTests;

/// <summary>Three silos for all tests of the collection, which run one after the other and never share a key.</summary>
public sealed class ClusterFixture : IAsyncLifetime
{
    public ShiftableClock Clock { get; } = new();

    public BeastCluster Cluster { get; private set; } = null!;

    public async Task InitializeAsync() =>
        Cluster = await BeastCluster.StartAsync(new BeastClusterOptions { Silos = 3, Time = Clock });

    public async Task DisposeAsync() => await Cluster.DisposeAsync();
}

[CollectionDefinition(Name)]
public sealed class ClusterCollection : ICollectionFixture<ClusterFixture>
{
    public const string Name = "cluster";
}

/// <summary>What tests make again and again.</summary>
internal static class Make
{
    public static TenantId Tenant() => TenantId.Parse("t-" + Guid.NewGuid().ToString("N"));

    public static UserId User(string name = "alice") => UserId.Parse(name);

    public static CustomModelRegistration Model(string name = "mine", string? apiKey = "sk-test-0123456789") => new()
    {
        Name = name,
        BaseUrl = new Uri("http://127.0.0.1:9001/v1"),
        ApiKey = apiKey,
    };

    public static ProviderRegistration Provider(string provider = "openai") => new() { Provider = provider, ApiKey = "sk-provider-0123456789" };

    public static ITenantGrain Tenant(this IGrainFactory grains, TenantId tenant) =>
        grains.GetGrain<ITenantGrain>(GrainKeys.Tenant(tenant));

    public static ISelectorGrain Selector(this IGrainFactory grains, TenantId tenant, UserId user) =>
        grains.GetGrain<ISelectorGrain>(GrainKeys.Selector(tenant, user));

    public static IPlatformGrain Platform(this IGrainFactory grains) => grains.GetGrain<IPlatformGrain>(GrainKeys.Platform);

    public static IEndpointGrain Endpoint(this IGrainFactory grains, EndpointOwner owner, string modelId = "custom:mine")
    {
        Assert.True(ModelId.TryParse(modelId, out var model));
        return grains.GetGrain<IEndpointGrain>(GrainKeys.Endpoint(owner, model));
    }

    /// <summary>Asks for a permit under an id of its own, as every request does.</summary>
    public static Task<PermitReply> AskAsync(this IEndpointGrain endpoint, bool hasFallback) =>
        endpoint.AcquirePermitAsync(new PermitRequest { Id = Guid.NewGuid().ToString("N"), HasFallback = hasFallback });

    public static OutcomeReport Failure(CircuitSnapshot circuit, OutcomeClass outcome = OutcomeClass.Timeout) => new()
    {
        AttemptId = Guid.NewGuid().ToString("N"),
        Generation = circuit.Generation,
        Outcome = outcome,
        Reason = FailureReason.Timeout,
    };

    /// <summary>Opens a circuit the way gateways do: by failures in a row.</summary>
    public static async Task<CircuitSnapshot> OpenAsync(IEndpointGrain endpoint)
    {
        var circuit = await endpoint.GetCircuitAsync();
        circuit = await endpoint.ReportAsync([.. Enumerable.Range(0, 5).Select(_ => Failure(circuit))]);
        Assert.Equal(CircuitState.Open, circuit.State);
        return circuit;
    }
}
