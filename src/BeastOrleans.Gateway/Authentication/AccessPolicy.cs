using BeastOrleans.Contracts.Tenants;
using Microsoft.AspNetCore.Builder;

namespace BeastOrleans.Gateway.Authentication;

/// <summary>Who may call a route. Every route carries one; a route without is refused, and a test walks them all.</summary>
internal sealed record AccessPolicy
{
    public static AccessPolicy Anonymous { get; } = new() { Kind = AccessKind.Anonymous };

    public static AccessPolicy Admin { get; } = new() { Kind = AccessKind.Admin };

    public AccessKind Kind { get; private init; }

    /// <summary>For <see cref="AccessKind.Key"/>: any one of these scopes is enough.</summary>
    public KeyScopes AnyScope { get; private init; }

    public static AccessPolicy Key(KeyScopes anyScope) => new() { Kind = AccessKind.Key, AnyScope = anyScope };
}

internal enum AccessKind
{
    Anonymous = 0,
    Key = 1,
    Admin = 2,
}

internal static class AccessPolicyExtensions
{
    public static TBuilder Allow<TBuilder>(this TBuilder builder, AccessPolicy policy)
        where TBuilder : IEndpointConventionBuilder => builder.WithMetadata(policy);
}
