using System.Buffers;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using BeastOrleans.Gateway.Forwarding;
using Microsoft.AspNetCore.Http;

namespace BeastOrleans.Gateway.Errors;

/// <summary>The one place where an error becomes HTTP.</summary>
internal static class ErrorResponses
{
    // Every scalar of an error body is short; messages are bounded where they are made.
    private static readonly JsonWriterOptions WriterOptions = new() { SkipValidation = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static Task WriteAsync(HttpContext http, GatewayError error)
    {
        var response = http.Response;
        response.StatusCode = error.Status;
        response.ContentType = "application/json";
        var requestId = RequestId.Of(http);
        response.Headers[BeastHeaders.RequestId] = requestId;
        if (error.RetryAfter is { } retryAfter)
        {
            var seconds = Math.Max(1, (long)Math.Ceiling(retryAfter.TotalSeconds));
            response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
        }

        if (error.ShouldRetry is { } shouldRetry)
        {
            response.Headers["x-should-retry"] = shouldRetry ? "true" : "false";
        }

        var body = Body(error, requestId);
        response.ContentLength = body.Length;
        return response.Body.WriteAsync(body, http.RequestAborted).AsTask();
    }

    /// <summary>The error object of OpenAI's dialect, one line: also what a stream's error event carries.</summary>
    public static ReadOnlyMemory<byte> Body(GatewayError error, string requestId)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(buffer, WriterOptions))
        {
            json.WriteStartObject();
            json.WriteStartObject("error");
            json.WriteString("message", error.Message);
            json.WriteString("type", error.Type);
            json.WriteString("param", error.Param);
            json.WriteString("code", error.Code);
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
