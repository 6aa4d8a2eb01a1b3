using BeastOrleans.GatewayTests.Forwarding;
using BeastOrleans.Simulator;
using static BeastOrleans.GatewayTests.Faults.ExpectedAttempt;

namespace BeastOrleans.GatewayTests.Faults;

/// <content>The same faults of a primary that speaks Anthropic's dialect.</content>
internal static partial class FaultTable
{
    public static Dictionary<string, FaultCase> Anthropic { get; } = new()
    {
        ["500 once"] = OnceThenWell(new() { Status = 500 }, "other", 500),
        ["HTML"] = Sick(new() { Html = true }, "other", 200),
        ["empty body"] = Sick(new() { EmptyBody = true }, "other", 200),
        ["malformed JSON"] = Sick(new() { MalformedJson = true }, "other", 200, Modes.Plain),
        ["error object as first event"] = Sick(new() { ErrorEventFirst = true }, "other", 200, Modes.Stream),
        ["cut before the first content"] = BilledForItsInput(new() { CutAfter = 0 }),
        ["clean end before the first content"] = BilledForItsInput(new() { EndAfter = 0 }),

        ["529"] = Held(new() { Status = 529 }, 529),
        ["429 with Retry-After 60"] = Held(new() { Status = 429, RetryAfter = "60" }, 429),
        ["overload as first event"] = Held(new() { ErrorEventFirst = true, ErrorType = "overloaded_error" }, 200) with { Modes = Modes.Stream },

        ["401"] = Unusable(new() { Status = 401 }, "credential", 401),
        ["404 model"] = Unusable(new() { Status = 404 }, "config", 404) with { Circuit = "closed 0 misconfigured" },
        ["prompt too long"] = Unusable(new() { Status = 400, ErrorMessage = "prompt is too long: 9 tokens > 8 maximum" }, "context", 400) with { ContextTokens = 1000 },
        ["400"] = TheCallers(new() { Status = 400, ErrorMessage = "messages: odd" }, 400, "messages: odd", null),

        ["one malformed event"] = Well(new() { MalformedEventAt = 1 }) with { Text = Scene.TextFrom("llama-3").Replace(" answer", "", StringComparison.Ordinal) },
        ["no message_stop behind the stop reason"] = Well(new() { OmitDone = true }),
    };

    /// <summary>The prompt was read and counted (1 token) before the stream broke: that much is the upstream's to bill.</summary>
    private static FaultCase BilledForItsInput(SimulatorBehavior fault) =>
        new() { Modes = Modes.Stream, Fault = fault, Attempts = [Primary("sick", "network", 200, 0.01m), FallbackOk] };
}
