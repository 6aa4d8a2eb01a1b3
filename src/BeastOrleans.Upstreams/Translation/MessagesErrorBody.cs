using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace BeastOrleans.Upstreams.Translation;

/// <summary>Errors as Anthropic writes them: its SDKs choose their exception by the status, its users by the type.</summary>
public static class MessagesErrorBody
{
    private static readonly JsonWriterOptions WriterOptions = new() { SkipValidation = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Anthropic's type for an HTTP status.</summary>
    public static string TypeOf(int status) => status switch
    {
        401 => "authentication_error",
        402 => "billing_error",
        403 => "permission_error",
        404 => "not_found_error",
        408 or 504 => "timeout_error",
        413 => "request_too_large",
        429 => "rate_limit_error",
        503 or 529 => "overloaded_error",
        >= 400 and < 500 => "invalid_request_error",
        _ => "api_error",
    };

    /// <summary>The body of an answer with this status.</summary>
    /// <param name="more">Writes further members beside <c>error</c> and <c>request_id</c>.</param>
    public static ReadOnlyMemory<byte> Write(int status, string message, string? requestId, Action<Utf8JsonWriter>? more = null) =>
        Write(TypeOf(status), message, requestId, more);

    /// <param name="type">One of Anthropic's types; clients know no others.</param>
    public static ReadOnlyMemory<byte> Write(string type, string message, string? requestId, Action<Utf8JsonWriter>? more = null)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        using (var writer = new Utf8JsonWriter(buffer, WriterOptions))
        {
            writer.WriteStartObject();
            writer.WriteString("type", "error");
            writer.WriteStartObject("error");
            writer.WriteString("type", type);
            writer.WriteString("message", message);
            writer.WriteEndObject();
            if (requestId is not null)
            {
                writer.WriteString("request_id", requestId);
            }

            more?.Invoke(writer);
            writer.WriteEndObject();
        }

        return buffer.WrittenMemory;
    }
}
