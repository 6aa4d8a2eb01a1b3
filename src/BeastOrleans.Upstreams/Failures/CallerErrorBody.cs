using System.Buffers;
using System.Text;
using System.Text.Json;

namespace BeastOrleans.Upstreams.Failures;

/// <summary>The body that a caller's own mistake is answered with, always in OpenAI's shape.</summary>
internal static class CallerErrorBody
{
    /// <summary>As it came where it is OpenAI's shape already, else translated; secrets scrubbed either way.</summary>
    public static byte[] Of(ReadOnlySpan<byte> body, UpstreamError? error, AttemptFailure failure, Scrubber scrubber)
    {
        if (error is { IsOpenAIShaped: true })
        {
            var scrubbed = Encoding.UTF8.GetBytes(scrubber.Secrets(Encoding.UTF8.GetString(body)));
            if (UpstreamError.Parse(scrubbed) is { IsOpenAIShaped: true })
            {
                return scrubbed;
            }
        }

        return Write(failure.Message, error?.Type, error?.Param, error?.Code, scrubber);
    }

    private static byte[] Write(string message, string? type, string? param, string? code, Scrubber scrubber)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            writer.WriteStartObject("error");
            writer.WriteString("message", message);
            writer.WriteString("type", scrubber.Word(type) ?? "invalid_request_error");
            writer.WriteString("param", param is null ? null : scrubber.Text(param));
            writer.WriteString("code", scrubber.Word(code));
            writer.WriteEndObject();
            writer.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }
}
