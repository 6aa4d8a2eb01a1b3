using BeastOrleans.Contracts.Endpoints;
using BeastOrleans.Contracts.Identity;
using BeastOrleans.Contracts.Tenants;
using BeastOrleans.Contracts.Usage;
using BeastOrleans.Gateway.Authentication;
using BeastOrleans.Gateway.Directory;
using BeastOrleans.Gateway.Errors;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace BeastOrleans.Gateway.Api;

/// <summary><c>/admin/v1</c>: what the operator does with tenants, shared models and circuits.</summary>
internal static class AdminApi
{
    private const int DefaultPage = 100;

    public static void MapAdmin(this IEndpointRouteBuilder routes)
    {
        var admin = routes.MapGroup("/admin/v1").Allow(AccessPolicy.Admin);
        admin.MapPost("/tenants", CreateTenantAsync);
        admin.MapGet("/tenants", ListTenantsAsync);
        admin.MapPost("/endpoints", RegisterModelAsync);
        admin.MapGet("/endpoints", ListModelsAsync);
        admin.MapDelete("/endpoints/{name}", RemoveModelAsync);

        // A circuit's id may hold '/' and ':', raw or encoded, and '/circuit' ends it: one catch-all takes both spellings.
        admin.MapGet("/endpoints/{**path}", GetCircuitAsync);
        admin.MapPost("/endpoints/{**path}", OperateCircuitAsync);
    }

    private sealed record TenantBody
    {
        public string? Id { get; init; }
    }

    private sealed record CircuitBody
    {
        public string? Action { get; init; }
    }

    private static async Task CreateTenantAsync(HttpContext http, IGrainFactory grains, ConfigurationWrites writes)
    {
        if (await JsonBody.ReadAsync<TenantBody>(http) is not { } body)
        {
            return;
        }

        if (!TenantId.TryParse(body.Id, out var tenant))
        {
            await ErrorResponses.WriteAsync(http, GatewayError.BadRequest($"A tenant's id has {Names.Rule}.", "id"));
            return;
        }

        var result = await grains.GetGrain<ITenantGrain>(GrainKeys.Tenant(tenant)).CreateAsync();
        if (await writes.FinishAsync(http, EndpointOwner.OfTenant(tenant), result) is not null)
        {
            await JsonBody.WriteAsync(http, 201, new { id = tenant.Value });
        }
    }

    private static async Task ListTenantsAsync(HttpContext http, IGrainFactory grains, string? cursor)
    {
        if (await Paging.ReadAsync(http, cursor, c => grains.GetGrain<IReportGrain>(0).ListTenantsAsync(c, DefaultPage)) is { } page)
        {
            await JsonBody.WriteAsync(http, 200, new { tenants = page.Entries.Select(e => new { id = e.Id, createdAt = e.CreatedAt }), next = page.Next });
        }
    }

    private static async Task RegisterModelAsync(HttpContext http, IGrainFactory grains, CustomModelRules rules, ConfigurationWrites writes)
    {
        if (await JsonBody.ReadAsync<CustomModelBody>(http) is not { } body)
        {
            return;
        }

        if (rules.ToRegistration(body, byOperator: true, out var problem) is not { } registration)
        {
            await ErrorResponses.WriteAsync(http, problem!);
            return;
        }

        var result = await grains.GetOwner(EndpointOwner.Platform).RegisterModelAsync(registration);
        if (await writes.FinishAsync(http, EndpointOwner.Platform, result) is { } info)
        {
            await JsonBody.WriteAsync(http, 201, CustomModelsApi.View(info, CircuitState.Closed));
        }
    }

    private static async Task ListModelsAsync(HttpContext http, IGrainFactory grains, EndpointDirectory directory)
    {
        var snapshot = await grains.GetGrain<IPlatformGrain>(GrainKeys.Platform).GetSnapshotAsync();
        var endpoints = await Task.WhenAll(snapshot.Models.Select(async m => CustomModelsApi.View(m, await CustomModelsApi.CircuitAsync(grains, directory, m.Key))));
        await JsonBody.WriteAsync(http, 200, new { endpoints });
    }

