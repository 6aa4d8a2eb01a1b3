using BeastOrleans.Contracts.Usage;

namespace BeastOrleans.Grains.Usage;

/// <summary>Reads what <see cref="Tenants.IRegistry"/> notes.</summary>
internal interface IRegistryReader
{
    /// <summary>By id, ascending, after <paramref name="afterId"/> where given.</summary>
    Task<RegistryEntry[]> ListTenantsAsync(string? afterId, int limit);

    /// <inheritdoc cref="ListTenantsAsync"/>
    /// <param name="tenant">Null for the keys of all tenants.</param>
    Task<RegistryEntry[]> ListKeysAsync(string? tenant, string? afterId, int limit);

    /// <summary>Like <see cref="ListTenantsAsync"/>; the ids are the users' grain keys.</summary>
    Task<RegistryEntry[]> ListUsersAsync(string? afterId, int limit);

    /// <summary>Like <see cref="ListTenantsAsync"/>; the ids are the custom models' grain keys.</summary>
    Task<RegistryEntry[]> ListEndpointsAsync(string? afterId, int limit);

    /// <summary>The full digest of a key, revoked or not; null when there is none of that id.</summary>
    Task<string?> FindKeyAsync(string keyId);
}
