using System.Text.Json;
using System.Text.Json.Serialization;

namespace BeastOrleans.Grains.Tenants;

internal sealed record TenantState
{
    public int SchemaVersion { get; init; } = 1;

    public OwnerConfiguration Configuration { get; init; } = new();

    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Unknown { get; init; }
}
