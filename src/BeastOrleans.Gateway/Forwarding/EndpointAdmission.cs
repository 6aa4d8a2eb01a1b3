using BeastOrleans.Contracts.Endpoints;
using BeastOrleans.Core.Circuit;
using BeastOrleans.Gateway.Directory;
using BeastOrleans.Gateway.Errors;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace BeastOrleans.Gateway.Forwarding;

/// <summary>
/// Asks an endpoint's circuit: locally while it is closed, its grain only for a half-open permit. When the grain does not
/// answer, this process's own circuit does: one probe of its own at a time, rather than no answer for users whom a healthy
/// endpoint could serve.
/// </summary>
internal sealed partial class EndpointAdmission(
    IGrainFactory grains,
    ControlCalls calls,
    OutcomeReporter reporter,
    TimeProvider time,
    IOptions<GatewayOptions> options,
    ILogger<EndpointAdmission> logger)
{
    /// <summary>How long a request waits for a permit; it has other candidates, or can wait for nothing better.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan AskAgain = TimeSpan.FromSeconds(1);

    private readonly GatewayOptions _options = options.Value;

    public ValueTask<AdmissionTicket> AdmitAsync(EndpointEntry entry, bool hasFallback, CancellationToken cancellationToken)
    {
        var circuit = entry.Circuit;
        var local = entry.Local;
        var admission = local.Evaluate(circuit, time.GetUtcNow(), entry.Descriptor.Version);
        return admission.Kind switch
        {
            LocalAdmissionKind.Pass => new(AdmissionTicket.Pass(circuit.Generation, local.Generation)),
            LocalAdmissionKind.Refused => new(Refused(entry, admission.Why!, admission.RetryAfter)),
            LocalAdmissionKind.AskLocal => new(AskLocally(entry, hasFallback)),
            _ => new(AskClusterAsync(entry, hasFallback, cancellationToken)),
        };
    }

    private async Task<AdmissionTicket> AskClusterAsync(EndpointEntry entry, bool hasFallback, CancellationToken cancellationToken)
    {
        var request = new PermitRequest { Id = NewId(), HasFallback = hasFallback, AttemptLimit = AttemptLimit(entry) };
        var asking = calls.AskAsync(
            static ask => ask.Endpoint.AcquirePermitAsync(ask.Request),
            (Endpoint: grains.GetGrain<IEndpointGrain>(entry.Descriptor.Key), Request: request),
            CancellationToken.None).AsTask();
        PermitReply reply;
        try
        {
            reply = await asking.WaitAsync(Patience, time, cancellationToken);
        }
        catch (Exception e)
        {
            // It may be granted all the same, to nobody: then it goes back at once instead of blocking all until it expires.
            _ = GiveBackAsync(entry, asking);
            if (cancellationToken.IsCancellationRequested)
            {
                throw;
            }

            LogNotAnswered(e, Wire.Of(entry.Descriptor.Type));
            entry.Unanswered();
            return Again(entry, hasFallback);
        }

        entry.Heard(reply.Circuit, time.GetTimestamp());
        if (reply.Permit is { } permit)
        {
            return AdmissionTicket.Probe(new HeldPermit(entry, permit, isLocal: false, reporter, time), permit.Generation, entry.Local.Generation);
        }

        var admission = CircuitGate.Evaluate(reply.Circuit, time.GetUtcNow(), entry.Descriptor.Version);
        return admission.Kind == AdmissionKind.Pass
            ? AdmissionTicket.Pass(reply.Circuit.Generation, entry.Local.Generation)
            : AdmissionTicket.Refuse(admission.Why ?? "half-open, another request is its probe", admission.RetryAfter ?? AskAgain);
    }

    // The grain is silent: the local circuit now stands in, unless the grain was heard by another way in this very moment.
    private AdmissionTicket Again(EndpointEntry entry, bool hasFallback)
    {
        var (circuit, local) = (entry.Circuit, entry.Local);
        var admission = local.Evaluate(circuit, time.GetUtcNow(), entry.Descriptor.Version);
        return admission.Kind switch
        {
            LocalAdmissionKind.Pass => AdmissionTicket.Pass(circuit.Generation, local.Generation),
            LocalAdmissionKind.AskLocal => AskLocally(entry, hasFallback),
            LocalAdmissionKind.Refused => Refused(entry, admission.Why!, admission.RetryAfter),
            _ => AdmissionTicket.Refuse("its circuit could not be asked for a permit", AskAgain),
        };
    }

    private AdmissionTicket AskLocally(EndpointEntry entry, bool hasFallback)
    {
        var asked = new CircuitEvent.PermitRequested(hasFallback, NewId()) { LeaseDuration = CircuitRules.LeaseFor(AttemptLimit(entry)) };
        return entry.AskLocally(asked, time.GetUtcNow()) is { } permit
            ? AdmissionTicket.Probe(
                new HeldPermit(entry, permit, isLocal: true, reporter, time), entry.Circuit.Generation, permit.Generation)
            : AdmissionTicket.Refuse("half-open, another request of this process is its probe", AskAgain);
    }

    private async Task GiveBackAsync(EndpointEntry entry, Task<PermitReply> asking)
    {
        try
        {
            var reply = await asking;
            entry.Heard(reply.Circuit, time.GetTimestamp());
            if (reply.Permit is { } permit)
            {
                reporter.Settle(entry, new HeldPermit(entry, permit, isLocal: false, reporter, time), OutcomeClass.Abandoned);
            }
        }
        catch (Exception e)
        {
            // Unanswered for good: if a permit was granted, it runs out.
            LogNotAnswered(e, Wire.Of(entry.Descriptor.Type));
        }
    }

    private AdmissionTicket Refused(EndpointEntry entry, string why, TimeSpan? retryAfter) =>
        AdmissionTicket.Refuse(entry.IsStale(time) ? why + EndpointHealth.AsOf(entry.HeardAgo(time)) : why, retryAfter);

    private TimeSpan AttemptLimit(EndpointEntry entry)
    {
        var timeouts = entry.Descriptor.Timeouts;
        var whole = timeouts.AttemptSeconds ?? _options.AttemptSeconds;
        return TimeSpan.FromSeconds(Math.Max(whole, timeouts.FirstContentSeconds ?? 0));
    }

    private static string NewId() => Guid.NewGuid().ToString("N");

    [LoggerMessage(Level = LogLevel.Warning, Message = "The grain of a {Type} endpoint gave no answer about a permit")]
    private partial void LogNotAnswered(Exception exception, string type);
}

/// <param name="Admitted">The endpoint may be called.</param>
/// <param name="Generation">The cluster's; carried by the outcome's report.</param>
/// <param name="LocalGeneration">This process's own.</param>
/// <param name="Permit">The half-open permit; null for an ordinary attempt.</param>
/// <param name="Why">For people; set when not admitted.</param>
/// <param name="RetryAfter">When asking again may help.</param>
internal readonly record struct AdmissionTicket(
    bool Admitted, long Generation, long LocalGeneration, HeldPermit? Permit, string? Why, TimeSpan? RetryAfter)
{
    /// <summary>The half-open permit; null for an ordinary attempt.</summary>
    public string? PermitId => Permit?.Id;

    public static AdmissionTicket Pass(long generation, long localGeneration) => new(true, generation, localGeneration, null, null, null);

    public static AdmissionTicket Probe(HeldPermit permit, long generation, long localGeneration) =>
        new(true, generation, localGeneration, permit, null, null);

    public static AdmissionTicket Refuse(string why, TimeSpan? retryAfter) => new(false, 0, 0, null, why, retryAfter);
}
