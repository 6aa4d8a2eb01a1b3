using System.Text.Json;
using System.Text.Json.Serialization;
using BeastOrleans.Contracts.Tenants;

namespace BeastOrleans.Grains.Tenants;

internal sealed record PlatformState
{
    public int SchemaVersion { get; init; } = 1;

    public OwnerConfiguration Configuration { get; init; } = new();

    /// <summary>The operator's price versions: past, in force and to come.</summary>
    public PriceEntry[] Prices { get; init; } = [];

    /// <summary>Counts the operator's price changes: <c>prices:N</c>.</summary>
    public long PriceVersion { get; init; }

    /// <summary>SHA-256 of the admin key in hex: the key itself is nowhere.</summary>
    public string? AdminKeyHash { get; init; }

    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Unknown { get; init; }
}
