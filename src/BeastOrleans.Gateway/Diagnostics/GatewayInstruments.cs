using System.Diagnostics.Metrics;
using BeastOrleans.Contracts.Endpoints;
using BeastOrleans.Contracts.Identity;
using BeastOrleans.Contracts.Usage;
using BeastOrleans.Gateway.Directory;
using BeastOrleans.Gateway.Errors;
using BeastOrleans.Gateway.Forwarding;
using BeastOrleans.Gateway.Usage;
using BeastOrleans.Gateway.Usage.Limits;

namespace BeastOrleans.Gateway.Diagnostics;

/// <summary>
/// Everything the gateway counts. Labels are closed sets: never a tenant, a user, a key, an endpoint or text that a
/// user typed. GenAI names follow the OpenTelemetry semantic conventions.
/// </summary>
internal sealed class GatewayInstruments : IDisposable
{
    public const string MeterName = "BeastOrleans.Gateway";

    private readonly Meter _meter;
    private readonly Counter<long> _selections;
    private readonly Counter<long> _fallbacks;
    private readonly Counter<long> _limited;
    private readonly Counter<double> _cost;
    private readonly Histogram<long> _tokens;
    private readonly Histogram<double> _requestDuration;
    private readonly Histogram<double> _firstToken;
    private readonly Histogram<double> _attemptDuration;
    private readonly Histogram<double> _overhead;
    private long _usageDropped;
    private int _waiting;
    private int _streaming;

    public GatewayInstruments(IMeterFactory meters, EndpointDirectory directory, UsageQueue queue)
    {
        _meter = meters.Create(MeterName);
        _selections = _meter.CreateCounter<long>("beast.selections", description: "Requests by the type of the plan's first candidate and why it was chosen.");
        _fallbacks = _meter.CreateCounter<long>("beast.fallbacks", description: "Requests whose first candidate did not answer.");
        _limited = _meter.CreateCounter<long>("beast.limited", description: "Requests refused by a rate limit.");
        _cost = _meter.CreateCounter<double>("beast.cost.usd", description: "Dollars: actual, and what the displaced provider would have charged.");
        _tokens = _meter.CreateHistogram<long>("gen_ai.client.token.usage", "{token}", "Tokens of answered attempts.");
        _requestDuration = _meter.CreateHistogram<double>("gen_ai.server.request.duration", "s", "From the first byte of a request to the last of its answer.");
        _firstToken = _meter.CreateHistogram<double>("gen_ai.server.time_to_first_token", "s", "From the first byte of a streaming request to the first content.");
        _attemptDuration = _meter.CreateHistogram<double>("gen_ai.client.operation.duration", "s", "One attempt at one upstream.");
        _overhead = _meter.CreateHistogram<double>("beast.gateway.overhead", "s", "A request's time less its attempts' time.");
        _meter.CreateObservableGauge("beast.requests.active", Active, description: "Requests under way: waiting for an answer, or streaming it.");
        _meter.CreateObservableGauge("beast.usage.queue.depth", () => queue.Depth, description: "Usage rows not yet in the ledger.");
        _meter.CreateObservableGauge("beast.endpoints", () => CountEndpoints(directory), description: "Endpoints in use by this process, by circuit state.");

        // Observed, so that it is there from the start: an alert on a counter never touched has nothing to look at.
        _meter.CreateObservableCounter("beast.usage.dropped", () => Interlocked.Read(ref _usageDropped), description: "Usage rows lost. Must stay 0.");
    }

    public RequestPhase RequestStarted()
    {
        Interlocked.Increment(ref _waiting);
        return new RequestPhase(this);
    }

    public void UsageDropped() => Interlocked.Increment(ref _usageDropped);

    public void Limited(LimitKind kind, ScopeKind scope) => _limited.Add(
        1,
        new("kind", kind switch { LimitKind.Requests => "requests", LimitKind.Tokens => "tokens", _ => "parallel" }),
        new("scope", scope switch { ScopeKind.Key => "key", ScopeKind.User => "user", _ => "tenant" }));

