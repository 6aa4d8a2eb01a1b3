using System.Net;
using BeastOrleans.GatewayTests.Forwarding;
using BeastOrleans.Simulator;
using static BeastOrleans.GatewayTests.Faults.ExpectedAttempt;

namespace BeastOrleans.GatewayTests.Faults;

/// <content>Faults in mid-answer, overloads, and what is nobody's illness.</content>
internal static partial class FaultTable
{
    private const string Refusal = "I cannot help.";

    /// <summary>9 tokens of prompt and 6 of <see cref="ThreeWords"/>, estimated.</summary>
    private const decimal PartialCost = 0.15m;

    private const string ThreeWords = "Simulated answer from";

    public static Dictionary<string, FaultCase> MidAnswer { get; } = new()
    {
        ["cut"] = Broken(new() { CutAfter = 3 }, "network"),
        ["reset"] = Broken(new() { ResetAfter = 3 }, "network"),
        ["clean end without a terminal event"] = Broken(new() { EndAfter = 3 }, "network"),
        ["stall"] = Broken(new() { StallAfter = 3 }, "timeout") with { LimitSeconds = Short },
        ["stall with comments"] = Broken(new() { StallAfter = 3, CommentEveryMs = 50 }, "timeout") with { LimitSeconds = Short },
        ["error event"] = Broken(new() { ErrorEventAfter = 3, ErrorMessage = "the engine died" }, "other"),
        ["overload event"] = Broken(new() { ErrorEventAfter = 3, ErrorType = "overloaded_error" }, "overload") with { Circuit = "closed 0 held" },
        ["[DONE] without a finish reason"] = Broken(
            new() { RawBody = $$$"""data: {"choices":[{"index":0,"delta":{"content":"{{{ThreeWords}}}"}}]}""" + "\n\ndata: [DONE]\n\n", ContentType = "text/event-stream" }, "network"),

        ["one malformed event"] = Well(new() { MalformedEventAt = 1 }) with { Text = Scene.TextFrom("llama-3").Replace(" answer", "", StringComparison.Ordinal) },
        ["invalid UTF-8 in one event"] = Well(new() { InvalidUtf8 = true }) with { Text = Scene.TextFrom("llama-3")["Simulated".Length..] },
        ["no [DONE] behind the finish reason"] = Well(new() { OmitDone = true }),
        ["open connection behind the finish reason"] = Well(new() { StallAfterFinish = true }) with { AtMost = TimeSpan.FromSeconds(6) },
        ["slow trickle"] = Well(new() { InterTokenMs = 120 }) with { LimitSeconds = 1 },
    };

    public static Dictionary<string, FaultCase> Overloads { get; } = new()
    {
        ["429 with Retry-After 2 once"] = new()
        {
            Once = new() { Status = 429, RetryAfter = "2" },
            Served = Scene.CustomId,
            Attempts = [Primary("overload", "overload", 429), PrimaryOk],
            Circuit = "closed 0",
            AtLeast = TimeSpan.FromSeconds(1.8),
        },
        ["429 with Retry-After 2 once, patience 0"] = Held(new() { Status = 429, RetryAfter = "2" }, 429) with { Arrange = WithoutPatienceAsync, AtMost = TimeSpan.FromSeconds(1.8) },
        ["429 with a short Retry-After for ever"] = Waited(new() { Status = 429, RetryAfter = "0.5" }, 429),
        ["503 with a short Retry-After for ever"] = Waited(new() { Status = 503, RetryAfter = "0.5" }, 503),
        ["429 without Retry-After"] = Held(new() { Status = 429 }, 429),
        ["503 with Retry-After 60"] = Held(new() { Status = 503, RetryAfter = "60" }, 503),
        ["529"] = Held(new() { Status = 529 }, 529),
        ["429 with Retry-After 3600"] = Held(new() { Status = 429, RetryAfter = "3600" }, 429),
        ["overload in a 200"] = Held(new() { RawBody = """{"error":{"message":"busy","code":"rate_limit_exceeded"}}""" }, 200),
        ["overload as first event"] = Held(new() { ErrorEventFirst = true, ErrorType = "overloaded_error" }, 200) with { Modes = Modes.Stream },
    };

