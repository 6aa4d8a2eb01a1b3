using System.Diagnostics.Metrics;
using BeastOrleans.Contracts.Endpoints;
using BeastOrleans.Contracts.Identity;
using BeastOrleans.Contracts.Usage;
using BeastOrleans.Core.Diagnostics;
using BeastOrleans.Gateway.Directory;
using BeastOrleans.Gateway.Errors;
using BeastOrleans.Gateway.Forwarding;
using BeastOrleans.Gateway.Usage;
using BeastOrleans.Gateway.Usage.Limits;

namespace BeastOrleans.Gateway.Diagnostics;

/// <summary>Everything the gateway counts, see <see cref="GatewayMetrics"/>.</summary>
internal sealed class GatewayInstruments : IDisposable
{
    private readonly Meter _meter;
    private readonly Counter<long> _selections;
    private readonly Counter<long> _fallbacks;
    private readonly long[] _errors = new long[GatewayMetrics.ErrorCodes.Length];
    private readonly Counter<long> _limited;
    private readonly Counter<double> _cost;
    private readonly Histogram<long> _tokens;
    private readonly Histogram<double> _requestDuration;
    private readonly Histogram<double> _firstToken;
    private readonly Histogram<double> _attemptDuration;
    private readonly Histogram<double> _overhead;
    private long _usageDropped;
    private long _eventsDropped;
    private int _eventListeners;
    private int _waiting;
    private int _streaming;

    public GatewayInstruments(IMeterFactory meters, EndpointDirectory directory, UsageQueue queue)
    {
        _meter = meters.Create(GatewayMetrics.MeterName);
        _selections = GatewayMetrics.Selections.Counter<long>(_meter);
        _fallbacks = GatewayMetrics.Fallbacks.Counter<long>(_meter);
        _limited = GatewayMetrics.Limited.Counter<long>(_meter);
        _cost = GatewayMetrics.Cost.Counter<double>(_meter);
        _tokens = GatewayMetrics.Tokens.Histogram<long>(_meter);
        _requestDuration = GatewayMetrics.RequestDuration.Histogram<double>(_meter);
        _firstToken = GatewayMetrics.FirstToken.Histogram<double>(_meter);
        _attemptDuration = GatewayMetrics.AttemptDuration.Histogram<double>(_meter);
        _overhead = GatewayMetrics.Overhead.Histogram<double>(_meter);
        GatewayMetrics.Active.Observe(_meter, Active);
        GatewayMetrics.Endpoints.Observe(_meter, () => CountEndpoints(directory));
        GatewayMetrics.QueueDepth.Observe(_meter, () => queue.Depth);
        GatewayMetrics.EventListeners.Observe(_meter, () => Volatile.Read(ref _eventListeners));

        // Observed, so that they are there from the start: an alert on a counter never touched has nothing to look at.
        GatewayMetrics.Errors.Observe(_meter, Errors);
        GatewayMetrics.Dropped.Observe(_meter, () => Interlocked.Read(ref _usageDropped));
        GatewayMetrics.EventsDropped.Observe(_meter, () => Interlocked.Read(ref _eventsDropped));
    }

    public RequestPhase RequestStarted()
    {
        Interlocked.Increment(ref _waiting);
        return new RequestPhase(this);
    }

    public void EventListening(bool begins) => Interlocked.Add(ref _eventListeners, begins ? 1 : -1);

    public void EventsDropped(int count) => Interlocked.Add(ref _eventsDropped, count);

    /// <summary>A request ended with an error of this code.</summary>
    public void Failed(string code)
    {
        var index = Array.IndexOf(GatewayMetrics.ErrorCodes, code);
        Interlocked.Increment(ref _errors[index < 0 ? _errors.Length - 1 : index]);
    }

    public void UsageDropped() => Interlocked.Increment(ref _usageDropped);

    public void Limited(LimitKind kind, ScopeKind scope) => _limited.Add(
        1,
        new("kind", kind switch { LimitKind.Requests => "requests", LimitKind.Tokens => "tokens", _ => "parallel" }),
        new("scope", scope switch { ScopeKind.Key => "key", ScopeKind.User => "user", _ => "tenant" }));

    public void AttemptEnded(AttemptRecord attempt)
    {
        var route = Wire.Of(attempt.Endpoint.Type);
        var provider = ModelLabel.OfProvider(attempt.Endpoint.Type, attempt.Endpoint.ModelId);
        _attemptDuration.Record(attempt.DurationMs / 1000.0, new("route", route), new(GenAI.ProviderName, provider), new("outcome", Wire.Of(attempt.Outcome)));
        if (attempt.Tokens.Source != UsageSource.None)
        {
            var model = ModelLabel.OfModel(attempt.Endpoint.Type, attempt.ModelId);
            _tokens.Record(attempt.Tokens.Input, new("route", route), new(GenAI.RequestModel, model), new(GenAI.TokenType, GenAI.Input));
            _tokens.Record(attempt.Tokens.Output, new("route", route), new(GenAI.RequestModel, model), new(GenAI.TokenType, GenAI.Output));
        }
    }

    /// <summary>A request ended before it had a plan.</summary>
    public void RequestUnplanned(bool abandoned, TimeSpan elapsed) =>
        _requestDuration.Record(elapsed.TotalSeconds, new("route", "none"), new("outcome", abandoned ? "abandoned" : "error"));

    public void RequestEnded(Exchange exchange, RequestSummary summary, Settlement settlement, TimeSpan elapsed)
    {
        var plan = exchange.Plan!;
        var outcome = summary.Abandoned ? "abandoned"
            : summary.Served is not null ? "ok"
            : IsRefusal(exchange, summary.Status) ? "refused"
            : "error";
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

    // An upstream's 429 is told as such, and is nobody's mistake on this side.
    private static bool IsRefusal(Exchange exchange, int status) =>
        status is >= 400 and < 500 && (status != 429 || (exchange.Attempts.Count == 0 && !exchange.OnlyHeld));

    private IEnumerable<Measurement<long>> Errors()
    {
        for (var i = 0; i < _errors.Length; i++)
        {
            yield return new Measurement<long>(Interlocked.Read(ref _errors[i]), new KeyValuePair<string, object?>("code", GatewayMetrics.ErrorCodes[i]));
        }
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
