using BeastOrleans.Contracts.Endpoints;
using BeastOrleans.Core.Circuit;
using BeastOrleans.Gateway.Directory;

namespace BeastOrleans.Gateway.Forwarding;

/// <summary>
/// The right of one attempt to be its endpoint's probe. It is spent exactly once: by the attempt's outcome, by proof
/// while its stream still flows, or by being given back.
/// </summary>
internal sealed class HeldPermit(EndpointEntry entry, ProbePermit permit, bool isLocal, OutcomeReporter reporter, TimeProvider time)
{
    private readonly long _grantedAt = time.GetTimestamp();
    private bool _hasContent;
    private int _isSpent;

    public string Id => permit.Id;

    public long Generation => permit.Generation;

    /// <summary>Granted by this process alone, while the endpoint's grain could not be asked.</summary>
    public bool IsLocal { get; } = isLocal;

    /// <summary>True for the one caller that may report by it.</summary>
    public bool TrySpend() => Interlocked.Exchange(ref _isSpent, 1) == 0;

    /// <summary>
    /// The probe's stream brought content. When it still does after a while, that is the success a probe is for: waiting for
    /// the end would outlast the permit, and a circuit whose answers are long would stay half-open for ever.
    /// </summary>
    public void OnContent()
    {
        if (!_hasContent)
        {
            _hasContent = true;
        }
        else if (Volatile.Read(ref _isSpent) == 0 && time.GetElapsedTime(_grantedAt) >= CircuitRules.ProbeProvenAfter)
        {
            reporter.Settle(entry, this, OutcomeClass.Ok);
        }
    }
}
