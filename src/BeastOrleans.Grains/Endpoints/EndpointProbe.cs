using BeastOrleans.Contracts.Endpoints;
using BeastOrleans.Grains.Diagnostics;

namespace BeastOrleans.Grains.Endpoints;

/// <summary>
/// Probes one open endpoint every 10 s as long as somebody uses it. Its grain is the only one in the cluster, and so is the
/// probe. What a probe finds is told to the circuit, which decides.
/// </summary>
internal sealed class EndpointProbe(
    Func<EndpointDescriptor?> describe, Action<bool> onAnswer, IEndpointProbe probe, GrainInstruments instruments, TimeProvider time)
{
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    /// <summary>The longest that a probe may take.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);

    /// <summary>An endpoint that nobody used for so long is left alone.</summary>
    public static readonly TimeSpan UsedWithin = TimeSpan.FromMinutes(15);

    private IGrainTimer? _timer;
    private long? _usedAt;
    private bool _isProbing;

    public bool IsRunning => _timer is not null;

    /// <summary>Somebody asked for this endpoint, or reported of it.</summary>
    public void OnUsed() => _usedAt = time.GetTimestamp();

    /// <summary>Starts or ends the probing, as the circuit now is.</summary>
    /// <param name="register">Makes the grain's timer: interleaving, for a turn must not wait for the endpoint.</param>
    public void Follow(CircuitState state, Func<Func<CancellationToken, Task>, IGrainTimer> register)
    {
        if (state != CircuitState.Open || !IsInUse())
        {
            Stop();
        }
        else if (_timer is null)
        {
            _timer = register(TickAsync);
        }
    }

    public void Stop()
    {
        _timer?.Dispose();
        _timer = null;
    }

    private bool IsInUse() => _usedAt is { } usedAt && time.GetElapsedTime(usedAt) < UsedWithin;

    private async Task TickAsync(CancellationToken cancellationToken)
    {
        if (!IsInUse())
        {
            Stop();
            return;
        }

        // Ticks interleave; two probes at a time would be one too many.
        if (_isProbing || describe() is not { } endpoint)
        {
            return;
        }

        _isProbing = true;
        try
        {
            var isHealthy = await ProbeAsync(endpoint, cancellationToken);
            instruments.OnProbe(isHealthy);

            // A registration that changed under way was not the one that answered.
            if (_timer is not null && describe()?.Version == endpoint.Version)
            {
                onAnswer(isHealthy);
            }
        }
        finally
        {
            _isProbing = false;
        }
    }

    private async Task<bool> ProbeAsync(EndpointDescriptor endpoint, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(Limit, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
        try
        {
            return await probe.IsHealthyAsync(endpoint, both.Token);
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested)
        {
            return false;
        }
    }
}
