using BeastOrleans.Gateway.Diagnostics;
using BeastOrleans.Gateway.Errors;
using Microsoft.AspNetCore.Http;

namespace BeastOrleans.Gateway.Authentication;

/// <summary>Enforces the access policy of the matched route before anything of the request is read.</summary>
internal sealed class AccessMiddleware(RequestDelegate next, KeyAuthenticator keys, AdminAuthenticator admins, RequestScopes scopes)
{
    private const string HowToAuthenticate = "Send the key as 'Authorization: Bearer <key>' or 'x-api-key: <key>'.";

    public Task InvokeAsync(HttpContext http)
    {
        var endpoint = http.GetEndpoint();
        if (endpoint is null)
        {
            return ErrorResponses.WriteAsync(http, GatewayError.NotFound($"There is no {http.Request.Method} {http.Request.Path}.", "unknown_route"));
        }

        // The framework's own answers (405, 415) carry no policy and reveal nothing.
        var policy = endpoint.Metadata.GetMetadata<AccessPolicy>();
        return policy?.Kind switch
        {
            AccessKind.Anonymous => next(http),
            AccessKind.Key => InvokeWithKeyAsync(http, policy),
            AccessKind.Admin => InvokeAsAdminAsync(http, policy),
            _ => endpoint.Metadata.Count == 0 ? InvokeFrameworkAsync(http) : ErrorResponses.WriteAsync(http, GatewayError.Forbidden("This route declares no access policy.")),
        };
    }

    /// <summary>The framework's own endpoints answer with a bare status: the body says the rest, as every error's does.</summary>
    private async Task InvokeFrameworkAsync(HttpContext http)
    {
        await next(http);
        if (http.Response is { HasStarted: false, StatusCode: StatusCodes.Status405MethodNotAllowed })
        {
            var allowed = http.Response.Headers.Allow.ToString();
            await ErrorResponses.WriteAsync(http, GatewayError.WrongMethod($"{http.Request.Path} takes {allowed}, not {http.Request.Method}."));
        }
    }

    private async Task InvokeWithKeyAsync(HttpContext http, AccessPolicy policy)
    {
        var secret = PresentedKey(http);
        if (secret.IsEmpty)
        {
            await ErrorResponses.WriteAsync(http, GatewayError.Unauthorized("No API key was sent. " + HowToAuthenticate));
            return;
        }

        var result = await keys.AuthenticateAsync(secret, http.RequestAborted);
        if (result.Error is { } error)
        {
            await ErrorResponses.WriteAsync(http, error);
            return;
        }

        if ((result.Key!.Scopes & policy.AnyScope) == 0)
        {
            await ErrorResponses.WriteAsync(http, GatewayError.Forbidden($"This key lacks the scope '{policy.AnyScope.ToString().ToLowerInvariant()}'.", "missing_scope"));
            return;
        }

        var caller = new Caller(result.Key);
        http.Features.Set(caller);
        using var scope = scopes.Begin(http, caller);
        await next(http);
    }

    private async Task InvokeAsAdminAsync(HttpContext http, AccessPolicy policy)
    {
        var secret = PresentedKey(http);
        if (policy.TakesBasic)
        {
            secret = secret.IsEmpty ? BasicPassword(http) : secret;
            http.Response.OnStarting(static state => AskForBasic((HttpContext)state), http);
        }

        if (secret.IsEmpty)
        {
            await ErrorResponses.WriteAsync(http, GatewayError.Unauthorized("No admin key was sent. Send it as 'Authorization: Bearer <admin key>'."));
            return;
        }

        if (await admins.AuthenticateAsync(secret, http.RequestAborted) is { } error)
        {
            await ErrorResponses.WriteAsync(http, error);
            return;
        }

        using var scope = scopes.Begin(http, caller: null);
        await next(http);
    }

    private static Task AskForBasic(HttpContext http)
    {
        if (http.Response.StatusCode == StatusCodes.Status401Unauthorized)
        {
            http.Response.Headers.WWWAuthenticate = "Basic realm=\"BeastOrleans: any name, the admin key as password\", charset=\"UTF-8\"";
        }

        return Task.CompletedTask;
    }

    private static ReadOnlyMemory<char> BasicPassword(HttpContext http)
    {
        const int MaxLength = 2048;
        const string Basic = "Basic ";
        var authorization = http.Request.Headers.Authorization;
        if (authorization.Count != 1 || authorization[0] is not { Length: <= MaxLength } value || !value.StartsWith(Basic, StringComparison.OrdinalIgnoreCase))
        {
            return default;
        }

        Span<byte> bytes = stackalloc byte[MaxLength];
        if (!Convert.TryFromBase64String(value[Basic.Length..].Trim(), bytes, out var length))
        {
            return default;
        }

        var text = System.Text.Encoding.UTF8.GetString(bytes[..length]);
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        return colon < 0 ? default : text.AsMemory(colon + 1);
    }

    private static ReadOnlyMemory<char> PresentedKey(HttpContext http)
    {
        const string Bearer = "Bearer ";
        var authorization = http.Request.Headers.Authorization;
        if (authorization.Count == 1 && authorization[0] is { } value && value.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase))
        {
            return value.AsMemory(Bearer.Length).Trim();
        }

        var apiKey = http.Request.Headers["x-api-key"];
        return apiKey.Count == 1 && apiKey[0] is { } key ? key.AsMemory().Trim() : default;
    }
}
