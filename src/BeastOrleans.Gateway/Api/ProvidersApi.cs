using BeastOrleans.Contracts.Endpoints;
using BeastOrleans.Contracts.Identity;
using BeastOrleans.Contracts.Tenants;
using BeastOrleans.Core.Selection;
using BeastOrleans.Gateway.Authentication;
using BeastOrleans.Gateway.Errors;
using BeastOrleans.Upstreams.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace BeastOrleans.Gateway.Api;

/// <summary>Provider credentials: put, seen without their secret, removed. The tenant's, a user's (<c>?user=</c>) or the platform's.</summary>
internal static class ProvidersApi
{
    private const int MaxModels = 200;

    /// <summary>What a server of one's own is sent as its key where none was given: it looks at none.</summary>
    private const string NoKey = "none";

    public static void MapProviders(this IEndpointRouteBuilder routes)
    {
        var own = routes.MapGroup("/api/providers/{provider}/key").Allow(AccessPolicy.Key(KeyScopes.Models | KeyScopes.Tenant));
        own.MapPut("", PutOwnAsync);
        own.MapGet("", GetOwnAsync);
        own.MapDelete("", RemoveOwnAsync);

        var platform = routes.MapGroup("/admin/v1/providers/{provider}/key").Allow(AccessPolicy.Admin);
        platform.MapPut("", (HttpContext http, string provider, IGrainFactory grains, BaseUrlRules urls, ConfigurationWrites writes) =>
            PutAsync(http, provider, EndpointOwner.Platform, grains, urls, writes));
        platform.MapGet("", (HttpContext http, string provider, IGrainFactory grains) => GetAsync(http, provider, EndpointOwner.Platform, grains));
        platform.MapDelete("", (HttpContext http, string provider, IGrainFactory grains, ConfigurationWrites writes) =>
            RemoveAsync(http, provider, EndpointOwner.Platform, grains, writes));
    }

    private sealed record ProviderBody
    {
        public string? ApiKey { get; init; }

        public string? BaseUrl { get; init; }

        public string? DefaultModel { get; init; }

        public string[]? Models { get; init; }
    }

    private static async Task PutOwnAsync(HttpContext http, string provider, string? user, IGrainFactory grains, BaseUrlRules urls, ConfigurationWrites writes)
    {
        if (await CallerUser.ResolveOwnerAsync(http, user) is { } owner)
        {
            await PutAsync(http, provider, owner, grains, urls, writes);
        }
    }

    private static async Task GetOwnAsync(HttpContext http, string provider, string? user, IGrainFactory grains)
    {
        if (await CallerUser.ResolveOwnerAsync(http, user) is { } owner)
        {
            await GetAsync(http, provider, owner, grains);
        }
    }

    private static async Task RemoveOwnAsync(HttpContext http, string provider, string? user, IGrainFactory grains, ConfigurationWrites writes)
    {
        if (await CallerUser.ResolveOwnerAsync(http, user) is { } owner)
        {
            await RemoveAsync(http, provider, owner, grains, writes);
        }
    }

    private static async Task PutAsync(
        HttpContext http, string provider, EndpointOwner owner, IGrainFactory grains, BaseUrlRules urls, ConfigurationWrites writes)
    {
        if (await JsonBody.ReadAsync<ProviderBody>(http) is not { } body)
        {
            return;
        }

        ProviderCatalogue.TryGet(provider, out var known);
        Uri? url = null;
        var problem = FindProblem(provider, known, body);
        if (problem is null && body.BaseUrl is not null)
        {
            problem = CheckUrl(body.BaseUrl, out url);
        }
        else if (problem is null && known is { IsLocal: true, BaseUrl: { } usual })
        {
            // The gateway's own machine: a tenant is let there where its operator lets it.
            problem = CheckUrl(usual.OriginalString, out _);
        }

        if (problem is not null)
        {
            await ErrorResponses.WriteAsync(http, problem);
            return;
        }

        var result = await grains.GetOwner(owner).PutProviderAsync(new ProviderRegistration
        {
            Provider = provider,
            ApiKey = string.IsNullOrEmpty(body.ApiKey) ? NoKey : body.ApiKey,
            BaseUrl = url,
            DefaultModel = body.DefaultModel,
            Models = body.Models,
        });
        if (await writes.FinishAsync(http, owner, result) is not null)
        {
            http.Response.StatusCode = 204;
        }

        GatewayError? CheckUrl(string text, out Uri? checkedUrl) => urls.TryValidate(
            text, known?.Dialect ?? Dialect.OpenAI, out checkedUrl, out var urlProblem, addressChosenByTenant: owner.Kind != OwnerKind.Platform)
                ? null
                : GatewayError.BadRequest(urlProblem, "baseUrl");
    }

    private static async Task GetAsync(HttpContext http, string provider, EndpointOwner owner, IGrainFactory grains)
    {
        var info = Array.Find(await grains.GetOwner(owner).GetProvidersAsync(), p => p.Provider == provider);
        await JsonBody.WriteAsync(http, 200, new
        {
            provider,
            hasApiKey = info is not null,
            last4 = info?.Last4,
            baseUrl = info?.BaseUrl,
            defaultModel = info?.DefaultModel,
            models = info?.Models,
        });
    }

    private static async Task RemoveAsync(HttpContext http, string provider, EndpointOwner owner, IGrainFactory grains, ConfigurationWrites writes)
    {
        if (await writes.FinishAsync(http, owner, await grains.GetOwner(owner).RemoveProviderAsync(provider)) is not null)
        {
            http.Response.StatusCode = 204;
        }
    }

    private static GatewayError? FindProblem(string provider, WellKnownProvider? known, ProviderBody body)
    {
        if (!Names.IsValid(provider) || provider == ModelId.CustomProvider)
        {
            return GatewayError.BadRequest($"A provider's name has {Names.Rule}, and is not 'custom'.", "provider");
        }

        if (string.IsNullOrEmpty(body.ApiKey) && known is not { IsLocal: true })
        {
            return GatewayError.BadRequest("A provider credential needs an apiKey.", "apiKey");
        }

        if (known is null && (body.BaseUrl is null || body.DefaultModel is null))
        {
            return GatewayError.BadRequest($"'{provider}' is not a well-known provider: name its baseUrl (OpenAI's dialect) and its defaultModel.", "baseUrl");
        }

        if (known is { BaseUrl: null } && body.BaseUrl is null)
        {
            return GatewayError.BadRequest($"'{provider}' has no address of its own: give the baseUrl of yours.", "baseUrl");
        }

        if (known is { DefaultModel: null } && body.DefaultModel is null && body.Models is null)
        {
            return GatewayError.BadRequest($"'{provider}' has no model that everyone has: name yours as defaultModel or models.", "defaultModel");
        }

        var names = (body.Models ?? []).Append(body.DefaultModel ?? "x");
        return body.Models is { Length: 0 or > MaxModels } || names.Any(n => n is null || !ModelId.TryParse($"{provider}:{n}", out _))
            ? GatewayError.BadRequest($"models lists 1 to {MaxModels} names of 1 to {ModelId.MaxNameLength} characters.", "models")
            : CustomModelRules.CheckSecret(body.ApiKey);
    }
}
