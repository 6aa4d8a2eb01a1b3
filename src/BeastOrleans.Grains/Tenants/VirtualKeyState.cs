using System.Text.Json;
using System.Text.Json.Serialization;
using BeastOrleans.Contracts.Tenants;

namespace BeastOrleans.Grains.Tenants;

internal sealed record VirtualKeyState
{
    public int SchemaVersion { get; init; } = 1;

    /// <summary>Null for a key that was never made.</summary>
    public KeyIdentity? Identity { get; init; }

    public bool Revoked { get; init; }

    public long Version { get; init; }

    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Unknown { get; init; }
}
