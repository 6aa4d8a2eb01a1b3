using BeastOrleans.Simulator;
using BeastOrleans.Testing;
using Xunit;

namespace BeastOrleans.GatewayTests.Api;

/// <summary>One product and two upstreams that answer; each test makes a tenant of its own.</summary>
public sealed class ApiFixture : IAsyncLifetime
{
    public BeastServer Server { get; private set; } = null!;

    public SimulatorServer Custom { get; private set; } = null!;

    public SimulatorServer Provider { get; private set; } = null!;

    public string CustomUrl => Custom.BaseUrl + "/v1";

    public string ProviderUrl => Provider.BaseUrl + "/v1";

    public async Task InitializeAsync()
    {
        Server = await BeastServer.StartAsync();
        Custom = await SimulatorServer.StartAsync();
        Provider = await SimulatorServer.StartAsync();
    }

    public async Task DisposeAsync()
    {
        await Server.DisposeAsync();
        await Custom.DisposeAsync();
        await Provider.DisposeAsync();
    }
}

[CollectionDefinition(Name)]
public sealed class ApiCollection : ICollectionFixture<ApiFixture>
{
    public const string Name = "api";
}
