using BeastOrleans.Contracts.Tenants;
using Microsoft.AspNetCore.Builder;

namespace BeastOrleans.Gateway.Authentication;

/// <summary>Who may call a route. Every route carries one; a route without is refused, and a test walks them all.</summary>
internal sealed record AccessPolicy
{
    public static AccessPolicy Anonymous { get; } = new() { Kind = AccessKind.Anonymous };

    public static AccessPolicy Admin { get; } = new() { Kind = AccessKind.Admin };

    /// <summary>
    /// A page that an admin reads in a browser, which sends the key as a Basic password when asked for one. Only for routes that
    /// change nothing: a browser sends it along with requests that other sites make it send.
    /// </summary>
    public static AccessPolicy AdminPage { get; } = new() { Kind = AccessKind.Admin, TakesBasic = true };

    public AccessKind Kind { get; private init; }

    public bool TakesBasic { get; private init; }

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

/// <summary>How a host puts pages that are not the gateway's own under its access check.</summary>
public static class AccessPolicyExtensions
{
    /// <summary>Lets nobody but the admin read these routes, which must change nothing.</summary>
    public static TBuilder RequireBeastAdmin<TBuilder>(this TBuilder builder)
        where TBuilder : IEndpointConventionBuilder => builder.Allow(AccessPolicy.AdminPage);

    internal static TBuilder Allow<TBuilder>(this TBuilder builder, AccessPolicy policy)
        where TBuilder : IEndpointConventionBuilder => builder.WithMetadata(policy);
}
