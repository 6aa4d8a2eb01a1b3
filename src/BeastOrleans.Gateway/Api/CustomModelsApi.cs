using BeastOrleans.Contracts.Endpoints;
using BeastOrleans.Contracts.Identity;
using BeastOrleans.Contracts.Selection;
using BeastOrleans.Contracts.Tenants;
using BeastOrleans.Gateway.Authentication;
using BeastOrleans.Gateway.Directory;
using BeastOrleans.Gateway.Errors;
using BeastOrleans.Upstreams.Probing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace BeastOrleans.Gateway.Api;

/// <summary><c>/api/models/custom</c>: a user's and a tenant's own models.</summary>
internal static class CustomModelsApi
{
    public static void MapCustomModels(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/api/models/custom").Allow(AccessPolicy.Key(KeyScopes.Models | KeyScopes.Tenant));
        group.MapPost("", RegisterAsync);
        group.MapGet("", ListAsync);
        group.MapGet("/{name}", GetAsync);
        group.MapPatch("/{name}", PatchAsync);
        group.MapDelete("/{name}", RemoveAsync);
        group.MapPost("/{name}/test", TestAsync);
    }

    private static async Task RegisterAsync(HttpContext http, IGrainFactory grains, CustomModelRules rules, ConfigurationWrites writes)
    {
        if (await JsonBody.ReadAsync<CustomModelBody>(http) is not { } body || await CallerUser.ResolveAsync(http) is not { } who)
        {
            return;
        }

        GatewayError? problem = null;
        EndpointOwner owner = default;
        switch (body.Scope ?? (who.Caller.Key.User is null ? "tenant" : "user"))
        {
            case "user":
                owner = who.AsUser;
                break;
            case "tenant":
                owner = who.AsTenant;
                break;
            default:
                problem = GatewayError.BadRequest("A scope is 'user' or 'tenant'.", "scope");
                break;
        }

        problem ??= CallerUser.CheckScope(who.Caller, owner.Kind);
        var registration = problem is null ? rules.ToRegistration(body, byOperator: false, out problem) : null;
        if (registration is null)
        {
            await ErrorResponses.WriteAsync(http, problem!);
            return;
        }

        if (await writes.FinishAsync(http, owner, await grains.GetOwner(owner).RegisterModelAsync(registration)) is { } info)
        {
            await JsonBody.WriteAsync(http, 201, View(info, CircuitState.Closed));
        }
    }

    private static async Task ListAsync(HttpContext http, IGrainFactory grains, EndpointDirectory directory)
    {
        if (await CallerUser.ResolveAsync(http) is not { } who)
        {
            return;
        }

        var infos = await GetModelsAsync(grains, who);
        var models = await Task.WhenAll(infos.Select(async info => View(info, await CircuitAsync(grains, directory, info.Key))));
        await JsonBody.WriteAsync(http, 200, new { models });
    }

    private static async Task GetAsync(HttpContext http, string name, IGrainFactory grains, EndpointDirectory directory)
    {
        if (await CallerUser.ResolveAsync(http) is { } who && await FindAsync(http, grains, who, name) is { } info)
        {
            await JsonBody.WriteAsync(http, 200, View(info, await CircuitAsync(grains, directory, info.Key)));
        }
    }

    private static async Task PatchAsync(
        HttpContext http, string name, IGrainFactory grains, CustomModelRules rules, ConfigurationWrites writes, EndpointDirectory directory)
    {
        if (await JsonBody.ReadAsync<CustomModelBody>(http) is not { } body
            || await CallerUser.ResolveAsync(http) is not { } who
            || await FindAsync(http, grains, who, name) is not { } info)
        {
            return;
        }

        var problem = body.Name is not null && body.Name != name ? GatewayError.BadRequest("A model keeps its name: register another one instead.", "name")
            : body.Scope is not null && body.Scope != Wire.Of(info.Owner.Kind) ? GatewayError.BadRequest("A model keeps its scope: register another one instead.", "scope")
            : CallerUser.CheckScope(who.Caller, info.Owner.Kind);
        var patch = problem is null ? rules.ToPatch(body, info.Dialect, byOperator: false, out problem) : null;
        if (patch is null)
        {
            await ErrorResponses.WriteAsync(http, problem!);
            return;
        }

        if (await writes.FinishAsync(http, info.Owner, await grains.GetOwner(info.Owner).PatchModelAsync(name, patch)) is { } changed)
        {
            await JsonBody.WriteAsync(http, 200, View(changed, await CircuitAsync(grains, directory, changed.Key)));
        }
    }

