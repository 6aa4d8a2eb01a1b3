using BeastOrleans.Contracts.Changes;
using BeastOrleans.Contracts.Endpoints;
using BeastOrleans.Contracts.Identity;
using BeastOrleans.Core.Circuit;
using BeastOrleans.Grains.Changes;
using BeastOrleans.Grains.Credentials;
using BeastOrleans.Grains.Diagnostics;
using BeastOrleans.Grains.Storage;
using Microsoft.Extensions.Logging;

namespace BeastOrleans.Grains.Endpoints;

/// <summary>
/// One endpoint: its registration and its circuit, for the whole cluster. Every event goes through <see cref="Apply"/>, which
/// does what the circuit's effects say.
/// </summary>
[GrainType("endpoint")]
internal sealed partial class EndpointGrain : Grain, IEndpointGrain
{
    private readonly string _key;
    private readonly EndpointType _type;
    private readonly EndpointStore _store;
    private readonly RegistrationEditor _editor;
    private readonly EndpointProbe _probe;
    private readonly ChangePublisher _publisher;
    private readonly GrainInstruments _instruments;
    private readonly TimeProvider _time;
    private readonly ILogger<EndpointGrain> _logger;

    private long _epoch = NewEpoch();

    public EndpointGrain(
        [PersistentState("endpoint", StorageNames.Beast)] IPersistentState<EndpointState> state,
        CredentialSealer sealer,
        ChangePublisher publisher,
        IEndpointProbe probe,
        GrainInstruments instruments,
        TimeProvider time,
        ILogger<EndpointGrain> logger)
    {
        _key = this.GetPrimaryKeyString();
        if (!GrainKeys.TryParseEndpoint(_key, out var owner, out var model) || GrainKeys.Endpoint(owner, model) != _key)
        {
            throw new ArgumentException("Not an endpoint's key.");
        }

        _type = model.IsCustom ? EndpointType.Custom : EndpointType.Provider;
        _store = new EndpointStore(state, keepsCircuitAlone: !model.IsCustom, OnCircuitNotStored);
        _editor = new RegistrationEditor(_key, owner, model, sealer);
        _probe = new EndpointProbe(Describe, OnProbeAnswer, probe, instruments, time);
        _publisher = publisher;
        _instruments = instruments;
        _time = time;
        _logger = logger;
    }

    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        _probe.Stop();

