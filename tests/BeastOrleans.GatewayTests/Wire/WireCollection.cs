using BeastOrleans.Testing;
using Xunit;

namespace BeastOrleans.GatewayTests.Wire;

/// <summary>One product for the tests of bytes and streams; each makes a tenant and upstreams of its own.</summary>
public sealed class WireFixture : IAsyncLifetime
{
    public BeastServer Server { get; private set; } = null!;

    public async Task InitializeAsync() => Server = await BeastServer.StartAsync();

    public async Task DisposeAsync() => await Server.DisposeAsync();
}

[CollectionDefinition(Name)]
public sealed class WireCollection : ICollectionFixture<WireFixture>
{
    public const string Name = "wire";
}
