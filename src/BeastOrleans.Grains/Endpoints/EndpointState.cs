using System.Text.Json;
using System.Text.Json.Serialization;
using BeastOrleans.Contracts.Endpoints;
using BeastOrleans.Contracts.Tenants;
using BeastOrleans.Core.Circuit;

namespace BeastOrleans.Grains.Endpoints;

internal sealed record EndpointState
{
    public int SchemaVersion { get; init; } = 1;

    /// <summary>Null for a provider's endpoint, which keeps only its circuit.</summary>
    public EndpointRegistration? Registration { get; init; }

    public CircuitBreakerState Circuit { get; init; } = CircuitBreakerState.Initial;

    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Unknown { get; init; }
}

/// <summary>A custom model as its endpoint keeps it.</summary>
internal sealed record EndpointRegistration
{
    public required CustomModelInfo Info { get; init; }

    /// <summary>Null when the model needs no key, or lost it with its origin.</summary>
    public SealedCredential? Credential { get; init; }
}
