using BeastOrleans.Testing;
using Xunit;

namespace BeastOrleans.GatewayTests;

/// <summary>One product for all behaviour tests: each brings its own tenant and its own upstreams, so none sees another.</summary>
[CollectionDefinition(Name)]
public sealed class GatewayCollection : ICollectionFixture<GatewayFixture>
{
    public const string Name = "gateway";
}

public sealed class GatewayFixture : IAsyncLifetime
{
    private BeastServer? _server;

    public BeastServer Server => _server ?? throw new InvalidOperationException("The server has not been started.");

    public async Task InitializeAsync() => _server = await BeastServer.StartAsync();

    public async Task DisposeAsync()
    {
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }
    }
}
