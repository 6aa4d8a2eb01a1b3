using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using BeastOrleans.Contracts.Endpoints;
using BeastOrleans.Contracts.Identity;
using BeastOrleans.Contracts.Selection;
using BeastOrleans.Core.Circuit;
using BeastOrleans.Gateway;
using BeastOrleans.Gateway.Directory;
using BeastOrleans.Gateway.Forwarding;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;

namespace BeastOrleans.UnitTests.Gateway;

/// <summary>
/// One endpoint's grain and its selector on the test's clock, with the real circuit; they answer, fail, or are silent as
/// the test says. Beside them the gateway's own parts that speak to them.
/// </summary>
internal sealed class FakeCluster : IDisposable
{
    private CircuitBreakerState _state = CircuitBreakerState.Initial;

    public FakeCluster()
    {
        Grains = GrainFactoryProxy.Create(this);
        var calls = new ControlCalls(Time);
        Directory = new EndpointDirectory(Grains, new ConfigurationVersions(), calls, Time, NullLogger<EndpointDirectory>.Instance);
        Reporter = new OutcomeReporter(Grains, Directory, Time, NullLogger<OutcomeReporter>.Instance);
        Admission = new EndpointAdmission(
            Grains, calls, Reporter, Time, Options.Create(new GatewayOptions()), NullLogger<EndpointAdmission>.Instance);
    }

    public FakeTimeProvider Time { get; } = new(new DateTimeOffset(2026, 11, 1, 12, 0, 0, TimeSpan.Zero));

    public IGrainFactory Grains { get; }

    public EndpointDirectory Directory { get; }

    public OutcomeReporter Reporter { get; }

    public EndpointAdmission Admission { get; }

    /// <summary>Null = answers; else what each call does instead.</summary>
    public Func<Task>? Fault { get; set; }

    public int Calls { get; private set; }

    public long DescriptorVersion { get; set; } = 1;

    public List<OutcomeReport> Reports { get; } = [];

    public CircuitSnapshot Circuit => CircuitBreaker.Snapshot(_state, epoch: 1);

    public ProbePermit? Permit => _state.Permit;

    public static Task SilentAsync() => new TaskCompletionSource().Task;

    public Task<EndpointEntry?> ResolveAsync() =>
        Directory.ResolveAsync(TenantId.Parse("acme"), UserId.Shared, EndpointViews.Descriptor(1).Key, CancellationToken.None).AsTask();

    public EndpointEntry? Find() => Directory.Find(TenantId.Parse("acme"), UserId.Shared, EndpointViews.Descriptor(1).Key, minVersion: 1);

    public IReadOnlyList<CircuitEffect> Apply(CircuitEvent e)
    {
        var step = CircuitBreaker.Apply(_state, Time.GetUtcNow(), e, jitter: 0.5);
        _state = step.State;
        return step.Effects;
    }

    public void Open()
    {
        for (var i = 0; i < CircuitRules.FailuresToOpen; i++)
        {
            Apply(new CircuitEvent.Reported(new OutcomeReport { AttemptId = $"o{i}-{_state.Generation}", Generation = _state.Generation, Outcome = OutcomeClass.Timeout }));
        }
    }

    public void Dispose() => Reporter.Dispose();

    private async Task<T> AnswerAsync<T>(Func<T> answer)
    {
        Calls++;
        if (Fault is { } fault)
        {
            await fault();
        }

        return answer();
    }

    private CircuitSnapshot Take(OutcomeReport[] outcomes)
    {
        foreach (var outcome in outcomes)
        {
            Reports.Add(outcome);
            Apply(new CircuitEvent.Reported(outcome));
        }

        return Circuit;
    }

    private PermitReply Grant(PermitRequest request) => new()
    {
        Permit = Apply(new CircuitEvent.PermitRequested(request.HasFallback, request.Id)).OfType<CircuitEffect.PermitGranted>().FirstOrDefault()?.Permit,
        Circuit = Circuit,
    };

    private object Call(MethodInfo method, object?[] arguments) => method.Name switch
    {
        nameof(IEndpointGrain.ReportAsync) => AnswerAsync(() => Take((OutcomeReport[])arguments[0]!)),
        nameof(IEndpointGrain.AcquirePermitAsync) => AnswerAsync(() => Grant((PermitRequest)arguments[0]!)),
        nameof(IEndpointGrain.GetCircuitAsync) => AnswerAsync(() => Circuit),
        nameof(ISelectorGrain.ResolveAsync) => AnswerAsync<EndpointView?>(() => EndpointViews.View(DescriptorVersion, Circuit)),
        _ => throw new NotSupportedException(method.Name),
    };

    /// <summary>Answers every <c>GetGrain</c> with a grain that asks the cluster.</summary>
    [SuppressMessage("Performance", "CA1852", Justification = "A proxy is a subtype made at run time.")]
    internal class GrainFactoryProxy : DispatchProxy
    {
        private FakeCluster _cluster = null!;

        public static IGrainFactory Create(FakeCluster cluster)
        {
            var proxy = Create<IGrainFactory, GrainFactoryProxy>();
            ((GrainFactoryProxy)(object)proxy)._cluster = cluster;
            return proxy;
        }

        protected override object Invoke(MethodInfo? targetMethod, object?[]? args)
        {
            var grain = typeof(DispatchProxy).GetMethod(nameof(Create), 2, [])!
                .MakeGenericMethod(targetMethod!.GetGenericArguments()[0], typeof(GrainProxy)).Invoke(null, null)!;
            ((GrainProxy)grain).Cluster = _cluster;
            return grain;
        }
    }

    [SuppressMessage("Performance", "CA1852", Justification = "A proxy is a subtype made at run time.")]
    internal class GrainProxy : DispatchProxy
    {
        public FakeCluster Cluster { get; set; } = null!;

        protected override object Invoke(MethodInfo? targetMethod, object?[]? args) => Cluster.Call(targetMethod!, args!);
    }
}
