using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using BeastOrleans.Gateway.Forwarding;
using BeastOrleans.Upstreams.Translation;

namespace BeastOrleans.Gateway.Errors;

/// <summary>An error in the shape of a dialect, one line of JSON: a response's body, or what a stream's error event carries.</summary>
internal static class ErrorBodies
{
    // Every scalar of an error body is short; messages are bounded where they are made.
    private static readonly JsonWriterOptions WriterOptions = new() { SkipValidation = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Anthropic has a status of its own for overload.</summary>
    public static int StatusOf(GatewayError error, ErrorDialect dialect) =>
        dialect == ErrorDialect.Anthropic && error is { Status: 503, Code: "upstream_overloaded" } ? 529 : error.Status;

    public static ReadOnlyMemory<byte> Of(GatewayError error, string requestId, ErrorDialect dialect)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(buffer, WriterOptions))
        {
            json.WriteStartObject();
            if (dialect == ErrorDialect.Anthropic)
            {
                json.WriteString("type", "error");
                json.WriteStartObject("error");
                json.WriteString("type", MessagesErrorBody.TypeOf(error.Status));
                json.WriteString("message", error.Message);
                json.WriteString("code", error.Code);
            }
            else
            {
                json.WriteStartObject("error");
                json.WriteString("message", error.Message);
                json.WriteString("type", error.Type);
                json.WriteString("param", error.Param);
                json.WriteString("code", error.Code);
            }

            json.WriteEndObject();
            json.WriteString("request_id", requestId);
            if (error.Attempts.Count > 0)
            {
                WriteAttempts(json, error.Attempts);
            }

            json.WriteEndObject();
        }

        return buffer.WrittenMemory;
    }

    private static void WriteAttempts(Utf8JsonWriter json, IReadOnlyList<AttemptRecord> attempts)
    {
        json.WriteStartArray("attempts");
        foreach (var attempt in attempts)
        {
            json.WriteStartObject();
            json.WriteString("modelId", attempt.ModelId);
            json.WriteString("model", attempt.Model);
            json.WriteString("reason", Wire.Of(attempt.Reason));
            if (attempt.Status > 0)
            {
                json.WriteNumber("status", attempt.Status);
            }
            else
            {
                json.WriteNull("status");
            }

            json.WriteNumber("ms", attempt.DurationMs);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }
}
