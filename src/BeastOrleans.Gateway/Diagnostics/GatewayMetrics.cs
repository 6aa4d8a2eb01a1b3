using BeastOrleans.Core.Diagnostics;

namespace BeastOrleans.Gateway.Diagnostics;

/// <summary>What the gateway measures: names, labels with all their values, buckets. GenAI names follow OpenTelemetry's conventions.</summary>
public static class GatewayMetrics
{
    public const string MeterName = "BeastOrleans.Gateway";

    // From 1 ms (a refusal) to 2 minutes (a long answer), the conventions' own buckets thinned out.
    private static readonly double[] DurationBuckets = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120];
    private static readonly double[] TokenBuckets = [1, 16, 64, 256, 1024, 4096, 16384, 65536, 262144, 1048576];
    private static readonly double[] OverheadBuckets = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.05, 0.25, 1];

    private static readonly MetricLabel Route = new("route", "custom", "provider");
    private static readonly MetricLabel RouteOrNone = new("route", "custom", "provider", "none");
    private static readonly MetricLabel RequestOutcome = new("outcome", "ok", "refused", "error", "abandoned");

    /// <summary>Codes of the errors that end an inference request, see docs/errors.md; a code that is not here is <c>other</c>.</summary>
    internal static readonly string[] ErrorCodes =
    [
        "model_not_found", "model_disabled", "no_model_available", "model_not_allowed", "capability_missing", "budget_exceeded", "rate_limited",
        "no_healthy_endpoint", "selection_unavailable", "ledger_unavailable", "upstream_failed", "upstream_auth_failed", "upstream_overloaded",
        "upstream_timeout", "deadline_exceeded", "upstream_refused", "other",
    ];

    internal static readonly MetricFamily RequestDuration = new(
        "gen_ai.server.request.duration", MetricKind.Histogram,
        "A request, from the first byte to the last of its answer. refused = told 4xx: the caller's mistake, its limit or its budget.", RouteOrNone, RequestOutcome)
    { Unit = "s", Buckets = DurationBuckets, MaxSeries = 20 };

    internal static readonly MetricFamily FirstToken = new(
        "gen_ai.server.time_to_first_token", MetricKind.Histogram,
        "Streams: from the request's start to its first content, failed candidates included.", RouteOrNone)
    { Unit = "s", Buckets = DurationBuckets, MaxSeries = 20 };

    internal static readonly MetricFamily AttemptDuration = new(
        "gen_ai.client.operation.duration", MetricKind.Histogram,
        "One attempt at one upstream.", Route, new MetricLabel("gen_ai.provider.name", ModelLabel.AllProviders),
        new MetricLabel("outcome", "ok", "sick", "timeout", "overload", "credential", "config", "context", "caller", "abandoned"))
    { Unit = "s", Buckets = DurationBuckets };

    internal static readonly MetricFamily Tokens = new(
        "gen_ai.client.token.usage", MetricKind.Histogram,
        "Tokens of one answered attempt.", Route, new MetricLabel("gen_ai.request.model", ModelLabel.AllModels), new MetricLabel("gen_ai.token.type", "input", "output"))
    { Unit = "{token}", Buckets = TokenBuckets };

    internal static readonly MetricFamily Overhead = new(
        "beast.gateway.overhead", MetricKind.Histogram,
        "A request's time less its attempts' time: waiting for an upstream, streaming and the waits between attempts are the attempts'.")
    { Unit = "s", Buckets = OverheadBuckets, MaxSeries = 20 };

    internal static readonly MetricFamily Selections = new(
        "beast.selections", MetricKind.Counter,
        "Plans used, by the first candidate's type and why it was chosen.", Route, new MetricLabel("reason", "auto", "named", "degraded"));

    internal static readonly MetricFamily Fallbacks = new(
        "beast.fallbacks", MetricKind.Counter,
        "Requests whose first candidate did not answer.",
        new MetricLabel("reason", "network", "overload", "timeout", "unhealthy", "other"), new MetricLabel("from", "custom", "provider"),
        new MetricLabel("to", "custom", "provider", "none"), RequestOutcome)
    { MaxSeries = 200 };

    internal static readonly MetricFamily Errors = new(
        "beast.errors", MetricKind.Counter,
        "Requests that ended with an error, by its code.", new MetricLabel("code", ErrorCodes));

    internal static readonly MetricFamily Limited = new(
        "beast.limited", MetricKind.Counter,
        "Requests refused by a rate limit.", new MetricLabel("kind", "requests", "tokens", "parallel"), new MetricLabel("scope", "key", "user", "tenant"));

    internal static readonly MetricFamily Cost = new(
        "beast.cost.usd", MetricKind.Counter,
        "Dollars: actual, and what the displaced provider would have charged.", new MetricLabel("kind", "actual", "baseline"), Route);

    internal static readonly MetricFamily Active = new(
        "beast.requests.active", MetricKind.Gauge,
        "Requests under way: waiting for an answer, or streaming it.", new MetricLabel("phase", "waiting", "streaming"));

    internal static readonly MetricFamily Endpoints = new(
        "beast.endpoints", MetricKind.Gauge,
        "Endpoints in use by this process, by circuit state.", Route, new MetricLabel("state", "closed", "open", "half_open", "isolated"));

    internal static readonly MetricFamily QueueDepth = new(
        "beast.usage.queue.depth", MetricKind.Gauge, "Ledger rows not yet written.");

    internal static readonly MetricFamily Dropped = new(
        "beast.usage.dropped", MetricKind.Counter, "Ledger rows lost. Must stay 0.");

    internal static readonly MetricFamily EventListeners = new(
        "beast.event.listeners", MetricKind.Gauge, "Connections to GET /api/events.");

    internal static readonly MetricFamily EventsDropped = new(
        "beast.events.dropped", MetricKind.Counter, "Events that a connection to GET /api/events read too slowly to get.");

    public static IReadOnlyList<MetricFamily> All { get; } =
    [
        RequestDuration, FirstToken, AttemptDuration, Tokens, Overhead, Selections, Fallbacks, Errors, Limited, Cost, Active, Endpoints,
        QueueDepth, Dropped, EventListeners, EventsDropped,
    ];
}
