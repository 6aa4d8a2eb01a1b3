using BeastOrleans.Failover.Reports;
using BeastOrleans.Failover.Stages;

namespace BeastOrleans.Failover.Faults;

/// <summary>What upstreams do beyond the public benchmark.</summary>
internal static class FurtherFaults
{
    private const int Middle = 8;
    private const double AtOnce = 1;

    public static IReadOnlyList<Fault> All { get; } =
    [
        new("429 + Retry-After 2 once, patience 0")
        {
            Plan = new() { PatienceSeconds = 0, Primary = new() { Status = 429, RetryAfter = "2", Times = 1 } },
            Everywhere = Expectation.OfFallback(AtOnce, "overload"),
        },
        new("429 for ever, no Retry-After")
        {
            Plan = new() { Primary = new() { Status = 429 } },
            Everywhere = Expectation.OfFallback(AtOnce, "overload"),
        },
        new("no response, 10 s limit")
        {
            Plan = new() { AttemptSeconds = 10, Primary = new() { Hang = true } },
            Everywhere = Expectation.OfFallback(within: 11, "timeout"),
        },
        new("first token after 20 s, 10 s limit")
        {
            Plan = new() { AttemptSeconds = 10, Primary = new() { FirstTokenMs = 20_000 } },
            Everywhere = Expectation.OfFallback(within: 15, "timeout"),
        },
        new("one token per 5 s")
        {
            // A live stream that goes on is not idle; one held back has 30 s in all.
            Plan = new() { Primary = new() { Tokens = 10, InterTokenMs = 5_000 } },
            Stream = Expectation.OfPrimary(within: 50) with { AtLeast = TimeSpan.FromSeconds(40) },
            Buffered = Expectation.OfFallback(within: 90, "timeout"),
        },
        new("200 with HTML")
        {
            Plan = new() { Primary = new() { Html = true } },
            Everywhere = Expectation.OfFallback(AtOnce, "other"),
        },
        new("200 with an empty body")
        {
            Plan = new() { Primary = new() { EmptyBody = true } },
            Everywhere = Expectation.OfFallback(AtOnce, "other"),
        },
        new("error as the first event")
        {
            Plan = new() { Primary = new() { ErrorEventFirst = true } },
            Streaming = Expectation.OfFallback(AtOnce, "other"),
        },
        new("error event mid-answer")
        {
            Plan = new() { Primary = new() { ErrorEventAfter = Middle } },
            Stream = Expectation.HonestlyCut(AtOnce),
            Buffered = Expectation.OfFallback(AtOnce, "other"),
        },
        new("clean end, no finish reason")
        {
            Plan = new() { Primary = new() { EndAfter = Middle } },
            Stream = Expectation.HonestlyCut(AtOnce),
            Unseen = Expectation.OfFallback(AtOnce, null),
        },
        new("corrupt gzip")
        {
            Plan = new() { Primary = new() { GzipCorrupt = true } },
            Everywhere = Expectation.OfFallback(AtOnce, null),
        },
        new("accepts, then closes")
        {
            Plan = new() { Kind = PrimaryKind.AcceptThenClose },
            Everywhere = Expectation.OfFallback(AtOnce, "network", attempts: 2),
        },
        new("name does not resolve")
        {
            Plan = new() { Kind = PrimaryKind.UnknownName },
            Everywhere = Expectation.OfFallback(within: 6, "network"),
        },
        new("TLS to a plain port")
        {
            Plan = new() { Kind = PrimaryKind.SimulatorBehindTls },
            Everywhere = Expectation.OfFallback(AtOnce, "network"),
        },
        new("307 to another host")
        {
            Note = "not followed",
            Plan = new() { RedirectsToBystander = true },
            Everywhere = Expectation.OfFallback(AtOnce, "other"),
        },
        new("truncated Content-Length")
        {
            Plan = new() { Primary = new() { TruncateContentLength = true } },
            Plain = Expectation.OfFallback(AtOnce, "network"),
        },
        new("invalid UTF-8")
        {
            // An event that cannot be read is left out; a whole answer that cannot be read is none.
            LostWord = 0,
            Plan = new() { Primary = new() { InvalidUtf8 = true } },
            Everywhere = Expectation.OfFallback(AtOnce, null) with { From = Answerer.Either },
        },
        new("429 + Retry-After 2 for ever, both")
        {
            Note = "no wait after the last try",
            Plan = new() { Primary = new() { Status = 429, RetryAfter = "2" }, Fallback = new() { Status = 429, RetryAfter = "2" } },
            Everywhere = new()
            {
                From = Answerer.Nobody,
                Within = TimeSpan.FromSeconds(3),
                AtLeast = TimeSpan.FromSeconds(1.8),
                Verdict = Verdict.Safe,
                MinPrimaryAttempts = 2,
                MaxPrimaryAttempts = 2,
                FallbackAttempts = 1,
                Error = (429, "upstream_overloaded"),
            },
        },
        new("fallback dead too")
        {
            Note = "one error that names both",
            Plan = new() { Primary = new() { Status = 500 }, Fallback = new() { Status = 500 } },
            Everywhere = new()
            {
                From = Answerer.Nobody,
                Within = TimeSpan.FromSeconds(3),
                Verdict = Verdict.Safe,
                MinPrimaryAttempts = 1,
                MaxPrimaryAttempts = 2,
                FallbackAttempts = 1,
                Error = (502, "upstream_failed"),
            },
        },
    ];
}
