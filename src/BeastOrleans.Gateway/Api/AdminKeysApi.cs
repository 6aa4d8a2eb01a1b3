using BeastOrleans.Contracts.Identity;
using BeastOrleans.Contracts.Metering;
using BeastOrleans.Contracts.Tenants;
using BeastOrleans.Contracts.Usage;
using BeastOrleans.Gateway.Authentication;
using BeastOrleans.Gateway.Errors;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace BeastOrleans.Gateway.Api;

/// <summary><c>/admin/v1/keys</c>: virtual keys, shown once, revocable at once.</summary>
internal static class AdminKeysApi
{
    private const int MaxAllowedModels = 100;
    private const int DefaultPage = 100;

    public static void MapAdminKeys(this IEndpointRouteBuilder routes)
    {
        var keys = routes.MapGroup("/admin/v1/keys").Allow(AccessPolicy.Admin);
        keys.MapPost("", CreateAsync);
        keys.MapGet("", ListAsync);
        keys.MapDelete("/{id}", RevokeAsync);
    }

    private sealed record KeyBody
    {
        public string? Tenant { get; init; }

        public string? User { get; init; }

        public string[]? Scopes { get; init; }

        public string[]? Models { get; init; }

        public DateTimeOffset? ExpiresAt { get; init; }
    }

    private static async Task CreateAsync(HttpContext http, IGrainFactory grains, TimeProvider time)
    {
        if (await JsonBody.ReadAsync<KeyBody>(http) is not { } body)
        {
            return;
        }

        var problem = FindProblem(body, time.GetUtcNow(), out var tenant, out var user, out var scopes);
        if (problem is null && !(await grains.GetGrain<ITenantGrain>(GrainKeys.Tenant(tenant)).GetSnapshotAsync()).Exists)
        {
            problem = GatewayError.NotFound($"There is no tenant '{tenant}'. Create it with POST /admin/v1/tenants.");
        }

        if (problem is not null)
        {
            await ErrorResponses.WriteAsync(http, problem);
            return;
        }

        var secret = VirtualKeySecret.Create();
        VirtualKeySecret.TryDigest(secret, out var digest);
        var hex = digest.ToHex();
        var identity = new KeyIdentity
        {
            KeyId = VirtualKeySecret.KeyIdOf(hex),
            Tenant = tenant,
            User = user,
            Scopes = scopes,
            AllowedModels = body.Models,
            ExpiresAt = body.ExpiresAt,
            CreatedAt = time.GetUtcNow(),
        };
        var result = await grains.GetGrain<IVirtualKeyGrain>(GrainKeys.VirtualKey(hex)).CreateAsync(identity);
        if (result.Error != ConfigError.None)
        {
            await ErrorResponses.WriteAsync(http, ConfigurationWrites.ErrorOf(result.Error, result.Message));
            return;
        }

        // The one time that the secret is seen: only its digest is kept.
        await JsonBody.WriteAsync(http, 201, new { id = identity.KeyId, key = secret });
    }

    private static async Task ListAsync(HttpContext http, IGrainFactory grains, string? tenant, string? cursor)
    {
        if (await Paging.ReadAsync(http, cursor, c => grains.GetGrain<IReportGrain>(0).ListKeysAsync(tenant, c, DefaultPage)) is not { } page)
        {
            return;
        }

        await JsonBody.WriteAsync(http, 200, new
        {
            keys = page.Entries.Select(e => new { id = e.Id, tenant = e.Tenant, user = e.User, createdAt = e.CreatedAt, revoked = e.Revoked }),
            next = page.Next,
        });
    }

    private static async Task RevokeAsync(HttpContext http, string id, IGrainFactory grains, KeyAuthenticator keys)
    {
        var digest = await grains.GetGrain<IReportGrain>(0).FindKeyAsync(id);
        if (digest is null || !await grains.GetGrain<IVirtualKeyGrain>(GrainKeys.VirtualKey(digest)).RevokeAsync())
        {
            await ErrorResponses.WriteAsync(http, GatewayError.NotFound($"There is no key '{id}'."));
            return;
        }

        keys.Forget(digest);

        // It could not be removed by its scope any more, and would be listed for ever. Repeating the call mends a cut one.
        await grains.GetGrain<IBudgetGrain>(GrainKeys.Budget(MeteredScope.OfKey(id))).RemoveAsync();
        http.Response.StatusCode = 204;
    }

    private static GatewayError? FindProblem(KeyBody body, DateTimeOffset now, out TenantId tenant, out UserId? user, out KeyScopes scopes)
    {
        user = null;
        scopes = KeyScopes.All;
        if (!TenantId.TryParse(body.Tenant, out tenant))
        {
            return GatewayError.BadRequest($"A key belongs to a tenant, whose id has {Names.Rule}.", "tenant");
        }

        if (body.User is not null)
        {
            if (!UserId.TryParse(body.User, out var named))
            {
                return GatewayError.BadRequest($"A user id has 1 to {UserId.MaxLength} characters and no control characters.", "user");
            }

            user = named;
        }

        if (body.Scopes is not null && !TryScopes(body.Scopes, out scopes))
        {
            return GatewayError.BadRequest("Scopes are 'inference', 'models' and 'tenant', at least one.", "scopes");
        }

        if (body.Models is not null && (body.Models.Length is 0 or > MaxAllowedModels || body.Models.Any(m => !ModelId.TryParse(m, out _) && !IsWildcard(m))))
        {
            return GatewayError.BadRequest($"models lists 1 to {MaxAllowedModels} model ids like 'openai:gpt-4' or whole providers like 'openai:*'.", "models");
        }

        return body.ExpiresAt is { } end && end <= now ? GatewayError.BadRequest("expiresAt lies in the past.", "expiresAt") : null;
    }

    private static bool IsWildcard(string? text) => text is not null && text.EndsWith(":*", StringComparison.Ordinal) && Names.IsValid(text[..^2]);

    private static bool TryScopes(string[] names, out KeyScopes scopes)
    {
        scopes = KeyScopes.None;
        foreach (var name in names)
        {
            var one = name switch
            {
                "inference" => KeyScopes.Inference,
                "models" => KeyScopes.Models,
                "tenant" => KeyScopes.Tenant,
                _ => KeyScopes.None,
            };
            if (one == KeyScopes.None)
            {
                return false;
            }

            scopes |= one;
        }

        return scopes != KeyScopes.None;
    }
}
