using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace BeastOrleans.Failover.Clients;

/// <summary>
/// Reads an answer as a careful client does, and as it comes: what was read before a hang or a break is kept, because
/// the verdict depends on what the client had been shown by then.
/// </summary>
internal sealed class AnswerReader(long startedAt)
{
    private readonly StringBuilder _text = new();
    private int _status;
    private string? _finishReason;
    private bool _done;
    private int _pings;
    private ClientError? _error;
    private HttpResponseHeaders? _headers;

    public async Task ReadAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        _status = (int)response.StatusCode;
        _headers = response.Headers;
        await using var stream = await response.Content.ReadAsStreamAsync(cancellationToken);
        using var reader = new StreamReader(stream, Encoding.UTF8);
        if (response.Content.Headers.ContentType?.MediaType != "text/event-stream")
        {
            ReadWhole(await reader.ReadToEndAsync(cancellationToken));
            return;
        }

        while (await reader.ReadLineAsync(cancellationToken) is { } line)
        {
            if (line.StartsWith("data: ", StringComparison.Ordinal))
            {
                ReadEvent(line["data: ".Length..]);
            }
            else if (line.StartsWith(':'))
            {
                _pings++;
            }
        }
    }

    public ClientAnswer ToAnswer(bool hung, bool broken) => new()
    {
        Status = _status,
        Text = _text.ToString(),
        Elapsed = TimeProvider.System.GetElapsedTime(startedAt),
        FinishReason = _finishReason,
        Done = _done,
        Error = _error,
        Hung = hung,
        Broken = broken,
        RequestId = Header("x-beast-request-id") ?? _error?.RequestId,
        Served = Header("x-beast-model"),
        FallbackReason = Header("x-beast-fallback-reason"),
        Attempts = Header("x-beast-attempts")?.Split(';') ?? [],
        Pings = _pings,
    };

    private string? Header(string name) => _headers is not null && _headers.TryGetValues(name, out var values) ? string.Join(';', values) : null;

    private void ReadWhole(string body)
    {
        if (Parse(body) is not { ValueKind: JsonValueKind.Object } root)
        {
            return;
        }

        if (root.TryGetProperty("error", out _))
        {
            _error = ErrorOf(root);
        }
        else if (FirstChoice(root) is { } choice)
        {
            _finishReason = TextOf(choice, "finish_reason");
            _text.Append(choice.TryGetProperty("message", out var message) ? TextOf(message, "content") : null);
        }
    }

    private void ReadEvent(string payload)
    {
        if (payload == "[DONE]")
        {
            _done = true;
            return;
        }

        if (Parse(payload) is not { ValueKind: JsonValueKind.Object } root)
        {
            // A client's parser throws here: an event that is no JSON must not reach it.
            _error ??= new ClientError(null, "an event that is no JSON", null, []);
        }
        else if (root.TryGetProperty("error", out _))
        {
            _error = ErrorOf(root);
        }
        else if (FirstChoice(root) is { } choice)
        {
            _finishReason = TextOf(choice, "finish_reason") ?? _finishReason;
            _text.Append(choice.TryGetProperty("delta", out var delta) ? TextOf(delta, "content") : null);
        }
    }

    private static JsonElement? Parse(string text)
    {
        try
        {
            return JsonSerializer.Deserialize<JsonElement>(text);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static JsonElement? FirstChoice(JsonElement root) =>
        root.TryGetProperty("choices", out var choices) && choices.ValueKind == JsonValueKind.Array && choices.GetArrayLength() > 0 ? choices[0] : null;

    private static string? TextOf(JsonElement of, string name) =>
        of.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static ClientError ErrorOf(JsonElement root)
    {
        var error = root.GetProperty("error");
        string[] models = root.TryGetProperty("attempts", out var attempts) && attempts.ValueKind == JsonValueKind.Array
            ? [.. attempts.EnumerateArray().Select(a => TextOf(a, "modelId") ?? "")]
            : [];
        return error.ValueKind == JsonValueKind.Object
            ? new ClientError(TextOf(error, "code"), TextOf(error, "message"), TextOf(root, "request_id"), models)
            : new ClientError(null, error.ToString(), TextOf(root, "request_id"), models);
    }
}
