using BeastOrleans.Contracts.Tenants;
using BeastOrleans.Gateway.Authentication;
using BeastOrleans.Gateway.Errors;
using BeastOrleans.Gateway.Usage;
using BeastOrleans.Upstreams;
using BeastOrleans.Upstreams.Anthropic;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Options;

namespace BeastOrleans.Gateway.Api;

/// <summary><c>POST /v1/messages</c> and <c>/v1/messages/count_tokens</c>: Anthropic's dialect.</summary>
internal static class MessagesApi
{
    private const int MaxHeaderLength = 1024;

    public static void MapMessages(this IEndpointRouteBuilder routes)
    {
        var handler = new InferenceHandler(routes.ServiceProvider, Read, static _ => new MessagesFormat());
        routes.MapPost("/v1/messages", handler.HandleAsync).Allow(AccessPolicy.Key(KeyScopes.Inference)).ErrorsIn(ErrorDialect.Anthropic);
        routes.MapPost("/v1/messages/count_tokens", CountAsync).Allow(AccessPolicy.Key(KeyScopes.Inference)).ErrorsIn(ErrorDialect.Anthropic);
    }

    private static (ModelRequest? Request, RequestDefect? Defect) Read(ReadOnlyMemory<byte> body, IHeaderDictionary headers)
    {
        if (!MessagesRequestReader.TryRead(body, out var request, out var defect))
        {
            return (null, defect);
        }

        if (!TryHeader(headers, ErrorDialects.AnthropicVersion, out var version) || !TryHeader(headers, "anthropic-beta", out var beta))
        {
            return (null, new RequestDefect($"anthropic-version and anthropic-beta are plain words of at most {MaxHeaderLength} characters.", null));
        }

        (request.Version, request.Beta) = (version, beta);
        return (request, null);
    }

    /// <summary>The header's values as one, safe to send on; null when absent.</summary>
    private static bool TryHeader(IHeaderDictionary headers, string name, out string? value)
    {
        value = headers.TryGetValue(name, out var values) && !string.IsNullOrEmpty(values.ToString()) ? values.ToString() : null;
        return value is null || (value.Length <= MaxHeaderLength && value.All(static c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' or ',' or ' '));
    }

    /// <summary>An estimate: counting costs no call, and the endpoint that will answer is not known yet.</summary>
    private static async Task CountAsync(HttpContext http, IOptions<GatewayOptions> options, TokenCounter counter)
    {
        var (body, problem) = await RequestBody.ReadAsync(http, options.Value.MaxRequestBytes);
        if (problem is not null)
        {
            await ErrorResponses.WriteAsync(http, problem);
        }
        else if (MessagesRequestReader.TryReadForCount(body, out var request, out var defect))
        {
            await JsonBody.WriteAsync(http, 200, new { input_tokens = await counter.CountAsync(request, http.RequestAborted) });
        }
        else
        {
            await ErrorResponses.WriteAsync(http, GatewayError.BadRequest(defect.Message, defect.Param));
        }
    }
}
