using BeastOrleans.Contracts.Tenants;
using BeastOrleans.Gateway.Authentication;
using BeastOrleans.Gateway.Errors;
using BeastOrleans.Gateway.Forwarding;
using BeastOrleans.Upstreams.OpenAI;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;

namespace BeastOrleans.Gateway.Api;

/// <summary><c>POST /v1/completions</c> (legacy) and <c>POST /v1/embeddings</c>: to endpoints of the OpenAI dialect, bytes untouched.</summary>
internal static class CompletionsApi
{
    public static void MapCompletions(this IEndpointRouteBuilder routes)
    {
        var completions = new InferenceHandler(
            routes.ServiceProvider,
            static (body, _) => CompletionsRequestReader.TryRead(body, out var request, out var defect) ? (request, null) : (null, defect),
            static _ => ChatCompletionFormat.Instance);
        routes.MapPost("/v1/completions", completions.HandleAsync).Allow(AccessPolicy.Key(KeyScopes.Inference)).ErrorsIn(ErrorDialect.OpenAI);

        var embeddings = new InferenceHandler(
            routes.ServiceProvider,
            static (body, _) => EmbeddingsRequestReader.TryRead(body, out var request, out var defect) ? (request, null) : (null, defect),
            static _ => ChatCompletionFormat.Instance);
        routes.MapPost("/v1/embeddings", embeddings.HandleAsync).Allow(AccessPolicy.Key(KeyScopes.Inference)).ErrorsIn(ErrorDialect.OpenAI);
    }
}
