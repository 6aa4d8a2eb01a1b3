using System.Diagnostics.CodeAnalysis;
using System.Text.Encodings.Web;
using System.Text.Json;
using BeastOrleans.Contracts.Usage;
using BeastOrleans.Upstreams.Anthropic;
using BeastOrleans.Upstreams.OpenAI;

namespace BeastOrleans.Upstreams.Translation;

/// <summary>
/// Anthropic's messages said in OpenAI's chat completions, and the answers said back: for clients of the former in front
/// of any upstream. <c>.Fields</c> is what becomes of each field, <c>.Survey</c> applies it, <c>.Request</c>,
/// <c>.Turns</c> and <c>.Tools</c> write, <c>.Response</c> reads the whole answer, <see cref="ChatStreamToMessages"/> streams.
/// </summary>
public static partial class MessagesToChat
{
    private static readonly JsonDocumentOptions DocumentOptions = new() { MaxDepth = MessagesRequestReader.MaxDepth };

    // What is not ASCII stays readable and short; the bodies never stand in HTML.
    private static readonly JsonWriterOptions WriterOptions = new() { SkipValidation = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The request as a chat completion's.</summary>
    /// <param name="model">The upstream's name of the model: it stands in the body, and what it takes decides a few fields.</param>
    /// <param name="body">What <see cref="ChatRequestReader"/> reads.</param>
    /// <param name="dropped">Names of the fields left out, each safe in a header: for <c>x-beast-dropped</c>.</param>
    /// <param name="defect">The field that a chat completion cannot express, by JSON path.</param>
    public static bool TryTranslateRequest(
        MessagesRequest request,
        string model,
        out ReadOnlyMemory<byte> body,
        out IReadOnlyList<string> dropped,
        [NotNullWhen(false)] out RequestDefect? defect)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(model);
        using var document = JsonDocument.Parse(request.Body, DocumentOptions);
        var traits = ChatModelTraits.Of(model);
        var survey = new FieldSurvey(traits);
        defect = survey.Read(document.RootElement);
        dropped = survey.Dropped;
        body = defect is null ? WriteRequest(request, document.RootElement, model, traits) : default;
        return defect is null;
    }

    /// <summary>The stop reason for a finish reason. A forced tool call ends with "stop" at some upstreams: the calls decide.</summary>
    internal static string StopReason(string? finishReason, bool hasCalls, bool refused, bool atSequence) => finishReason switch
    {
        "length" => "max_tokens",
        "content_filter" => "refusal",
        _ when hasCalls => "tool_use",
        _ when refused => "refusal",
        _ when atSequence => "stop_sequence",
        _ => "end_turn",
    };

    /// <summary>An id of Anthropic's form out of an upstream's; its clients see no other characters than these.</summary>
    internal static string MessageId(string? upstreamId, string fallback)
    {
        var id = string.IsNullOrEmpty(upstreamId) ? fallback : upstreamId;
        id = id.StartsWith("chatcmpl-", StringComparison.Ordinal) ? id["chatcmpl-".Length..] : id;
        id = SafeId(id);
        return id.StartsWith("msg_", StringComparison.Ordinal) ? id : "msg_" + id;
    }

    /// <summary>A call's id; one is made where the upstream gave none, since the result must name it.</summary>
    internal static string CallId(string? upstreamId, string messageId, int index) =>
        string.IsNullOrEmpty(upstreamId) ? $"toolu_{messageId["msg_".Length..]}_{index}" : SafeId(upstreamId);

    private static string SafeId(string id)
    {
        const int MaxLength = 256;
        id = id.Length > MaxLength ? id[..MaxLength] : id;
        return id.All(IsIdCharacter) ? id : string.Concat(id.Select(static c => IsIdCharacter(c) ? c : '_'));
    }

    private static bool IsIdCharacter(char c) => char.IsAsciiLetterOrDigit(c) || c is '_' or '-';

    /// <summary>Anthropic's <c>input_tokens</c> leave the cached ones out, OpenAI's count them in.</summary>
    internal static void WriteUsage(Utf8JsonWriter writer, in TokenUsage usage)
    {
        writer.WriteStartObject("usage");
        writer.WriteNumber("input_tokens", Math.Max(0, usage.Input - usage.CachedInput - usage.CacheWrite));
        writer.WriteNumber("cache_creation_input_tokens", usage.CacheWrite);
        writer.WriteNumber("cache_read_input_tokens", usage.CachedInput);
        writer.WriteNumber("output_tokens", usage.Output);
        if (usage.Reasoning > 0)
        {
            writer.WriteStartObject("output_tokens_details");
            writer.WriteNumber("thinking_tokens", usage.Reasoning);
            writer.WriteEndObject();
        }

        writer.WriteEndObject();
    }
}
