using BeastOrleans.Contracts.Identity;
using BeastOrleans.Contracts.Metering;
using BeastOrleans.Gateway.Authentication;
using BeastOrleans.Gateway.Errors;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace BeastOrleans.Gateway.Api;

/// <summary><c>/admin/v1/limits</c>: how much a tenant, a user or a key may ask for at a time.</summary>
internal static class LimitsApi
{
    private const string Prefix = "/admin/v1/limits/";
    private const int MaxRequestsPerMinute = 10_000_000;
    private const long MaxTokensPerMinute = 10_000_000_000;
    private const int MaxParallel = 100_000;

    public static void MapLimits(this IEndpointRouteBuilder routes)
    {
        var admin = routes.MapGroup("/admin/v1/limits").Allow(AccessPolicy.Admin);
        admin.MapGet("/{**scope}", GetAsync);
        admin.MapPut("/{**scope}", PutAsync);
        admin.MapDelete("/{**scope}", RemoveAsync);
    }

    private sealed record LimitsBody
    {
        public int? RequestsPerMinute { get; init; }

        public long? TokensPerMinute { get; init; }

        public int? Parallel { get; init; }
    }

    private static async Task GetAsync(HttpContext http, string scope, MeteredScopes scopes)
    {
        if (await scopes.FindAsync(http, MeteredScopes.PathAfter(http, Prefix, scope)) is not { } subject)
        {
            return;
        }

        await ((await subject.Grain.GetMeteringAsync()).Limits is { } limits
            ? JsonBody.WriteAsync(http, 200, ViewOf(subject.Scope, limits))
            : ErrorResponses.WriteAsync(http, NoLimits(subject.Scope)));
    }

    private static async Task PutAsync(HttpContext http, string scope, MeteredScopes scopes)
    {
        if (await scopes.FindAsync(http, MeteredScopes.PathAfter(http, Prefix, scope)) is not { } subject
            || await JsonBody.ReadAsync<LimitsBody>(http) is not { } body)
        {
            return;
        }

        if (FindProblem(body) is { } problem)
        {
            await ErrorResponses.WriteAsync(http, problem);
            return;
        }

        var limits = new RateLimits { RequestsPerMinute = body.RequestsPerMinute, TokensPerMinute = body.TokensPerMinute, Parallel = body.Parallel };
        if (await scopes.FinishAsync(http, subject, await subject.Grain.PutLimitsAsync(limits)))
        {
            await JsonBody.WriteAsync(http, 200, ViewOf(subject.Scope, limits));
        }
    }

    private static async Task RemoveAsync(HttpContext http, string scope, MeteredScopes scopes)
    {
        if (await scopes.FindAsync(http, MeteredScopes.PathAfter(http, Prefix, scope)) is not { } subject)
        {
            return;
        }

        if ((await subject.Grain.GetMeteringAsync()).Limits is null)
        {
            await ErrorResponses.WriteAsync(http, NoLimits(subject.Scope));
        }
        else if (await scopes.FinishAsync(http, subject, await subject.Grain.PutLimitsAsync(limits: null)))
        {
            http.Response.StatusCode = 204;
        }
    }

    private static GatewayError? FindProblem(LimitsBody body) => body switch
    {
        { RequestsPerMinute: null, TokensPerMinute: null, Parallel: null } =>
            GatewayError.BadRequest("Give at least one of requestsPerMinute, tokensPerMinute and parallel; DELETE removes them all.", "requestsPerMinute"),
        { RequestsPerMinute: < 1 or > MaxRequestsPerMinute } =>
            GatewayError.BadRequest($"requestsPerMinute is between 1 and {MaxRequestsPerMinute}.", "requestsPerMinute"),
        { TokensPerMinute: < 1 or > MaxTokensPerMinute } =>
            GatewayError.BadRequest($"tokensPerMinute is between 1 and {MaxTokensPerMinute}.", "tokensPerMinute"),
        { Parallel: < 1 or > MaxParallel } => GatewayError.BadRequest($"parallel is between 1 and {MaxParallel}.", "parallel"),
        _ => null,
    };

    private static object ViewOf(MeteredScope scope, RateLimits limits) => new
    {
        scope = scope.Text,
        requestsPerMinute = limits.RequestsPerMinute,
        tokensPerMinute = limits.TokensPerMinute,
        parallel = limits.Parallel,
    };

    private static GatewayError NoLimits(MeteredScope scope) => GatewayError.NotFound($"'{scope}' has no limits.");
}
