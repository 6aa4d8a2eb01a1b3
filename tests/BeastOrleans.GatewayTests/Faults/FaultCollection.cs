using System.Net;
using BeastOrleans.Testing;
using Xunit;

namespace BeastOrleans.GatewayTests.Faults;

/// <summary>One product for the fault table, with a price for the fallback at which a single answer costs whole cents.</summary>
public sealed class FaultFixture : IAsyncLifetime
{
    /// <summary>Dollars per million tokens of <c>openai:gpt-4</c> and per request: an answer of 1 + 16 tokens costs $0.51.</summary>
    private const decimal ProviderPrice = 10_000m;

    private const decimal ProviderPricePerRequest = 0.34m;

    public BeastServer Server { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        Server = await BeastServer.StartAsync();
        (await Server.AdminAsync(
            HttpMethod.Put,
            "/admin/v1/prices",
            new { model = Forwarding.Scene.ProviderId, inputPerMTok = ProviderPrice, outputPerMTok = ProviderPrice, perRequest = ProviderPricePerRequest })).Require(HttpStatusCode.OK);
    }

    public async Task DisposeAsync() => await Server.DisposeAsync();
}

[CollectionDefinition(Name)]
public sealed class FaultCollection : ICollectionFixture<FaultFixture>
{
    public const string Name = "faults";
}
