using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace BeastOrleans.Gateway.Errors;

/// <summary>In whose words a route tells of errors: an SDK raises its own exceptions only for its own shape.</summary>
internal enum ErrorDialect
{
    OpenAI = 0,
    Anthropic = 1,
}

internal static class ErrorDialects
{
    /// <summary>Sent by every Anthropic client, and by no other.</summary>
    public const string AnthropicVersion = "anthropic-version";

    public static TBuilder ErrorsIn<TBuilder>(this TBuilder builder, ErrorDialect dialect)
        where TBuilder : IEndpointConventionBuilder => builder.WithMetadata(new Choice(dialect));

    /// <summary>The route's; a route that both kinds of clients call goes by the client's own header.</summary>
    public static ErrorDialect Of(HttpContext http) =>
        http.GetEndpoint()?.Metadata.GetMetadata<Choice>() is { } choice ? choice.Dialect

        // The framework's own answers (405) have no metadata.
        : http.Request.Path.StartsWithSegments("/v1/messages", StringComparison.Ordinal) ? ErrorDialect.Anthropic
        : http.Request.Headers.ContainsKey(AnthropicVersion) ? ErrorDialect.Anthropic
        : ErrorDialect.OpenAI;

    private sealed record Choice(ErrorDialect Dialect);
}
