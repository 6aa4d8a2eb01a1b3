using BeastOrleans.Contracts.Identity;

namespace BeastOrleans.Grains.Tenants;

/// <summary>
/// The lists that grains cannot give: tenants, keys by id, users, endpoints. Written by the owning grain before its own state,
/// so that the lists may name what does not exist but never miss what does. Every method is an upsert, safe to repeat.
/// </summary>
internal interface IRegistry
{
    Task AddTenantAsync(TenantId tenant, DateTimeOffset createdAt);

    /// <param name="keyId">The key's public id.</param>
    /// <param name="sha256Hex">The key's digest: how a key named by its id is found for revocation.</param>
    Task AddKeyAsync(string keyId, string sha256Hex, TenantId tenant, UserId? user, DateTimeOffset createdAt);

    Task MarkKeyRevokedAsync(string keyId);

    Task AddUserAsync(TenantId tenant, UserId user, DateTimeOffset createdAt);

    /// <param name="endpointKey">See <see cref="GrainKeys.Endpoint"/>.</param>
    Task AddEndpointAsync(string endpointKey, EndpointOwner owner, ModelId model, DateTimeOffset createdAt);

    Task RemoveEndpointAsync(string endpointKey);
}
