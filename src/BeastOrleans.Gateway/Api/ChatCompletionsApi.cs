using BeastOrleans.Contracts.Tenants;
using BeastOrleans.Gateway.Authentication;
using BeastOrleans.Gateway.Errors;
using BeastOrleans.Gateway.Forwarding;
using BeastOrleans.Upstreams.OpenAI;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;

namespace BeastOrleans.Gateway.Api;

/// <summary><c>POST /v1/chat/completions</c>.</summary>
internal static class ChatCompletionsApi
{
    public static void MapChatCompletions(this IEndpointRouteBuilder routes)
    {
        var handler = new InferenceHandler(
            routes.ServiceProvider,
            static (body, _) => ChatRequestReader.TryRead(body, out var request, out var defect) ? (request, null) : (null, defect),
            static _ => ChatCompletionFormat.Instance);
        routes.MapPost("/v1/chat/completions", handler.HandleAsync).Allow(AccessPolicy.Key(KeyScopes.Inference)).ErrorsIn(ErrorDialect.OpenAI);
    }
}
