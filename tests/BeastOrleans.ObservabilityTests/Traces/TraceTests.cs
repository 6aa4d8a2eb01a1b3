using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using BeastOrleans.Gateway.Diagnostics;
using BeastOrleans.Simulator;
using BeastOrleans.Testing;
using Xunit;

namespace BeastOrleans.ObservabilityTests.Traces;

/// <summary>One span per request, one per attempt, grain calls below, in the caller's trace; and the trace goes no further than it may.</summary>
public sealed class TraceTests : IAsyncLifetime
{
    private const string TraceParent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    private readonly ConcurrentQueue<Activity> _spans = new();
    private readonly List<IAsyncDisposable> _owned = [];
    private SimulatorServer _sick = null!;
    private SimulatorServer _provider = null!;
    private OtlpReceiver _receiver = null!;

    public async Task InitializeAsync()
    {
        _owned.Add(_sick = await SimulatorServer.StartAsync(new SimulatorOptions { DefaultBehavior = new() { Status = 500 } }));
        _owned.Add(_provider = await SimulatorServer.StartAsync());
        _owned.Add(_receiver = await OtlpReceiver.StartAsync());
    }

    public async Task DisposeAsync()
    {
        foreach (var one in Enumerable.Reverse(_owned))
        {
            await one.DisposeAsync();
        }
    }

    [Fact]
    public async Task A_request_and_its_attempts_are_spans_in_the_callers_trace()
    {
        var tenant = await StartAsync("all");
        using var listener = Listen();
        (await tenant.ChatAsync("custom:sick", ("traceparent", TraceParent))).Require(HttpStatusCode.OK);
        await Eventually.IsTrueAsync("the request's span ended", () => _spans.Any(s => s.Kind == ActivityKind.Server && s.Source.Name == RequestTrace.SourceName));

        var ours = _spans.Where(s => s.Source.Name == RequestTrace.SourceName).ToArray();
        var request = Assert.Single(ours, s => s.Kind == ActivityKind.Server);
        Assert.Equal(("4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"), (request.TraceId.ToHexString(), request.ParentSpanId.ToHexString()));
        Assert.Equal(tenant.Id, request.GetTagItem("beast.tenant"));
        Assert.Equal("other", request.GetTagItem("beast.fallback_reason"));
        Assert.Equal(200, request.GetTagItem(GenAI.ResponseStatus));

        // Two at the sick model (one retry), then the provider.
        var attempts = ours.Where(s => s.Kind == ActivityKind.Client).OrderBy(s => s.StartTimeUtc).ToArray();
        Assert.Equal(["sick", "sick", "ok"], attempts.Select(a => a.GetTagItem("beast.outcome")));
        Assert.All(attempts, a => Assert.Equal(request.SpanId, a.ParentSpanId));
        Assert.Equal("openai", attempts[2].GetTagItem(GenAI.ProviderName));
        Assert.Equal("gpt-4", attempts[2].GetTagItem(GenAI.RequestModel));
        Assert.True(attempts[2].GetTagItem(GenAI.OutputTokens) is long and > 0);
        Assert.Equal(ActivityStatusCode.Error, attempts[0].Status);

        // The selector was asked within this trace.
        Assert.Contains(_spans, s => s.Source.Name.StartsWith("Microsoft.Orleans", StringComparison.Ordinal) && s.TraceId == request.TraceId);

        // Whom it goes to by OTLP, both signals.
        await Eventually.IsTrueAsync("the spans were exported", () => _receiver.Traces.Contains("gen_ai.operation.name", StringComparison.Ordinal) && _receiver.Traces.Contains("beast.outcome", StringComparison.Ordinal));
        await Eventually.IsTrueAsync("the metrics were exported", () => _receiver.Metrics.Contains("gen_ai.server.request.duration", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("none", false, false)]
    [InlineData("custom", true, false)]
    [InlineData("all", true, true)]
    public async Task The_trace_is_told_to_those_that_the_setting_names(string setting, bool toCustom, bool toProvider)
    {
        var tenant = await StartAsync(setting);
        (await tenant.ChatAsync("custom:sick", ("traceparent", TraceParent), ("tracestate", "vendor=secret"), ("baggage", "who=me"))).Require(HttpStatusCode.OK);

        Assert.Equal(toCustom, Told(_sick));
        Assert.Equal(toProvider, Told(_provider));
        Assert.All(_sick.Requests.Snapshot().Concat(_provider.Requests.Snapshot()), r => Assert.DoesNotContain(r.Headers.Keys, name => name is "tracestate" or "baggage"));

        bool Told(SimulatorServer upstream)
        {
            var headers = upstream.Requests.Snapshot()[^1].Headers;
            return headers.TryGetValue("traceparent", out var value) && value.StartsWith("00-4bf92f3577b34da6a3ce929d0e0e4736-", StringComparison.Ordinal)
                && !value.Contains("00f067aa0ba902b7", StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Without_an_endpoint_nothing_is_traced_or_told()
    {
        var server = await BeastServer.StartAsync(null, "--Beast:Upstreams:TraceContext=all");
        _owned.Add(server);
        var tenant = await FurnishAsync(server);
        (await tenant.ChatAsync("custom:sick", ("traceparent", TraceParent))).Require(HttpStatusCode.OK);
        Assert.All(_sick.Requests.Snapshot().Concat(_provider.Requests.Snapshot()), r => Assert.False(r.Headers.ContainsKey("traceparent")));
    }

    [Fact]
    public async Task The_tenant_is_left_out_where_it_is_not_to_be_told()
    {
        var tenant = await StartAsync("none", "--Beast:TellTenant=false");
        using var listener = Listen();
        (await tenant.ChatAsync("custom:sick")).Require(HttpStatusCode.OK);
        await Eventually.IsTrueAsync("the request's span ended", () => _spans.Any(s => s.Kind == ActivityKind.Server && s.Source.Name == RequestTrace.SourceName));
        Assert.DoesNotContain(_spans.Where(s => s.Source.Name == RequestTrace.SourceName), s => s.TagObjects.Any(t => t.Key == "beast.tenant"));
    }

    private async Task<TestTenant> StartAsync(string traceContext, params string[] more)
    {
        var server = await BeastServer.StartAsync(
            null,
            [
                "--OTEL_EXPORTER_OTLP_ENDPOINT=" + _receiver.Url, "--OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf", "--OTEL_BSP_SCHEDULE_DELAY=200",
                "--OTEL_METRIC_EXPORT_INTERVAL=500", "--Beast:TraceRatio=1", "--Beast:Upstreams:TraceContext=" + traceContext, .. more,
            ]);
        _owned.Add(server);
        return await FurnishAsync(server);
    }

    private async Task<TestTenant> FurnishAsync(BeastServer server)
    {
        var tenant = await server.CreateTenantAsync();
        await tenant.RegisterModelAsync("sick", _sick.BaseUrl + "/v1");
        await tenant.PutProviderAsync("openai", _provider.BaseUrl + "/v1");
        return tenant;
    }

    private ActivityListener Listen()
    {
        var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == RequestTrace.SourceName || source.Name.StartsWith("Microsoft.Orleans", StringComparison.Ordinal),
            Sample = static (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = _spans.Enqueue,
        };
        ActivitySource.AddActivityListener(listener);
        return listener;
    }
}
