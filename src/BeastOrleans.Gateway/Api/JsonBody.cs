using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using BeastOrleans.Gateway.Errors;
using Microsoft.AspNetCore.Http;

namespace BeastOrleans.Gateway.Api;

/// <summary>Bodies of the configuration routes: strict, so that a misspelt field is an answer and not a surprise.</summary>
internal static class JsonBody
{
    private const int MaxBytes = 256 * 1024;

    public static JsonSerializerOptions Options { get; } = new(JsonSerializerDefaults.Web)
    {
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        AllowDuplicateProperties = false,
        NumberHandling = JsonNumberHandling.Strict,
        RespectNullableAnnotations = true,
        MaxDepth = 16,

        // Answers are application/json, never HTML: quotes and accents stay readable.
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false) },
    };

    /// <summary>The body, or null after a 400 (or 413) has been written that says what to change.</summary>
    public static async Task<T?> ReadAsync<T>(HttpContext http)
        where T : class
    {
        var (bytes, error) = await RequestBody.ReadAsync(http, MaxBytes);
        if (error is null)
        {
            try
            {
                if (JsonSerializer.Deserialize<T>(bytes.Span, Options) is { } body)
                {
                    return body;
                }

                error = GatewayError.BadRequest("The body is a JSON object, not null.");
            }
            catch (JsonException e)
            {
                error = GatewayError.BadRequest(Explain(e, typeof(T)), Trim(e.Path));
            }
        }

        await ErrorResponses.WriteAsync(http, error);
        return null;
    }

    public static Task WriteAsync<T>(HttpContext http, int status, T body)
    {
        http.Response.Headers[BeastHeaders.RequestId] = RequestId.Of(http);
        http.Response.StatusCode = status;
        return http.Response.WriteAsJsonAsync(body, Options, http.RequestAborted);
    }

    private static string Explain(JsonException e, Type type)
    {
        var allowed = string.Join(", ", type.GetProperties().Select(p => JsonNamingPolicy.CamelCase.ConvertName(p.Name)));
        var where = Trim(e.Path) is { } path ? $" at '{path}'" : "";
        var what = e.Message.Contains("could not be mapped", StringComparison.Ordinal) ? "an unknown field"
            : e.Message.Contains("missing required", StringComparison.Ordinal) ? "a required field is missing"
            : e.InnerException is null && e.Message.Contains("could not be converted", StringComparison.Ordinal) ? "a value of the wrong type"
            : "it is not the JSON that is expected";
        return $"The body was not understood{where}: {what}. Fields: {allowed}.";
    }

    private static string? Trim(string? path) => path is null or "$" ? null : path.StartsWith("$.", StringComparison.Ordinal) ? path[2..] : path;
}
