using System.Text.Json.Serialization;

namespace BeastOrleans.Simulator;

/// <summary>
/// What the simulator does with a request: the JSON of <c>POST /_sim/script</c>, of the <c>x-sim</c> header and of the
/// in-process API is this record in camelCase. A member left out changes nothing about the normal answer.
/// Positions ("after n") count content events in a stream and body bytes in a plain answer.
/// </summary>
public sealed record SimulatorBehavior
{
    // :: Which requests. Paths default to the routes that generate, so that a scripted fault leaves the model list alone.

    /// <summary>Model names this applies to; none = all.</summary>
    public IReadOnlyList<string>? Models { get; init; }

    /// <summary>Exact request paths this applies to; none = all that generate.</summary>
    public IReadOnlyList<string>? Paths { get; init; }

    /// <summary>Applies to the first n matching requests, then back to normal. In a step: the step serves n requests (default 1).</summary>
    public int? Times { get; init; }

    /// <summary>One behaviour per request, in order, then back to normal. Only <c>models</c> and <c>paths</c> stand beside it.</summary>
    public IReadOnlyList<SimulatorBehavior>? Steps { get; init; }

    // :: Pace.

    /// <summary>Wait before the response headers, in ms.</summary>
    public int? LatencyMs { get; init; }

    /// <summary>Wait between response headers and the first event of a stream, in ms; a plain answer waits as long before its headers.</summary>
    public int? FirstTokenMs { get; init; }

    /// <summary>Pace of content events; not together with <see cref="InterTokenMs"/>.</summary>
    public double? TokensPerSecond { get; init; }

    /// <summary>Gap between content events, in ms.</summary>
    public double? InterTokenMs { get; init; }

    /// <summary>SSE comments (<c>: ping</c>) whenever this many ms pass without an event, also while stalled.</summary>
    public int? CommentEveryMs { get; init; }

    // :: Size and usage.

    /// <summary>Content tokens of the answer, one word and one event each.</summary>
    public int? Tokens { get; init; }

    /// <summary>Reasoning events (<c>reasoning_content</c>, or an Anthropic thinking block) before the content.</summary>
    public int? ReasoningTokens { get; init; }

    /// <summary>Prompt tokens that usage reports in all, cached ones included.</summary>
    public int? PromptTokens { get; init; }

    /// <summary>Completion tokens that usage reports, reasoning included.</summary>
    public int? CompletionTokens { get; init; }

    /// <summary>Cached part of the prompt tokens. Anthropic's <c>input_tokens</c> leave it out, as the real one does.</summary>
    public int? CachedTokens { get; init; }

    /// <summary>Leave usage out everywhere.</summary>
    public bool NoUsage { get; init; }

    // :: Errors by status.

    /// <summary>HTTP status, 200 to 599; from 400 up with an error body in the dialect's shape.</summary>
    public int? Status { get; init; }

    /// <summary>Retry-After header: seconds or an HTTP date.</summary>
    [JsonConverter(typeof(TextOrNumberConverter))]
    public string? RetryAfter { get; init; }

    /// <summary>Overrides of the error body's fields, also of in-band error events.</summary>
    public string? ErrorType { get; init; }

    /// <inheritdoc cref="ErrorType"/>
    public string? ErrorCode { get; init; }

    /// <inheritdoc cref="ErrorType"/>
    public string? ErrorMessage { get; init; }

    /// <summary>Share of requests, 0 to 1, that fail with <see cref="ErrorStatus"/>; drawn from <see cref="Seed"/>, so a run repeats.</summary>
    public double? ErrorRate { get; init; }

    /// <summary>Status of the drawn errors. Default 500.</summary>
    public int? ErrorStatus { get; init; }

    /// <summary>Seed of the draw. Default 0.</summary>
    public long? Seed { get; init; }

    /// <summary>Refuse <c>stream_options</c> with 400.</summary>
    public bool RefuseStreamOptions { get; init; }

    // :: Connection.

    /// <summary>Accept, read, never answer until the client leaves.</summary>
    public bool Hang { get; init; }

    /// <summary>TCP reset before any byte of the answer.</summary>
    public bool ResetBefore { get; init; }

    /// <summary>TCP close (FIN) before any byte of the answer.</summary>
    public bool CloseBefore { get; init; }

    /// <summary>TCP reset after n events or bytes.</summary>
    public int? ResetAfter { get; init; }

    /// <summary>TCP close (FIN) after n events or bytes: the body's framing stays unfinished.</summary>
    public int? CutAfter { get; init; }

    /// <summary>Well-framed end of the body after n events or bytes, without any terminal event.</summary>
    public int? EndAfter { get; init; }

    /// <summary>Silence after n events or bytes, connection kept until the client leaves.</summary>
    public int? StallAfter { get; init; }

    /// <summary>Announces more bytes than it sends, then closes. Plain answers and canned bodies only.</summary>
    public bool TruncateContentLength { get; init; }

    // :: Stream content.

    /// <summary>In-band error object before anything else; its type is <see cref="ErrorType"/>.</summary>
    public bool ErrorEventFirst { get; init; }

    /// <summary>In-band error object after n content events, then a clean end.</summary>
    public int? ErrorEventAfter { get; init; }

    /// <summary>Index of the content event that is broken JSON; the others follow as if nothing happened.</summary>
    public int? MalformedEventAt { get; init; }

    /// <summary>Finish reason, but no <c>[DONE]</c> (Anthropic: no <c>message_stop</c>).</summary>
    public bool OmitDone { get; init; }

    /// <summary>Finish reason, then silence, connection kept until the client leaves. Streams only.</summary>
    public bool StallAfterFinish { get; init; }

    /// <summary>The first content event is one SSE line of at least n bytes (a plain answer: content of n bytes more).</summary>
    public int? HugeLineBytes { get; init; }

    /// <summary>The first content word holds bytes that are not UTF-8.</summary>
    public bool InvalidUtf8 { get; init; }

    // :: Whole body.

    /// <summary>Broken JSON: a plain body cut in half, or in a stream the event at <see cref="MalformedEventAt"/> (default 0).</summary>
    public bool MalformedJson { get; init; }

    /// <summary>An HTML page instead of an answer.</summary>
    public bool Html { get; init; }

    /// <summary>No body at all.</summary>
    public bool EmptyBody { get; init; }

    /// <summary>This text as the body, unchanged (with <see cref="ContentType"/> also an SSE stream).</summary>
    public string? RawBody { get; init; }

    /// <summary>Says <c>content-encoding: gzip</c> over bytes that do not inflate.</summary>
    public bool GzipCorrupt { get; init; }

    /// <summary>307 to this location.</summary>
    public string? Redirect { get; init; }

    /// <summary>Content-Type instead of the right one.</summary>
    public string? ContentType { get; init; }

    /// <summary>Further response headers.</summary>
    public IReadOnlyDictionary<string, string>? Headers { get; init; }

    /// <summary>A response header of n bytes.</summary>
    public int? HugeHeaderBytes { get; init; }
}
