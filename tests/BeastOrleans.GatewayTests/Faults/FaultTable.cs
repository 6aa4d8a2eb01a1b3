using BeastOrleans.GatewayTests.Forwarding;
using BeastOrleans.Simulator;
using static BeastOrleans.GatewayTests.Faults.ExpectedAttempt;

namespace BeastOrleans.GatewayTests.Faults;

/// <summary>Faults before the client has seen anything.</summary>
internal static partial class FaultTable
{
    /// <summary>Long enough for a healthy answer on a busy machine, short enough for a test.</summary>
    private const double Short = 0.4;

    private const int FiftyMegabytes = 50_000_000;

    /// <summary>A property: the tables of the other files may be made before the fields of this one.</summary>
    private static TimeSpan ThreeSeconds => TimeSpan.FromSeconds(3);

    public static Dictionary<string, FaultCase> BeforeContent { get; } = new()
    {
        ["500 for ever"] = Twice(new() { Status = 500 }, "other", 500),
        ["502 for ever"] = Twice(new() { Status = 502, RawBody = "<html>bad gateway</html>", ContentType = "text/html" }, "other", 502),
        ["503 for ever, without Retry-After"] = Twice(new() { Status = 503 }, "other", 503),
        ["504 for ever"] = Twice(new() { Status = 504 }, "other", 504),
        ["reset for ever"] = Twice(new() { ResetBefore = true }, "network", null),
        ["accept, then close"] = Twice(new() { CloseBefore = true }, "network", null),
        ["500 once"] = OnceThenWell(new() { Status = 500 }, "other", 500),
        ["reset once"] = OnceThenWell(new() { ResetBefore = true }, "network", null),

        ["connection refused"] = new() { Arrange = scene => scene.Custom.StopAsync(), PrimaryCalls = 0, Attempts = [Primary("sick", "network", null), FallbackOk] },
        ["name that does not resolve"] = new() { BaseUrl = _ => "http://no-such-host.invalid/v1", PrimaryCalls = 0, Attempts = [Primary("sick", "network", null), FallbackOk] },
        ["TLS to a plain port"] = new()
        {
            BaseUrl = scene => scene.Custom.BaseUrl.Replace("http:", "https:", StringComparison.Ordinal) + "/v1",
            PrimaryCalls = 0,
            Attempts = [Primary("sick", "network", null), FallbackOk],
        },
        ["no response at all"] = new() { Fault = new() { Hang = true }, LimitSeconds = Short, Attempts = [Primary("timeout", "timeout", null), FallbackOk] },
        ["first token late"] = new()
        {
            Modes = Modes.Stream,
            Fault = new() { FirstTokenMs = 60_000, CommentEveryMs = 50 },
            LimitSeconds = Short,
            Attempts = [Primary("timeout", "timeout", 200), FallbackOk],
        },
        ["stall before the first content"] = new()
        {
            Modes = Modes.Stream,
            Fault = new() { StallAfter = 0, CommentEveryMs = 50 },
            LimitSeconds = Short,
            Attempts = [Primary("timeout", "timeout", 200), FallbackOk],
        },
        ["stall in the body"] = new()
        {
            Modes = Modes.Plain,
            Fault = new() { StallAfter = 20 },
            LimitSeconds = Short,
            Attempts = [Primary("timeout", "timeout", null), FallbackOk],
        },

        ["HTML"] = Sick(new() { Html = true }, "other", 200),
        ["empty body"] = Sick(new() { EmptyBody = true }, "other", 200),
        ["corrupt gzip"] = Sick(new() { GzipCorrupt = true }, "other", 200),
        ["no choices"] = Sick(new() { RawBody = """{"choices":[]}""" }, "other", 200),
        ["a JSON list"] = Sick(new() { RawBody = "[]" }, "other", 200),
        ["malformed JSON"] = Sick(new() { MalformedJson = true }, "other", 200, Modes.Plain),
        ["invalid UTF-8"] = Sick(new() { InvalidUtf8 = true }, "other", 200, Modes.Plain),
        ["truncated Content-Length"] = Sick(new() { TruncateContentLength = true }, "network", 200, Modes.Plain),
        ["cut in the body"] = Sick(new() { CutAfter = 20 }, "network", 200, Modes.Plain),
        ["reset in the body"] = Sick(new() { ResetAfter = 20 }, "network", 200, Modes.Plain),
        ["clean end in the body"] = Sick(new() { EndAfter = 20 }, "other", 200, Modes.Plain),
        ["error object in a 200"] = Sick(new() { RawBody = """{"error":{"message":"boom","type":"server_error","param":null,"code":null}}""" }, "other", 200),
        ["error object as first event"] = Sick(new() { ErrorEventFirst = true }, "other", 200, Modes.Stream),
        ["cut before the first content"] = Sick(new() { CutAfter = 0 }, "network", 200, Modes.Stream),
        ["reset before the first content"] = Sick(new() { ResetAfter = 0 }, "network", 200, Modes.Stream),
        ["bare [DONE]"] = Sick(new() { RawBody = "data: [DONE]\n\n", ContentType = "text/event-stream" }, "network", 200, Modes.Stream),
        ["clean end before the first content"] = Sick(new() { EndAfter = 0 }, "network", 200, Modes.Stream),
        ["307 to another host"] = Sick(new() { Redirect = "http://127.0.0.1:1/v1" }, "other", 307),
        ["50 MB in one line"] = Sick(new() { HugeLineBytes = FiftyMegabytes }, "other", 200),
        ["50 MB of headers"] = Sick(new() { HugeHeaderBytes = FiftyMegabytes }, "other", null),

        ["fallback dead too"] = new()
        {
            Fault = new() { Html = true },
            FallbackFault = new() { EmptyBody = true },
            Status = 502,
            Served = null,
            ErrorCode = "upstream_failed",
            Attempts = [Primary("sick", "other", 200), FallbackOk with { Outcome = "sick", Reason = "other", CostUsd = 0 }],
        },
    };

    /// <summary>Not tried again at the same endpoint.</summary>
    private static FaultCase Sick(SimulatorBehavior fault, string reason, int? status, Modes modes = Modes.Both) =>
        new() { Modes = modes, Fault = fault, Attempts = [Primary("sick", reason, status), FallbackOk] };

    /// <summary>Failed before any byte: one retry, no sleep after it.</summary>
    private static FaultCase Twice(SimulatorBehavior fault, string reason, int? status) => new()
    {
        Fault = fault,
        Attempts = [Primary("sick", reason, status), Primary("sick", reason, status), FallbackOk],
        Circuit = "closed 2",
        AtMost = ThreeSeconds,
    };

    private static FaultCase OnceThenWell(SimulatorBehavior fault, string reason, int? status) => new()
    {
        Once = fault,
        Served = Scene.CustomId,
        Attempts = [Primary("sick", reason, status), PrimaryOk],
        Circuit = "closed 0",
    };
}
