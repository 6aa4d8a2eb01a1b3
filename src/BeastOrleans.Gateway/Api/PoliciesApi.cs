using BeastOrleans.Contracts.Identity;
using BeastOrleans.Contracts.Selection;
using BeastOrleans.Contracts.Tenants;
using BeastOrleans.Contracts.Usage;
using BeastOrleans.Gateway.Authentication;
using BeastOrleans.Gateway.Errors;
using BeastOrleans.Gateway.Forwarding;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace BeastOrleans.Gateway.Api;

/// <summary>Routing policies: the tenant's, a user's (<c>?user=</c>), a key's (<c>?key=</c>) or the platform's.</summary>
internal static class PoliciesApi
{
    private const int MaxFallbacks = 8;

    public static void MapPolicies(this IEndpointRouteBuilder routes)
    {
        var own = routes.MapGroup("/api/policy").Allow(AccessPolicy.Key(KeyScopes.Models | KeyScopes.Tenant));
        own.MapPut("", PutOwnAsync);
        own.MapGet("", GetOwnAsync);

        var platform = routes.MapGroup("/admin/v1/policy").Allow(AccessPolicy.Admin);
        platform.MapPut("", (HttpContext http, IGrainFactory grains, ConfigurationWrites writes) => PutAsync(http, EndpointOwner.Platform, grains, writes));
        platform.MapGet("", (HttpContext http, IGrainFactory grains) => GetAsync(http, EndpointOwner.Platform, grains));
    }

    private static async Task PutOwnAsync(
        HttpContext http, string? user, string? key, IGrainFactory grains, ConfigurationWrites writes, KeyAuthenticator keys)
    {
        if (key is not null)
        {
            await PutOfKeyAsync(http, key, grains, writes, keys);
        }
        else if (await CallerUser.ResolveOwnerAsync(http, user) is { } owner)
        {
            await PutAsync(http, owner, grains, writes);
        }
    }

    private static async Task GetOwnAsync(HttpContext http, string? user, string? key, IGrainFactory grains)
    {
        if (key is not null)
        {
            if (await FindKeyAsync(http, key, grains) is { } found)
            {
                await JsonBody.WriteAsync(http, 200, found.Identity.Policy);
            }
        }
        else if (await CallerUser.ResolveOwnerAsync(http, user) is { } owner)
        {
            await GetAsync(http, owner, grains);
        }
    }

    private static async Task PutAsync(HttpContext http, EndpointOwner owner, IGrainFactory grains, ConfigurationWrites writes)
    {
        if (await ReadAsync(http, owner.Kind == OwnerKind.Platform) is { } policy
            && await writes.FinishAsync(http, owner, await grains.GetOwner(owner).PutPolicyAsync(policy)) is { } stored)
        {
            await JsonBody.WriteAsync(http, 200, stored);
        }
    }

    private static async Task GetAsync(HttpContext http, EndpointOwner owner, IGrainFactory grains)
    {
        var policy = owner.Kind switch
        {
            OwnerKind.Platform => (await grains.GetGrain<IPlatformGrain>(GrainKeys.Platform).GetSnapshotAsync()).Policy,
            OwnerKind.Tenant => (await grains.GetGrain<ITenantGrain>(GrainKeys.Tenant(owner.Tenant)).GetSnapshotAsync()).Policy,
            _ => await grains.GetGrain<ISelectorGrain>(GrainKeys.Selector(owner.Tenant, owner.User)).GetPolicyAsync(),
        };
        await JsonBody.WriteAsync(http, 200, policy);
    }

    private static async Task PutOfKeyAsync(HttpContext http, string keyId, IGrainFactory grains, ConfigurationWrites writes, KeyAuthenticator keys)
    {
        if (await FindKeyAsync(http, keyId, grains) is not { } found || await ReadAsync(http, byOperator: false) is not { } policy)
        {
            return;
        }

        // A key's plans live in this process's cache under its tenant, but its version is not the tenant's.
        var result = await found.Grain.PutPolicyAsync(policy) with { Version = 0 };
        keys.Forget(found.Digest);
        if (await writes.FinishAsync(http, EndpointOwner.OfTenant(found.Identity.Tenant), result) is { } stored)
        {
            await JsonBody.WriteAsync(http, 200, stored);
        }
    }

    /// <summary>A key of the caller's tenant: its own, or any with the tenant scope. Null after an error has been written.</summary>
    private static async Task<(IVirtualKeyGrain Grain, KeyIdentity Identity, string Digest)?> FindKeyAsync(HttpContext http, string keyId, IGrainFactory grains)
    {
        var caller = Caller.Of(http);
        var problem = caller.Key.KeyId == keyId ? null : CallerUser.CheckScope(caller, OwnerKind.Tenant);
        if (problem is null && await grains.GetGrain<IReportGrain>(0).FindKeyAsync(keyId) is { } digest)
        {
            var grain = grains.GetGrain<IVirtualKeyGrain>(GrainKeys.VirtualKey(digest));
            if (await grain.AuthenticateAsync() is { } identity && identity.Tenant == caller.Tenant)
            {
                return (grain, identity, digest);
            }
        }

        await ErrorResponses.WriteAsync(http, problem ?? GatewayError.NotFound($"There is no key '{keyId}'."));
        return null;
    }

    private static async Task<RoutePolicy?> ReadAsync(HttpContext http, bool byOperator)
    {
        if (await JsonBody.ReadAsync<RoutePolicy>(http) is not { } policy)
        {
            return null;
        }

        if (FindProblem(policy, byOperator) is { } problem)
        {
            await ErrorResponses.WriteAsync(http, problem);
            return null;
        }

        return policy;
    }

    private static GatewayError? FindProblem(RoutePolicy policy, bool byOperator) => policy switch
    {
        { Fallbacks.Length: > MaxFallbacks } => GatewayError.BadRequest($"At most {MaxFallbacks} fallbacks.", "fallbacks"),
        { Fallbacks: { } list } when list.Any(id => !ModelId.TryParse(id, out _)) =>
            GatewayError.BadRequest("A fallback is a model id like 'openai:gpt-4' or 'custom:my-model'.", "fallbacks"),
        { Baseline: { } baseline } when !ModelId.TryParse(baseline, out _) =>
            GatewayError.BadRequest("A baseline is a model id like 'openai:gpt-4'.", "baseline"),
        { DefaultModel: not null } when !byOperator =>
            GatewayError.BadRequest("The default model is the operator's to choose: PUT /admin/v1/policy.", "defaultModel"),
        { DefaultModel: { } model } when !ModelId.TryParse(model, out _) =>
            GatewayError.BadRequest("The default model is a model id like 'openai:gpt-4'.", "defaultModel"),
        { HoldMs: < 0 or > StreamHold.MaxHoldMs } => GatewayError.BadRequest($"holdMs is between 0 and {StreamHold.MaxHoldMs}.", "holdMs"),
        { PatienceSeconds: < 0 or > 30 } => GatewayError.BadRequest("patienceSeconds is between 0 and 30.", "patienceSeconds"),
        { DeadlineSeconds: < 1 or > 600 } => GatewayError.BadRequest("deadlineSeconds is between 1 and 600.", "deadlineSeconds"),
        _ => null,
    };
}