    private static async Task RemoveModelAsync(HttpContext http, string name, IGrainFactory grains, ConfigurationWrites writes)
    {
        if (await writes.FinishAsync(http, EndpointOwner.Platform, await grains.GetOwner(EndpointOwner.Platform).RemoveModelAsync(name)) is not null)
        {
            http.Response.StatusCode = 204;
        }
    }

    private static async Task GetCircuitAsync(HttpContext http, string path, string? tenant, string? user, IGrainFactory grains)
    {
        if (await FindEndpointAsync(http, path, tenant, user, grains) is { } key)
        {
            await JsonBody.WriteAsync(http, 200, CircuitView(await grains.GetGrain<IEndpointGrain>(key).GetCircuitAsync()));
        }
    }

    private static async Task OperateCircuitAsync(
        HttpContext http, string path, string? tenant, string? user, IGrainFactory grains, EndpointDirectory directory)
    {
        if (await FindEndpointAsync(http, path, tenant, user, grains) is not { } key || await JsonBody.ReadAsync<CircuitBody>(http) is not { } body)
        {
            return;
        }

        CircuitAction? action = body.Action switch
        {
            "isolate" => CircuitAction.Isolate,
            "close" => CircuitAction.Close,
            "reset" => CircuitAction.Reset,
            _ => null,
        };
        if (action is null)
        {
            await ErrorResponses.WriteAsync(http, GatewayError.BadRequest("An action is 'isolate', 'close' or 'reset'.", "action"));
            return;
        }

        var circuit = await grains.GetGrain<IEndpointGrain>(key).OperateAsync(action.Value);
        directory.Heard(key, circuit);
        await JsonBody.WriteAsync(http, 200, CircuitView(circuit));
    }

    /// <summary>The grain key behind <c>{id}/circuit?tenant=&amp;user=</c>; null after an error has been written.</summary>
    private static async Task<string?> FindEndpointAsync(HttpContext http, string path, string? tenant, string? user, IGrainFactory grains)
    {
        const string Suffix = "/circuit";
        var id = path.EndsWith(Suffix, StringComparison.Ordinal) ? Uri.UnescapeDataString(path[..^Suffix.Length]) : null;
        GatewayError? problem = null;
        TenantId tenantId = default;
        UserId userId = default;
        if (!ModelId.TryParse(id, out var model))
        {
            problem = GatewayError.NotFound("The route is /admin/v1/endpoints/{model id}/circuit, e.g. /admin/v1/endpoints/custom:my-model/circuit?tenant=acme.");
        }
        else if (tenant is not null && !TenantId.TryParse(tenant, out tenantId))
        {
            problem = GatewayError.BadRequest($"A tenant's id has {Names.Rule}.", "tenant");
        }
        else if (user is not null && (tenant is null || !UserId.TryParse(user, out userId)))
        {
            problem = GatewayError.BadRequest("A user is named together with its tenant.", "user");
        }

        var owner = user is not null ? EndpointOwner.OfUser(tenantId, userId)
            : tenant is not null ? EndpointOwner.OfTenant(tenantId)
            : EndpointOwner.Platform;
        var key = problem is null ? GrainKeys.Endpoint(owner, model) : null;

        // A custom model has a registration; a provider's endpoint is whatever its owner's credential reaches.
        if (key is not null && model.IsCustom && await grains.GetGrain<IEndpointGrain>(key).GetDescriptorAsync() is null)
        {
            problem = GatewayError.NotFound($"There is no endpoint '{model}' of that owner. Name it with ?tenant= and ?user= as it was registered.");
        }

        if (problem is null)
        {
            return key;
        }

        await ErrorResponses.WriteAsync(http, problem);
        return null;
    }

    private static object CircuitView(CircuitSnapshot circuit) => new
    {
        state = Wire.Of(circuit.State),
        since = circuit.Since,
        until = circuit.Until,
        generation = circuit.Generation,
        failures = circuit.Failures,
        hold = circuit.HoldUntil,
        suspendedUntil = circuit.SuspendedUntil,
        misconfigured = circuit.Misconfigured,
        cause = circuit.Cause,
    };
}
