using BeastOrleans.Testing;
using Xunit;

namespace BeastOrleans.GatewayTests.Wire;

/// <summary>One product for the tests of bytes and streams; each makes a tenant and upstreams of its own.</summary>
public sealed class WireFixture : IAsyncLifetime
{
    public BeastServer Server { get; private set; } = null!;

    public async Task InitializeAsync() => Server = await BeastServer.StartAsync();

    public async Task DisposeAsync() => await Server.DisposeAsync();

    /// <summary>A tenant with the custom model <c>own</c> and the provider <c>openai</c>, each on an upstream of its own.</summary>
    /// <param name="more">Further fields of the custom model's registration.</param>
    public Task<WireScene> SceneAsync(object? more = null) => WireScene.CreateAsync(Server, more);
}

[CollectionDefinition(Name)]
public sealed class WireCollection : ICollectionFixture<WireFixture>
{
    public const string Name = "wire";
}