    public void AttemptEnded(AttemptRecord attempt)
    {
        var route = Wire.Of(attempt.Endpoint.Type);
        _attemptDuration.Record(attempt.DurationMs / 1000.0, new("route", route), new("outcome", Wire.Of(attempt.Outcome)));
        if (attempt.Tokens.Source != UsageSource.None)
        {
            _tokens.Record(attempt.Tokens.Input, new("route", route), new("gen_ai.token.type", "input"));
            _tokens.Record(attempt.Tokens.Output, new("route", route), new("gen_ai.token.type", "output"));
        }
    }

    /// <summary>A request ended before it had a plan.</summary>
    public void RequestUnplanned(bool abandoned, TimeSpan elapsed) =>
        _requestDuration.Record(elapsed.TotalSeconds, new("route", "none"), new("outcome", abandoned ? "abandoned" : "error"));

    public void RequestEnded(Exchange exchange, RequestSummary summary, Settlement settlement, TimeSpan elapsed)
    {
        var plan = exchange.Plan!;
        var outcome = summary.Abandoned ? "abandoned" : summary.Served is not null ? "ok" : "error";
        var route = summary.ServedType is { } type ? Wire.Of(type) : "none";
        _requestDuration.Record(elapsed.TotalSeconds, new("route", route), new("outcome", outcome));
        if (exchange.Request.Stream && summary.FirstContentMs is { } firstContentMs)
        {
            _firstToken.Record(firstContentMs / 1000.0, new KeyValuePair<string, object?>("route", route));
        }

        if (plan.Eligible > 0)
        {
            var first = plan.Candidates[0];
            var how = summary.Requested == "auto" ? "auto" : "named";
            _selections.Add(1, new("route", Wire.Of(first.Type)), new("reason", exchange.Degraded ? "degraded" : how));
            if (summary.FallbackReason != FailureReason.None)
            {
                _fallbacks.Add(1, new("reason", Wire.Of(summary.FallbackReason)), new("from", Wire.Of(first.Type)), new("to", route), new("outcome", outcome));
            }
        }

        if (settlement.Cost is { } cost && settlement.Served is { } served)
        {
            var servedRoute = Wire.Of(served.Endpoint.Type);
            _cost.Add((double)cost.ToUsd(), new("kind", "actual"), new("route", servedRoute));
            if (settlement.Baseline is { } baseline)
            {
                _cost.Add((double)baseline.ToUsd(), new("kind", "baseline"), new("route", servedRoute));
            }
        }

        _overhead.Record(Math.Max(0, (elapsed - exchange.UpstreamTime).TotalSeconds));
    }

    private IEnumerable<Measurement<int>> Active() =>
    [
        new(Volatile.Read(ref _waiting), new KeyValuePair<string, object?>("phase", "waiting")),
        new(Volatile.Read(ref _streaming), new KeyValuePair<string, object?>("phase", "streaming")),
    ];

    private static List<Measurement<int>> CountEndpoints(EndpointDirectory directory)
    {
        var counts = new Dictionary<(EndpointType, CircuitState), int>();
        foreach (var (_, entry) in directory.Entries)
        {
            var key = (entry.Descriptor.Type, entry.Circuit.State);
            counts[key] = counts.GetValueOrDefault(key) + 1;
        }

        var measurements = new List<Measurement<int>>();
        foreach (var type in Enum.GetValues<EndpointType>())
        {
            foreach (var state in Enum.GetValues<CircuitState>())
            {
                measurements.Add(new(counts.GetValueOrDefault((type, state)), new("route", Wire.Of(type)), new("state", Wire.Of(state))));
            }
        }

        return measurements;
    }

    internal void MovePhase(int waiting, int streaming)
    {
        Interlocked.Add(ref _waiting, waiting);
        Interlocked.Add(ref _streaming, streaming);
    }

    public void Dispose() => _meter.Dispose();
}

/// <summary>Where a request stands, for the gauge of active ones.</summary>
internal sealed class RequestPhase(GatewayInstruments instruments)
{
    private bool _streaming;

    public void Committed()
    {
        if (!_streaming)
        {
            _streaming = true;
            instruments.MovePhase(-1, 1);
        }
    }

    public void End() => instruments.MovePhase(_streaming ? 0 : -1, _streaming ? -1 : 0);
}
