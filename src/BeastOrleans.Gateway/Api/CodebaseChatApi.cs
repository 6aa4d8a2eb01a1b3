using System.Text.Json;
using BeastOrleans.Contracts.Tenants;
using BeastOrleans.Gateway.Authentication;
using BeastOrleans.Gateway.Errors;
using BeastOrleans.Gateway.Forwarding;
using BeastOrleans.Upstreams.OpenAI;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace BeastOrleans.Gateway.Api;

/// <summary><c>POST /api/codebase/chat</c>: one message in, one message out, with who answered and what it cost.</summary>
internal static class CodebaseChatApi
{
    public static void MapCodebaseChat(this IEndpointRouteBuilder routes) =>
        routes.MapPost("/api/codebase/chat", ChatAsync).Allow(AccessPolicy.Key(KeyScopes.Inference)).ErrorsIn(ErrorDialect.OpenAI);

    private sealed record ChatBody
    {
        public string? Message { get; init; }

        public bool? UseLLM { get; init; }

        public string? Model { get; init; }

        public bool? Stream { get; init; }
    }

    private static async Task ChatAsync(HttpContext http, RequestForwarder forwarder, TimeProvider time)
    {
        var startedAt = time.GetTimestamp();
        if (await JsonBody.ReadAsync<ChatBody>(http) is not { } body || await CallerUser.ResolveAsync(http) is not { } who)
        {
            return;
        }

        var problem = string.IsNullOrEmpty(body.Message) ? GatewayError.BadRequest("A chat needs a message.", "message")
            : body.UseLLM is false ? GatewayError.BadRequest("This route answers with a model: leave useLLM out or set it to true.", "useLLM", "llm_required")
            : null;
        if (problem is not null || !RequestOptions.TryRead(http.Request.Headers, out var options, out problem))
        {
            await ErrorResponses.WriteAsync(http, problem!);
            return;
        }

        var bytes = JsonSerializer.SerializeToUtf8Bytes(new
        {
            model = body.Model ?? "auto",
            messages = new[] { new { role = "user", content = body.Message } },
            stream = body.Stream ?? false,
        });
        if (!ChatRequestReader.TryRead(bytes, out var chat, out var defect))
        {
            await ErrorResponses.WriteAsync(http, GatewayError.BadRequest(defect.Message, "message"));
            return;
        }

        await forwarder.ForwardAsync(new Exchange
        {
            Http = http,
            Caller = who.Caller,
            User = who.User,
            Request = chat,
            Options = options,
            Format = new CodebaseChatFormat(),
            StartedAt = startedAt,
        });
    }
}
