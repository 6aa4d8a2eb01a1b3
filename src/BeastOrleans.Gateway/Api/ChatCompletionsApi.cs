using BeastOrleans.Contracts.Tenants;
using BeastOrleans.Gateway.Authentication;
using BeastOrleans.Gateway.Errors;
using BeastOrleans.Gateway.Forwarding;
using BeastOrleans.Upstreams.OpenAI;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace BeastOrleans.Gateway.Api;

/// <summary><c>POST /v1/chat/completions</c>: the first stop of a request's path.</summary>
internal static class ChatCompletionsApi
{
    public static void MapChatCompletions(this IEndpointRouteBuilder routes)
    {
        var services = routes.ServiceProvider;
        var handler = new Handler(
            services.GetRequiredService<RequestForwarder>(),
            services.GetRequiredService<TimeProvider>(),
            services.GetRequiredService<IOptions<GatewayOptions>>().Value);
        routes.MapPost("/v1/chat/completions", handler.HandleAsync).Allow(AccessPolicy.Key(KeyScopes.Inference));
    }

    private sealed class Handler(RequestForwarder forwarder, TimeProvider time, GatewayOptions options)
    {
        // A bare RequestDelegate: no binding, no filters, nothing per request that the path does not need.
        public async Task HandleAsync(HttpContext http)
        {
            var startedAt = time.GetTimestamp();
            var (body, problem) = await RequestBody.ReadAsync(http, options.MaxRequestBytes);
            if (problem is not null)
            {
                await ErrorResponses.WriteAsync(http, problem);
                return;
            }

            if (!ChatRequestReader.TryRead(body, out var chat, out var defect))
            {
                await ErrorResponses.WriteAsync(http, GatewayError.BadRequest(defect.Message, defect.Param));
                return;
            }

            if (!RequestOptions.TryRead(http.Request.Headers, out var requestOptions, out problem))
            {
                await ErrorResponses.WriteAsync(http, problem!);
                return;
            }

            var caller = Caller.Of(http);
            if (!caller.TryResolveUser(http, chat.User, out var user, out var why))
            {
                await ErrorResponses.WriteAsync(http, GatewayError.Forbidden(why, "user_not_allowed"));
                return;
            }

            await forwarder.ForwardAsync(new Exchange
            {
                Http = http,
                Caller = caller,
                User = user,
                Request = chat,
                Options = requestOptions,
                Format = ChatCompletionFormat.Instance,
                StartedAt = startedAt,
            });
        }
    }
}
