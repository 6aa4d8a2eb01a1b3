using BeastOrleans.Contracts.Identity;
using BeastOrleans.Contracts.Metering;
using BeastOrleans.Contracts.Selection;
using Orleans.Concurrency;

namespace BeastOrleans.Contracts.Tenants;

/// <summary>One virtual key, known by its digest alone: keyed by <see cref="GrainKeys.VirtualKey"/>.</summary>
[Alias("beast.IVirtualKeyGrain"), GrainInterfaceType("beast.virtual-key")]
public interface IVirtualKeyGrain : IMeteredOwner
{
    [Alias("Create"), ResponseTimeout("00:00:10")]
    Task<ConfigResult<KeyIdentity>> CreateAsync(KeyIdentity identity);

    /// <summary>Null for an unknown or revoked key (its activation goes away at once). Expiry is the caller's to check.</summary>
    [Alias("Authenticate"), ReadOnly, AlwaysInterleave, ResponseTimeout("00:00:02")]
    Task<KeyIdentity?> AuthenticateAsync();

    /// <summary>False when there is no such key. Repeating it is harmless.</summary>
    [Alias("Revoke"), ResponseTimeout("00:00:10")]
    Task<bool> RevokeAsync();

    [Alias("PutPolicy"), ResponseTimeout("00:00:10")]
    Task<ConfigResult<RoutePolicy>> PutPolicyAsync(RoutePolicy policy);
}

/// <summary>What a key may do.</summary>
[Flags]
[GenerateSerializer, Alias("beast.KeyScopes")]
public enum KeyScopes
{
    None = 0,

    /// <summary>Call models.</summary>
    Inference = 1,

    /// <summary>Manage the user's own models and credentials.</summary>
    Models = 2,

    /// <summary>Manage the tenant's shared ones and read its monitoring.</summary>
    Tenant = 4,
    All = Inference | Models | Tenant,
}

/// <summary>Who a virtual key is.</summary>
[GenerateSerializer, Immutable, Alias("beast.KeyIdentity")]
public sealed record KeyIdentity
{
    /// <summary>Public id, e.g. <c>key_1f3a...</c>: names the key without revealing it.</summary>
    [Id(0)]
    public required string KeyId { get; init; }

    [Id(1)]
    public required TenantId Tenant { get; init; }

    /// <summary>The user that the key is bound to; null = requests may name one.</summary>
    [Id(2)]
    public UserId? User { get; init; }

    [Id(3)]
    public KeyScopes Scopes { get; init; } = KeyScopes.All;

    /// <summary>See <see cref="PlanRequest.AllowedModels"/>.</summary>
    [Id(4)]
    public string[]? AllowedModels { get; init; }

    [Id(5)]
    public DateTimeOffset? ExpiresAt { get; init; }

    [Id(6)]
    public RoutePolicy Policy { get; init; } = RoutePolicy.Empty;

    [Id(7)]
    public DateTimeOffset CreatedAt { get; init; }

    [Id(8)]
    public ScopeMetering Metering { get; init; } = ScopeMetering.None;
}
