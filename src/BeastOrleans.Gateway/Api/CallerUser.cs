using BeastOrleans.Contracts.Identity;
using BeastOrleans.Contracts.Selection;
using BeastOrleans.Contracts.Tenants;
using BeastOrleans.Gateway.Authentication;
using BeastOrleans.Gateway.Errors;
using Microsoft.AspNetCore.Http;

namespace BeastOrleans.Gateway.Api;

/// <summary>Whose configuration a call of the tenant's API reads or writes.</summary>
internal sealed record CallerUser(Caller Caller, UserId User)
{
    public TenantId Tenant => Caller.Tenant;

    public string SelectorKey => GrainKeys.Selector(Tenant, User);

    public EndpointOwner AsUser => EndpointOwner.OfUser(Tenant, User);

    public EndpointOwner AsTenant => EndpointOwner.OfTenant(Tenant);

    /// <summary>The caller and its user; null after a 403 has been written.</summary>
    public static async Task<CallerUser?> ResolveAsync(HttpContext http)
    {
        var caller = Caller.Of(http);
        if (caller.TryResolveUser(http, bodyUser: null, out var user, out var problem))
        {
            return new CallerUser(caller, user);
        }

        await ErrorResponses.WriteAsync(http, GatewayError.Forbidden(problem, "user_not_allowed"));
        return null;
    }

    /// <summary>
    /// The owner that a call with an optional <c>?user=</c> is about: the tenant, or that user. Null after an error has
    /// been written: a user's key may only name itself, and the tenant's own needs the tenant scope.
    /// </summary>
    public static async Task<EndpointOwner?> ResolveOwnerAsync(HttpContext http, string? user)
    {
        var caller = Caller.Of(http);
        GatewayError? problem = null;
        UserId named = default;
        if (user is null)
        {
            problem = CheckScope(caller, OwnerKind.Tenant);
        }
        else if (!UserId.TryParse(user, out named))
        {
            problem = GatewayError.BadRequest($"A user id has 1 to {UserId.MaxLength} characters.", "user");
        }
        else if (caller.Key.User is { } bound && bound != named)
        {
            problem = GatewayError.Forbidden("This key is bound to another user.", "user_not_allowed");
        }
        else
        {
            problem = CheckScope(caller, OwnerKind.User);
        }

        if (problem is null)
        {
            return user is null ? EndpointOwner.OfTenant(caller.Tenant) : EndpointOwner.OfUser(caller.Tenant, named);
        }

        await ErrorResponses.WriteAsync(http, problem);
        return null;
    }

    public static GatewayError? CheckScope(Caller caller, OwnerKind owner)
    {
        var needed = owner == OwnerKind.Tenant ? KeyScopes.Tenant : KeyScopes.Models;
        return caller.Key.Scopes.HasFlag(needed)
            ? null
            : GatewayError.Forbidden($"This key lacks the scope '{needed.ToString().ToLowerInvariant()}'.", "missing_scope");
    }
}

internal static class ConfigurationOwners
{
    /// <summary>The grain that keeps an owner's configuration.</summary>
    public static IConfigurationOwner GetOwner(this IGrainFactory grains, EndpointOwner owner) => owner.Kind switch
    {
        OwnerKind.Platform => grains.GetGrain<IPlatformGrain>(GrainKeys.Platform),
        OwnerKind.Tenant => grains.GetGrain<ITenantGrain>(GrainKeys.Tenant(owner.Tenant)),
        _ => grains.GetGrain<ISelectorGrain>(GrainKeys.Selector(owner.Tenant, owner.User)),
    };
}
