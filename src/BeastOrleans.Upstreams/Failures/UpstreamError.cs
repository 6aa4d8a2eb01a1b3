using System.Globalization;
using System.Text.Json;

namespace BeastOrleans.Upstreams.Failures;

/// <summary>An upstream's error, whatever shape it came in. Unscrubbed: goes nowhere but into the classifier and the scrubber.</summary>
internal sealed record UpstreamError
{
    public string? Code { get; init; }

    public string? Type { get; init; }

    public string? Message { get; init; }

    public string? Param { get; init; }

    /// <summary>A status given in-band (OpenRouter's numeric <c>code</c>, others' <c>status</c>); 0 when none.</summary>
    public int Status { get; init; }

    /// <summary>The body is already <c>{"error":{...}}</c> with a message, and no Anthropic envelope.</summary>
    public bool IsOpenAIShaped { get; init; }

    /// <summary>Reads both dialects' bodies and the shapes that common servers use instead; never throws. Null = no JSON error in it.</summary>
    public static UpstreamError? Parse(ReadOnlyMemory<byte> body)
    {
        try
        {
            using var document = JsonDocument.Parse(body, new JsonDocumentOptions { MaxDepth = 64 });
            return document.RootElement.ValueKind == JsonValueKind.Object ? FromObject(document.RootElement) : null;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // InvalidOperationException: a string with a lone surrogate.
            return null;
        }
    }

    private static UpstreamError? FromObject(JsonElement root)
    {
        if (root.TryGetProperty("error", out var error))
        {
            if (error.ValueKind == JsonValueKind.Object)
            {
                var read = Fields(error);
                var anthropic = root.TryGetProperty("type", out var type) && type.ValueKind == JsonValueKind.String;
                return read with { IsOpenAIShaped = !anthropic && read.Message is not null };
            }

            // Ollama and others: {"error":"text"}.
            return error.ValueKind == JsonValueKind.String ? new UpstreamError { Message = error.GetString() } : null;
        }

        // vLLM: the fields at the top. FastAPI: {"detail": text or a list}. Mistral: that list under "message".
        if (root.TryGetProperty("detail", out var detail))
        {
            return OfDetail(detail);
        }

        if (!root.TryGetProperty("message", out var message))
        {
            return null;
        }

        return message.ValueKind == JsonValueKind.Object && message.TryGetProperty("detail", out var nested) ? OfDetail(nested)
            : message.ValueKind == JsonValueKind.String ? Fields(root)
            : null;
    }

    private static UpstreamError OfDetail(JsonElement detail) => detail.ValueKind == JsonValueKind.String
        ? new UpstreamError { Message = detail.GetString() }
        : new UpstreamError { Message = detail.GetRawText(), Param = FirstLocation(detail) };

    /// <summary>FastAPI's first <c>loc</c>, a path in the body: <c>["body","stream_options"]</c> is <c>stream_options</c>.</summary>
    private static string? FirstLocation(JsonElement detail)
    {
        if (detail.ValueKind != JsonValueKind.Array || detail.GetArrayLength() == 0
            || detail[0].ValueKind != JsonValueKind.Object
            || !detail[0].TryGetProperty("loc", out var path) || path.ValueKind != JsonValueKind.Array)
        {
            return null;
        }

        var names = path.EnumerateArray().Where(static part => part.ValueKind == JsonValueKind.String).Select(static part => part.GetString()!);
        return string.Join('.', names.Where(static (name, at) => at > 0 || name != "body"));
    }

    private static UpstreamError Fields(JsonElement error)
    {
        var status = Number(error, "code");
        return new UpstreamError
        {
            Code = Text(error, "code"),
            Type = Text(error, "type"),
            Message = Text(error, "message"),
            Param = Text(error, "param"),
            Status = status != 0 ? status : Number(error, "status"),
        };
    }

    private static string? Text(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static int Number(JsonElement element, string name)
    {
        if (!element.TryGetProperty(name, out var value))
        {
            return 0;
        }

        var number = value.ValueKind switch
        {
            JsonValueKind.Number when value.TryGetInt32(out var direct) => direct,
            JsonValueKind.String when int.TryParse(value.GetString(), NumberStyles.None, CultureInfo.InvariantCulture, out var parsed) => parsed,
            _ => 0,
        };
        return number is >= 400 and <= 599 ? number : 0;
    }
}
