using System.Collections.Concurrent;
using BeastOrleans.Contracts.Identity;
using BeastOrleans.Grains.Tenants;

namespace BeastOrleans.Testing;

/// <summary>The registry of a test cluster: one for all its silos, as the SQL one would be.</summary>
internal sealed class InMemoryRegistry : IRegistry
{
    private readonly ConcurrentDictionary<string, DateTimeOffset> _tenants = new();
    private readonly ConcurrentDictionary<string, (string Sha256Hex, bool Revoked)> _keys = new();
    private readonly ConcurrentDictionary<(TenantId, UserId), DateTimeOffset> _users = new();
    private readonly ConcurrentDictionary<string, EndpointOwner> _endpoints = new();

    public bool HasTenant(TenantId tenant) => _tenants.ContainsKey(tenant.Value);

    public bool HasUser(TenantId tenant, UserId user) => _users.ContainsKey((tenant, user));

    public bool HasEndpoint(string endpointKey) => _endpoints.ContainsKey(endpointKey);

    public bool? IsRevoked(string keyId) => _keys.TryGetValue(keyId, out var key) ? key.Revoked : null;

    public Task AddTenantAsync(TenantId tenant, DateTimeOffset createdAt)
    {
        _tenants.TryAdd(tenant.Value, createdAt);
        return Task.CompletedTask;
    }

    public Task AddKeyAsync(string keyId, string sha256Hex, TenantId tenant, UserId? user, DateTimeOffset createdAt)
    {
        _keys.TryAdd(keyId, (sha256Hex, Revoked: false));
        return Task.CompletedTask;
    }

    public Task MarkKeyRevokedAsync(string keyId)
    {
        if (_keys.TryGetValue(keyId, out var key))
        {
            _keys[keyId] = key with { Revoked = true };
        }

        return Task.CompletedTask;
    }

    public Task AddUserAsync(TenantId tenant, UserId user, DateTimeOffset createdAt)
    {
        _users.TryAdd((tenant, user), createdAt);
        return Task.CompletedTask;
    }

    public Task AddEndpointAsync(string endpointKey, EndpointOwner owner, ModelId model, DateTimeOffset createdAt)
    {
        _endpoints.TryAdd(endpointKey, owner);
        return Task.CompletedTask;
    }

    public Task RemoveEndpointAsync(string endpointKey)
    {
        _endpoints.TryRemove(endpointKey, out _);
        return Task.CompletedTask;
    }
}