    public static Dictionary<string, FaultCase> Neutral { get; } = new()
    {
        ["401"] = Unusable(new() { Status = 401 }, "credential", 401),
        ["402"] = Unusable(new() { Status = 402 }, "credential", 402),
        ["403"] = Unusable(new() { Status = 403 }, "credential", 403),
        ["429 insufficient_quota"] = Unusable(new() { Status = 429, ErrorCode = "insufficient_quota" }, "credential", 429),
        ["404 model"] = Unusable(new() { Status = 404 }, "config", 404) with { Circuit = "closed 0 misconfigured" },
        ["400 unsupported parameter"] = Unusable(new() { Status = 400, ErrorCode = "unsupported_parameter" }, "config", 400) with { Circuit = "closed 0 misconfigured" },
        ["context too long"] = Unusable(new() { Status = 400, ErrorCode = "context_length_exceeded" }, "context", 400) with { ContextTokens = 1000 },

        ["400"] = TheCallers(new() { Status = 400, ErrorMessage = "messages is odd" }, 400, "messages is odd", null),
        ["413"] = TheCallers(new() { Status = 413, ErrorMessage = "too large" }, 413, "too large", null),
        ["422"] = TheCallers(new() { Status = 422, ErrorMessage = "cannot do" }, 422, "cannot do", null),
        ["content refusal by status"] = TheCallers(
            new() { Status = 400, ErrorCode = "content_policy_violation", ErrorMessage = "not allowed" }, 400, "not allowed", "content_policy_violation"),
        ["content refusal by moderation"] = TheCallers(
            new() { Status = 403, ErrorCode = "content_filter", ErrorMessage = "flagged" }, 403, "flagged", "content_filter"),
        ["content refusal in a whole answer"] = Refused(
            Modes.Plain, $$"""{"id":"x","choices":[{"index":0,"message":{"role":"assistant","content":"{{Refusal}}"},"finish_reason":"content_filter"}],"usage":{"prompt_tokens":9,"completion_tokens":4} }""", null),
        ["content refusal in a stream"] = Refused(
            Modes.Stream, $$"""data: {"choices":[{"index":0,"delta":{"content":"{{Refusal}}"},"finish_reason":"content_filter"}]}""" + "\n\n", "text/event-stream"),
    };

    private static FaultCase Broken(SimulatorBehavior fault, string reason) => new()
    {
        Modes = Modes.Stream,
        Fault = fault,
        Served = null,
        Text = ThreeWords,
        Attempts = [Primary("partial", reason, 200, PartialCost)],
    };

    private static FaultCase Well(SimulatorBehavior fault) =>
        new() { Modes = Modes.Stream, Fault = fault, Served = Scene.CustomId, Attempts = [PrimaryOk], Circuit = "closed 0" };

    /// <summary>Longer than the patience: the fallback at once.</summary>
    private static FaultCase Held(SimulatorBehavior fault, int status) =>
        new() { Fault = fault, Attempts = [Primary("overload", "overload", status), FallbackOk], Circuit = "closed 0 held", AtMost = ThreeSeconds };

    /// <summary>Within the patience: asked once more, and no sleep after that.</summary>
    private static FaultCase Waited(SimulatorBehavior fault, int status) => new()
    {
        Fault = fault,
        Attempts = [Primary("overload", "overload", status), Primary("overload", "overload", status), FallbackOk],
        Circuit = "closed 0",
        AtLeast = TimeSpan.FromSeconds(0.45),
        AtMost = ThreeSeconds,
    };

    private static FaultCase Unusable(SimulatorBehavior fault, string outcome, int status) =>
        new() { Fault = fault, Attempts = [Primary(outcome, "other", status), FallbackOk], Circuit = "closed 0" };

    private static FaultCase TheCallers(SimulatorBehavior fault, int status, string message, string? code) => new()
    {
        Fault = fault,
        Status = status,
        Served = null,
        Text = message,
        ErrorCode = code,
        Attempts = [Primary("caller", "none", status)],
        Circuit = "closed 0",
    };

    /// <summary>An answer like any other: 9 tokens of prompt and 4 of the refusal, told by the whole answer and estimated of the stream.</summary>
    private static FaultCase Refused(Modes modes, string body, string? contentType) => new()
    {
        Modes = modes,
        Fault = new() { RawBody = body, ContentType = contentType },
        Served = Scene.CustomId,
        Text = Refusal,
        Attempts = [PrimaryOk with { CostUsd = 0.13m }],
        Circuit = "closed 0",
    };

    private static async Task WithoutPatienceAsync(Scene scene) =>
        (await scene.Tenant.SendAsync(HttpMethod.Put, "/api/policy", new { patienceSeconds = 0 })).Require(HttpStatusCode.OK);
}
