namespace BeastOrleans.Contracts.Identity;

/// <summary>Whose registration and credential an endpoint is.</summary>
[GenerateSerializer, Alias("beast.OwnerKind")]
public enum OwnerKind
{
    Platform = 0,
    Tenant = 1,
    User = 2,
}

/// <summary>The owner of an endpoint: the platform, a tenant, or a user of a tenant.</summary>
[GenerateSerializer, Immutable, Alias("beast.EndpointOwner")]
public readonly record struct EndpointOwner
{
    public static EndpointOwner Platform { get; }

    [Id(0)]
    public OwnerKind Kind { get; init; }

    /// <summary>Default (null value) for the platform.</summary>
    [Id(1)]
    public TenantId Tenant { get; init; }

    /// <summary>Default (null value) unless <see cref="Kind"/> is <see cref="OwnerKind.User"/>.</summary>
    [Id(2)]
    public UserId User { get; init; }

    public static EndpointOwner OfTenant(TenantId tenant) => new() { Kind = OwnerKind.Tenant, Tenant = tenant };

    public static EndpointOwner OfUser(TenantId tenant, UserId user) =>
        new() { Kind = OwnerKind.User, Tenant = tenant, User = user };
}
