using BeastOrleans.Contracts.Identity;
using BeastOrleans.Contracts.Metering;
using BeastOrleans.Contracts.Selection;
using BeastOrleans.Contracts.Tenants;
using BeastOrleans.Contracts.Usage;
using BeastOrleans.Gateway.Authentication;
using BeastOrleans.Gateway.Errors;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace BeastOrleans.Gateway.Api;

/// <summary>Whose budget or limits an operator's call is about: the scope in its path and the grain that has its metering.</summary>
internal sealed class MeteredScopes(IGrainFactory grains, ConfigurationWrites writes, KeyAuthenticator keys)
{
    /// <summary>
    /// What follows <paramref name="prefix"/> in the path, decoded once: the routing has decoded it in part, and an id that
    /// holds a <c>%2F</c> of its own would not survive a second time.
    /// </summary>
    /// <param name="routed">What the route caught, for a target that does not spell the prefix out.</param>
    public static string PathAfter(HttpContext http, string prefix, string routed)
    {
        var target = http.Features.Get<IHttpRequestFeature>()?.RawTarget ?? "";
        var query = target.IndexOf('?', StringComparison.Ordinal);
        var path = query < 0 ? target : target[..query];
        var start = path.IndexOf(prefix, StringComparison.Ordinal);
        return Uri.UnescapeDataString(start < 0 ? routed : path[(start + prefix.Length)..]);
    }

    /// <summary>The scope and its owner; null after an error has been written.</summary>
    public async Task<MeteredSubject?> FindAsync(HttpContext http, string text)
    {
        GatewayError problem;
        if (!MeteredScope.TryParse(text, out var scope))
        {
            problem = GatewayError.BadRequest("A scope is 'tenant:acme', 'user:acme/alice' or 'key:<id>'.", "scope");
        }
        else if (scope.Kind == ScopeKind.Key)
        {
            if (await FindKeyAsync(scope, text["key:".Length..]) is { } key)
            {
                return key;
            }

            problem = GatewayError.NotFound($"There is no key '{text["key:".Length..]}'. GET /admin/v1/keys lists them.");
        }
        else
        {
            scope.TryGetOwner(out var tenant, out var user);

            // A user is whoever a request says; only its tenant is made.
            if ((await grains.GetGrain<ITenantGrain>(GrainKeys.Tenant(tenant)).GetSnapshotAsync()).Exists)
            {
                return user is { } one
                    ? new MeteredSubject(scope, grains.GetGrain<ISelectorGrain>(GrainKeys.Selector(tenant, one)), EndpointOwner.OfUser(tenant, one), Digest: null)
                    : new MeteredSubject(scope, grains.GetGrain<ITenantGrain>(GrainKeys.Tenant(tenant)), EndpointOwner.OfTenant(tenant), Digest: null);
            }

            problem = GatewayError.NotFound($"There is no tenant '{tenant}'. Create it with POST /admin/v1/tenants.");
        }

        await ErrorResponses.WriteAsync(http, problem);
        return null;
    }

    /// <summary>After a write to the owner: this process sees it in its next request.</summary>
    /// <returns>False after an error has been written.</returns>
    public async Task<bool> FinishAsync(HttpContext http, MeteredSubject subject, ConfigResult<ScopeMetering> result)
    {
        if (subject.Digest is not null)
        {
            keys.Forget(subject.Digest);

            // The key's version is not its tenant's.
            result = result with { Version = 0 };
        }

        return await writes.FinishAsync(http, subject.Owner, result) is not null;
    }

    private async Task<MeteredSubject?> FindKeyAsync(MeteredScope scope, string id)
    {
        if (await grains.GetGrain<IReportGrain>(0).FindKeyAsync(id) is not { } digest)
        {
            return null;
        }

        var grain = grains.GetGrain<IVirtualKeyGrain>(GrainKeys.VirtualKey(digest));
        return await grain.AuthenticateAsync() is { } identity
            ? new MeteredSubject(scope, grain, EndpointOwner.OfTenant(identity.Tenant), digest)
            : null;
    }
}

/// <param name="Owner">Whose plans a change outdates.</param>
/// <param name="Digest">Of a key's scope, the key's digest.</param>
internal sealed record MeteredSubject(MeteredScope Scope, IMeteredOwner Grain, EndpointOwner Owner, string? Digest);
