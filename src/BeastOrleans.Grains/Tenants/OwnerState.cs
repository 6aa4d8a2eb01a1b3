using System.Text.Json;
using System.Text.Json.Serialization;

namespace BeastOrleans.Grains.Tenants;

/// <summary>What a tenant's and a user's grain store.</summary>
internal sealed record OwnerState
{
    public int SchemaVersion { get; init; } = 1;

    public OwnerConfiguration Configuration { get; init; } = new();

    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Unknown { get; init; }
}
