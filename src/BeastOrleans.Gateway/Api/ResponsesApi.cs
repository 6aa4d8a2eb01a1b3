using BeastOrleans.Contracts.Tenants;
using BeastOrleans.Gateway.Authentication;
using BeastOrleans.Gateway.Errors;
using BeastOrleans.Upstreams.OpenAI;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace BeastOrleans.Gateway.Api;

/// <summary><c>POST /v1/responses</c>. Nothing is stored, so nothing can be read back or deleted.</summary>
internal static class ResponsesApi
{
    public static void MapResponses(this IEndpointRouteBuilder routes)
    {
        var time = routes.ServiceProvider.GetRequiredService<TimeProvider>();
        var handler = new InferenceHandler(
            routes.ServiceProvider,
            static (body, _) => ResponsesRequestReader.TryRead(body, out var request, out var defect) ? (request, null) : (null, defect),
            request => new ResponsesFormat((ResponsesRequest)request, time));
        routes.MapPost("/v1/responses", handler.HandleAsync).Allow(AccessPolicy.Key(KeyScopes.Inference)).ErrorsIn(ErrorDialect.OpenAI);
        routes.MapMethods("/v1/responses/{**id}", [HttpMethods.Get, HttpMethods.Delete, HttpMethods.Post], NotStoredAsync).Allow(AccessPolicy.Key(KeyScopes.Inference)).ErrorsIn(ErrorDialect.OpenAI);
    }

    private static Task NotStoredAsync(HttpContext http) => ErrorResponses.WriteAsync(
        http,
        GatewayError.NotFound("Responses are not stored here: send the whole conversation with each request.", "response_not_stored"));
}
