using BeastOrleans.Contracts.Endpoints;
using BeastOrleans.Contracts.Identity;
using BeastOrleans.Contracts.Selection;
using BeastOrleans.Contracts.Tenants;
using BeastOrleans.Gateway.Authentication;
using BeastOrleans.Gateway.Directory;
using BeastOrleans.Gateway.Errors;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace BeastOrleans.Gateway.Api;

/// <summary>
/// <c>GET /v1/models</c>: what this key may use, with owner and health beside. In OpenAI's shape; in Anthropic's for a client that
/// sends <c>anthropic-version</c>.
/// </summary>
internal static class ModelsApi
{
    public static void MapModels(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/v1/models", ListAsync).Allow(AccessPolicy.Key(KeyScopes.Inference));

        // Catch-all: ids hold ':' and may hold '/', raw or encoded.
        routes.MapGet("/v1/models/{**id}", GetAsync).Allow(AccessPolicy.Key(KeyScopes.Inference));
    }

    private static async Task ListAsync(HttpContext http, IGrainFactory grains, EndpointDirectory directory, ConfigurationVersions versions)
    {
        if (await CallerUser.ResolveAsync(http) is { } who)
        {
            var models = await ReadAsync(grains, who, versions);
            await JsonBody.WriteAsync(http, 200, IsAnthropic(http) ? AnthropicList(models) : new { @object = "list", data = models.Select(m => View(m, directory)) });
        }
    }

    private static async Task GetAsync(HttpContext http, string id, IGrainFactory grains, EndpointDirectory directory, ConfigurationVersions versions)
    {
        if (await CallerUser.ResolveAsync(http) is not { } who)
        {
            return;
        }

        var wanted = Uri.UnescapeDataString(id);
        var model = Array.Find(await ReadAsync(grains, who, versions), m => m.ModelId == wanted);
        if (model is null)
        {
            await ErrorResponses.WriteAsync(http, GatewayError.NotFound($"There is no model '{wanted}' for this key.", "model_not_found") with { Param = "model" });
            return;
        }

        await JsonBody.WriteAsync(http, 200, IsAnthropic(http) ? AnthropicView(model) : View(model, directory));
    }

    private static bool IsAnthropic(HttpContext http) => ErrorDialects.Of(http) == ErrorDialect.Anthropic;

    // All on one page: a key's models are few enough.
    private static object AnthropicList(AvailableModel[] models) => new
    {
        data = models.Select(AnthropicView),
        has_more = false,
        first_id = models.Length > 0 ? models[0].ModelId : null,
        last_id = models.Length > 0 ? models[^1].ModelId : null,
    };

    private static object AnthropicView(AvailableModel model) => new
    {
        type = "model",
        id = model.ModelId,
        display_name = model.ModelId,
        created_at = (model.CreatedAt ?? DateTimeOffset.UnixEpoch).UtcDateTime,
    };

    private static Task<AvailableModel[]> ReadAsync(IGrainFactory grains, CallerUser who, ConfigurationVersions versions) =>
        grains.GetGrain<ISelectorGrain>(who.SelectorKey).ListModelsAsync(who.Caller.Key.AllowedModels, versions.OfTenant(who.Tenant), versions.Platform);

    // Health is what this process last heard; an endpoint that it has not used is closed as far as it knows.
    private static object View(AvailableModel model, EndpointDirectory directory) => new
    {
        id = model.ModelId,
        @object = "model",
        created = (model.CreatedAt ?? DateTimeOffset.UnixEpoch).ToUnixTimeSeconds(),
        owned_by = model.Owner == OwnerKind.Platform && model.Type == EndpointType.Provider ? model.ModelId.Split(':')[0] : Wire.Of(model.Owner),
        type = Wire.Of(model.Type),
        owner = Wire.Of(model.Owner),
        circuit = Wire.Of((directory.FindCircuit(model.Key) ?? CircuitSnapshot.Initial).State),
    };
}
