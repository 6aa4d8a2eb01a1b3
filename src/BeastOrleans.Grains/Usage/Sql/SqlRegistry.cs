using System.Data.Common;
using BeastOrleans.Contracts.Identity;
using BeastOrleans.Contracts.Usage;
using BeastOrleans.Grains.Storage.Sql;
using BeastOrleans.Grains.Tenants;

namespace BeastOrleans.Grains.Usage.Sql;

/// <summary>The registry, on either database. Its writes are small and many at once: they share commits.</summary>
internal sealed class SqlRegistry(ISqlDatabase database) : IRegistry, IRegistryReader
{
    private const string TenantKind = "tenant";
    private const string KeyKind = "key";
    private const string UserKind = "user";
    private const string EndpointKind = "endpoint";

    public Task AddTenantAsync(TenantId tenant, DateTimeOffset createdAt) =>
        UpsertAsync(TenantKind, tenant.Value, tenant, user: null, detail: null, createdAt);

    public Task AddKeyAsync(string keyId, string sha256Hex, TenantId tenant, UserId? user, DateTimeOffset createdAt) =>
        UpsertAsync(KeyKind, keyId, tenant, user, sha256Hex, createdAt);

    public Task MarkKeyRevokedAsync(string keyId) => ExecuteAsync(LedgerSql.RevokeRegistry, KeyKind, keyId);

    // A user's name is unique in its tenant only: the grain key, which names both, is the id.
    public Task AddUserAsync(TenantId tenant, UserId user, DateTimeOffset createdAt) =>
        UpsertAsync(UserKind, GrainKeys.Selector(tenant, user), tenant, user, detail: null, createdAt);

    public Task AddEndpointAsync(string endpointKey, EndpointOwner owner, ModelId model, DateTimeOffset createdAt)
    {
        TenantId? tenant = owner.Kind == OwnerKind.Platform ? null : owner.Tenant;
        UserId? user = owner.Kind == OwnerKind.User ? owner.User : null;
        return UpsertAsync(EndpointKind, endpointKey, tenant, user, model.ToString(), createdAt);
    }

    public Task RemoveEndpointAsync(string endpointKey) => ExecuteAsync(LedgerSql.DeleteRegistry, EndpointKind, endpointKey);

    public Task<RegistryEntry[]> ListTenantsAsync(string? afterId, int limit) => ListAsync(TenantKind, tenant: null, afterId, limit);

    public Task<RegistryEntry[]> ListKeysAsync(string? tenant, string? afterId, int limit) => ListAsync(KeyKind, tenant, afterId, limit);

    public Task<RegistryEntry[]> ListUsersAsync(string? afterId, int limit) => ListAsync(UserKind, tenant: null, afterId, limit);

    public Task<RegistryEntry[]> ListEndpointsAsync(string? afterId, int limit) => ListAsync(EndpointKind, tenant: null, afterId, limit);

    public Task<string?> FindKeyAsync(string keyId)
    {
        return database.ReadAsync(session =>
            session.Prepare(LedgerSql.SelectRegistryDetail, ("@kind", KeyKind), ("@id", keyId)).ExecuteScalar() as string);
    }

    private Task<int> UpsertAsync(string kind, string id, TenantId? tenant, UserId? user, string? detail, DateTimeOffset createdAt)
    {
        return database.WriteAsync(
            session => session.Prepare(
                LedgerSql.UpsertRegistry,
                ("@kind", kind),
                ("@id", id),
                ("@tenant", tenant?.Value),
                ("@user", user?.Value),
                ("@detail", detail),
                ("@created", createdAt.ToUnixTimeMilliseconds())).ExecuteNonQuery(),
            groupable: true);
    }

    private Task<int> ExecuteAsync(string sql, string kind, string id)
    {
        return database.WriteAsync(session => session.Prepare(sql, ("@kind", kind), ("@id", id)).ExecuteNonQuery(), groupable: true);
    }

    private Task<RegistryEntry[]> ListAsync(string kind, string? tenant, string? afterId, int limit)
    {
        // No id is empty, so "" comes before all.
        var after = afterId ?? "";
        return database.ReadAsync<RegistryEntry[]>(session =>
        {
            var command = tenant is null
                ? session.Prepare(LedgerSql.SelectRegistry, ("@kind", kind), ("@after", after), ("@limit", limit))
                : session.Prepare(LedgerSql.SelectRegistryOfTenant, ("@kind", kind), ("@tenant", tenant), ("@after", after), ("@limit", limit));
            return [.. command.ReadAll(ReadEntry)];
        });
    }

    private static RegistryEntry ReadEntry(DbDataReader row)
    {
        return new RegistryEntry
        {
            Id = row.GetString(0),
            Tenant = row.IsDBNull(1) ? null : row.GetString(1),
            User = row.IsDBNull(2) ? null : row.GetString(2),
            CreatedAt = DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(3)),
            Revoked = row.GetInt64(4) != 0,
        };
    }
}
