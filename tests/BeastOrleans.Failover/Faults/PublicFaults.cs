
namespace BeastOrleans.Failover.Faults;

/// <summary>The sixteen faults of the public failover benchmark, in its order: one primary, one fallback, default settings.</summary>
internal static class PublicFaults
{
    /// <summary>Events of a stream, bytes of a plain answer: either way in the middle.</summary>
    private const int Middle = 8;

    private const double AtOnce = 1;

    public static IReadOnlyList<Fault> All { get; } =
    [
        new("429 + Retry-After 2 once")
        {
            IsPublic = true,
            Plan = new() { Primary = new() { Status = 429, RetryAfter = "2", Times = 1 } },
            Everywhere = Expectation.OfPrimary(within: 3, attempts: 2) with { AtLeast = TimeSpan.FromSeconds(1.8) },
        },
        new("429 for ever")
        {
            IsPublic = true,
            Plan = new() { Primary = new() { Status = 429, RetryAfter = "1" } },
            Everywhere = Expectation.OfFallback(within: 3, "overload", attempts: 3),
        },
        new("503 for ever")
        {
            IsPublic = true,
            Plan = new() { Primary = new() { Status = 503 } },
            Everywhere = Expectation.OfFallback(within: 3, "other", attempts: 3),
        },
        new("500 once")
        {
            IsPublic = true,
            Plan = new() { Primary = new() { Status = 500, Times = 1 } },
            Everywhere = Expectation.OfPrimary(AtOnce, attempts: 2),
        },
        new("connection reset once")
        {
            IsPublic = true,
            Plan = new() { Primary = new() { ResetBefore = true, Times = 1 } },
            Everywhere = Expectation.OfPrimary(AtOnce, attempts: 2),
        },
        new("429 + Retry-After 3600")
        {
            IsPublic = true,
            Plan = new() { Primary = new() { Status = 429, RetryAfter = "3600" } },
            Everywhere = Expectation.OfFallback(AtOnce, "overload"),
        },
        new("no response at all")
        {
            IsPublic = true,
            Plan = new() { Primary = new() { Hang = true } },
            Unseen = Expectation.OfFallback(within: 31, "timeout"),
            Stream = Expectation.OfFallback(within: 11, "timeout"),
        },
        new("no response, circuit open")
        {
            IsPublic = true,
            RunsAlone = true,
            OpensCircuitFirst = true,
            Plan = new() { Primary = new() { Hang = true } },
            Everywhere = Expectation.OfFallback(within: 0.05, "unhealthy", attempts: 0),
        },
        new("first token after 20 s")
        {
            IsPublic = true,
            Plan = new() { Primary = new() { FirstTokenMs = 20_000 } },

            // Without a stream there is no first token to wait for: an answer after 20 s is within the limit of 30 s.
            Plain = Expectation.OfPrimary(within: 22),
            Stream = Expectation.OfFallback(within: 15, "timeout"),
            Buffered = Expectation.OfFallback(within: 31, null) with { From = Answerer.Either },
        },
        new("cut mid-answer")
        {
            IsPublic = true,
            Plan = new() { Primary = new() { CutAfter = Middle } },
            Unseen = Expectation.OfFallback(AtOnce, "network"),
            Stream = Expectation.HonestlyCut(AtOnce),
        },
        new("stall mid-answer")
        {
            IsPublic = true,
            Plan = new() { Primary = new() { StallAfter = Middle } },
            Unseen = Expectation.OfFallback(within: 31, "timeout"),
            Stream = Expectation.HonestlyCut(within: 31),
        },
        new("cut, fallback refuses prefill")
        {
            IsPublic = true,
            Note = "no assistant message may reach the fallback",
            Plan = new() { Primary = new() { CutAfter = Middle } },
            Unseen = Expectation.OfFallback(AtOnce, "network"),
            Stream = Expectation.HonestlyCut(AtOnce),
        },
        new("one malformed chunk")
        {
            IsPublic = true,
            LostWord = Middle,
            PlainPrimary = new() { MalformedJson = true },
            Plan = new() { Primary = new() { MalformedEventAt = Middle } },
            Plain = Expectation.OfFallback(AtOnce, "other"),
            Streaming = Expectation.OfPrimary(AtOnce),
        },
        new("finish reason, no [DONE]")
        {
            IsPublic = true,
            Plan = new() { Primary = new() { OmitDone = true } },
            Everywhere = Expectation.OfPrimary(AtOnce),
        },
        new("context too long")
        {
            IsPublic = true,
            Plan = new()
            {
                ContextTokens = 4_096,
                Primary = new() { Status = 400, ErrorCode = "context_length_exceeded", ErrorMessage = "This model's maximum context length is 4096 tokens." },
            },
            Everywhere = Expectation.OfFallback(AtOnce, "other") with { CircuitFailures = 0 },
        },
        new("content refused")
        {
            IsPublic = true,
            Note = "the upstream's own error, not shopped around",
            Plan = new() { Primary = new() { Status = 400, ErrorCode = "content_policy_violation", ErrorMessage = "Rejected by the safety system." } },
            Everywhere = new()
            {
                From = Answerer.Nobody,
                Within = TimeSpan.FromSeconds(AtOnce),
                MinPrimaryAttempts = 1,
                Error = (400, "content_policy_violation"),
                CircuitFailures = 0,
            },
        },
    ];
}