        // Best effort, as all of deactivation: transitions were written when they happened.
        await _store.FlushAsync().WaitAsync(cancellationToken);
    }

    public Task<CircuitSnapshot> ReportAsync(OutcomeReport[] outcomes)
    {
        _probe.OnUsed();
        foreach (var outcome in outcomes)
        {
            Apply(new CircuitEvent.Reported(outcome));
        }

        FollowCircuit();
        return Task.FromResult(Snapshot());
    }

    public Task<PermitReply> AcquirePermitAsync(PermitRequest request)
    {
        _probe.OnUsed();
        var effects = Apply(new CircuitEvent.PermitRequested(request.HasFallback, request.Id) { LeaseDuration = LeaseDuration(request.AttemptLimit) });
        FollowCircuit();
        return Task.FromResult(new PermitReply
        {
            Permit = effects.OfType<CircuitEffect.PermitGranted>().FirstOrDefault()?.Permit,
            Circuit = Snapshot(),
        });
    }

    public Task<CircuitSnapshot> GetCircuitAsync()
    {
        _probe.OnUsed();
        FollowCircuit();
        return Task.FromResult(Snapshot());
    }

    public Task<CircuitSnapshot> OperateAsync(CircuitAction action)
    {
        Apply(new CircuitEvent.Operated(action));
        FollowCircuit();
        return Task.FromResult(Snapshot());
    }

    public Task<EndpointDescriptor?> GetDescriptorAsync()
    {
        _probe.OnUsed();
        return Task.FromResult(Describe());
    }

    public async Task<CustomModelInfo> PutAsync(CustomModelRegistration registration, long version)
    {
        var before = _store.Current.Registration;
        var next = _editor.Put(before, registration, version, _time.GetUtcNow());
        if (!ReferenceEquals(before, next))
        {
            await StoreAsync(next);
        }

        return next.Info;
    }

    public async Task<CustomModelInfo?> PatchAsync(CustomModelPatch patch, long version)
    {
        if (_store.Current.Registration is not { } before)
        {
            return null;
        }

        var next = _editor.Patch(before, patch, version);
        await StoreAsync(next);
        return next.Info;
    }

    public async Task<string[]> RewrapCredentialAsync(string? keyId)
    {
        if (keyId is not null && _store.Current.Registration is { Credential: not null } before)
        {
            var next = _editor.Rewrap(before, keyId);
            if (!ReferenceEquals(before, next))
            {
                await _store.StoreRegistrationAsync(next);
            }
        }

        return _store.Current.Registration?.Credential is { } credential ? [credential.KeyId] : [];
    }

    public async Task RemoveAsync()
    {
        _probe.Stop();
        await _store.ClearAsync();

        // The circuit starts anew, and so do its versions: under the old epoch they would look like old news.
        _epoch = NewEpoch();
        DeactivateOnIdle();
    }

    private async Task StoreAsync(EndpointRegistration next)
    {
        await _store.StoreRegistrationAsync(next);
        Apply(new CircuitEvent.CredentialChanged(next.Info.Version));
        FollowCircuit();
    }

    private IReadOnlyList<CircuitEffect> Apply(CircuitEvent happened)
    {
        var step = CircuitBreaker.Apply(_store.Current.Circuit, _time.GetUtcNow(), happened, Random.Shared.NextDouble());
        _store.Remember(step.State);
        var isNews = false;
        foreach (var effect in step.Effects)
        {
            isNews |= effect is CircuitEffect.SnapshotChanged or CircuitEffect.Transitioned;
            if (effect is CircuitEffect.Transitioned transition)
            {
                _instruments.OnCircuitTransition(_type, transition.To);
                LogTransition(_logger, _type, transition.From, transition.To, transition.Cause);
            }
        }

        if (isNews)
        {
            _store.StoreCircuitBehind();

            // Not awaited: reports must not queue behind a feed whose silo just died. It never throws.
            _ = _publisher.PublishAsync(new Change { Kind = ChangeKind.Circuit, Subject = _key, Circuit = Snapshot() });
        }

        return step.Effects;
    }

    private void OnProbeAnswer(bool isHealthy)
    {
        Apply(isHealthy ? new CircuitEvent.ProbeSucceeded() : new CircuitEvent.ProbeFailed());
        FollowCircuit();
    }

    // Providers are not probed: theirs is not our capacity to test, and nobody registered them for it.
    private void FollowCircuit()
    {
        if (_type == EndpointType.Custom && (_probe.IsRunning || _store.Current.Circuit.State == CircuitState.Open))
        {
            _probe.Follow(_store.Current.Circuit.State, tick => this.RegisterGrainTimer(
                tick, new GrainTimerCreationOptions(EndpointProbe.Interval, EndpointProbe.Interval) { Interleave = true }));
        }
    }

    private EndpointDescriptor? Describe()
    {
        if (_store.Current.Registration is not { } registration)
        {
            return null;
        }

        if (!_editor.TryDescribe(registration, out var descriptor, out var error))
        {
            LogCredentialNotOpened(_logger, error);
        }

        return descriptor;
    }

    // As long as the longest attempt here may take.
    private TimeSpan LeaseDuration(TimeSpan gatewayLimit)
    {
        var timeouts = _store.Current.Registration?.Info.Timeouts ?? EndpointTimeouts.Default;
        var own = TimeSpan.FromSeconds(Math.Max(timeouts.AttemptSeconds ?? 0, timeouts.FirstContentSeconds ?? 0));
        return CircuitRules.LeaseFor(own > gatewayLimit ? own : gatewayLimit);
    }

    private CircuitSnapshot Snapshot() => CircuitBreaker.Snapshot(_store.Current.Circuit, _epoch);

    private void OnCircuitNotStored(Exception exception)
    {
        _instruments.OnStorageError("circuit");
        LogCircuitNotStored(_logger, exception);
        if (exception is Orleans.Storage.InconsistentStateException)
        {
            DeactivateOnIdle();
        }
    }

    private static long NewEpoch() => Random.Shared.NextInt64(1, long.MaxValue);
}
