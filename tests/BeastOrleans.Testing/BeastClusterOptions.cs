using Microsoft.Extensions.DependencyInjection;

namespace BeastOrleans.Testing;

/// <summary>What a test wants of its cluster.</summary>
public sealed record BeastClusterOptions
{
    public short Silos { get; init; } = 1;

    /// <summary>The grains' clock; null = the system's. Orleans itself keeps the system's clock in either case.</summary>
    public TimeProvider? Time { get; init; }

    /// <summary>A real gateway over HTTP beside each silo, and the ledger behind them.</summary>
    public bool WithGateways { get; init; }

    /// <summary>Registered in every silo before the product's own services, which give way to them.</summary>
    public Action<IServiceCollection>? ConfigureServices { get; init; }
}