    private static async Task RemoveAsync(HttpContext http, string name, IGrainFactory grains, ConfigurationWrites writes)
    {
        if (await CallerUser.ResolveAsync(http) is not { } who || await FindAsync(http, grains, who, name) is not { } info)
        {
            return;
        }

        if (CallerUser.CheckScope(who.Caller, info.Owner.Kind) is { } problem)
        {
            await ErrorResponses.WriteAsync(http, problem);
            return;
        }

        if (await writes.FinishAsync(http, info.Owner, await grains.GetOwner(info.Owner).RemoveModelAsync(name)) is not null)
        {
            http.Response.StatusCode = 204;
        }
    }

    private static async Task TestAsync(
        HttpContext http, string name, IGrainFactory grains, EndpointTester tester, ConfigurationVersions versions)
    {
        if (await CallerUser.ResolveAsync(http) is not { } who || await FindAsync(http, grains, who, name) is not { } info)
        {
            return;
        }

        var view = await grains.GetGrain<ISelectorGrain>(who.SelectorKey).ResolveAsync(info.Key, versions.OfTenant(who.Tenant), versions.Platform);
        if (view is null)
        {
            await ErrorResponses.WriteAsync(http, NoSuchModel(name));
            return;
        }

        var steps = await tester.TestAsync(view.Descriptor, http.RequestAborted);
        await JsonBody.WriteAsync(http, 200, new { healthy = steps.All(s => s.Ok), steps });
    }

    /// <summary>The user's own models, then the tenant's.</summary>
    private static async Task<IEnumerable<CustomModelInfo>> GetModelsAsync(IGrainFactory grains, CallerUser who)
    {
        var own = grains.GetGrain<ISelectorGrain>(who.SelectorKey).GetModelsAsync();
        var tenant = await grains.GetGrain<ITenantGrain>(GrainKeys.Tenant(who.Tenant)).GetSnapshotAsync();
        return (await own).Concat(tenant.Models);
    }

    /// <summary>The user's own model of that name, else the tenant's; null after a 404 has been written.</summary>
    private static async Task<CustomModelInfo?> FindAsync(HttpContext http, IGrainFactory grains, CallerUser who, string name)
    {
        var found = (await GetModelsAsync(grains, who)).FirstOrDefault(m => m.ModelId.Name == name);
        if (found is null)
        {
            await ErrorResponses.WriteAsync(http, NoSuchModel(name));
        }

        return found;
    }

    private static GatewayError NoSuchModel(string name) => GatewayError.NotFound($"There is no model 'custom:{name}'.", "model_not_found");

    public static async Task<CircuitState> CircuitAsync(IGrainFactory grains, EndpointDirectory directory, string key) =>
        (directory.FindCircuit(key) ?? await grains.GetGrain<IEndpointGrain>(key).GetCircuitAsync()).State;

    public static CustomModelView View(CustomModelInfo info, CircuitState circuit) => new()
    {
        ModelId = info.ModelId.ToString(),
        Name = info.ModelId.Name,
        Scope = Wire.Of(info.Owner.Kind),
        Owner = info.Owner.Kind switch
        {
            OwnerKind.User => info.Owner.User.Value,
            OwnerKind.Tenant => info.Owner.Tenant.Value,
            _ => null,
        },
        BaseUrl = info.BaseUrl.ToString(),
        Model = info.Model,
        Dialect = Wire.Of(info.Dialect),
        AuthHeader = AuthHeaders.NameOf(info.AuthHeader),
        Enabled = info.Enabled,
        Circuit = Wire.Of(circuit),
        HasApiKey = info.HasApiKey,
        UsageInStream = info.UsageInStream,
        Price = PriceBody.Of(info.Price),
        Timeouts = TimeoutsBody.Of(info.Timeouts),
        ContextTokens = info.ContextTokens,
        Capabilities = CustomModelRules.Show(info.Capabilities),
        CreatedAt = info.CreatedAt,
    };
}
