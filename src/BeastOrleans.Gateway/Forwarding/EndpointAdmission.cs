using BeastOrleans.Contracts.Endpoints;
using BeastOrleans.Core.Circuit;
using BeastOrleans.Gateway.Directory;
using Microsoft.Extensions.Logging;

namespace BeastOrleans.Gateway.Forwarding;

/// <summary>Asks an endpoint's circuit: locally while it is closed, its grain only for a half-open permit.</summary>
internal sealed partial class EndpointAdmission(IGrainFactory grains, TimeProvider time, ILogger<EndpointAdmission> logger)
{
    public ValueTask<AdmissionTicket> AdmitAsync(EndpointEntry entry, bool hasFallback, CancellationToken cancellationToken)
    {
        var circuit = entry.Circuit;
        var admission = CircuitGate.Evaluate(circuit, time.GetUtcNow(), entry.Descriptor.Version);
        return admission.Kind switch
        {
            AdmissionKind.Pass => new(new AdmissionTicket(true, circuit.Generation, null, null, null)),
            AdmissionKind.Refused => new(new AdmissionTicket(false, 0, null, admission.Why, admission.RetryAfter)),
            _ => new(AcquireAsync(entry, hasFallback, cancellationToken)),
        };
    }

    private async Task<AdmissionTicket> AcquireAsync(EndpointEntry entry, bool hasFallback, CancellationToken cancellationToken)
    {
        PermitReply reply;
        try
        {
            reply = await grains.GetGrain<IEndpointGrain>(entry.Descriptor.Key).AcquirePermitAsync(hasFallback).WaitAsync(cancellationToken);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            // Not knowing is not a reason to call an endpoint that was sick a moment ago.
            LogPermitFailed(e, entry.Descriptor.Key);
            return new AdmissionTicket(false, 0, null, "its circuit could not be asked for a permit", TimeSpan.FromSeconds(1));
        }

        entry.Merge(reply.Circuit);
        if (reply.Permit is { } permit)
        {
            return new AdmissionTicket(true, permit.Generation, permit.Id, null, null);
        }

        var admission = CircuitGate.Evaluate(reply.Circuit, time.GetUtcNow(), entry.Descriptor.Version);
        return admission.Kind == AdmissionKind.Pass
            ? new AdmissionTicket(true, reply.Circuit.Generation, null, null, null)
            : new AdmissionTicket(false, 0, null, admission.Why ?? "half-open, another request is its probe", admission.RetryAfter ?? TimeSpan.FromSeconds(1));
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "No permit could be asked of {Endpoint}")]
    private partial void LogPermitFailed(Exception exception, string endpoint);
}

/// <param name="Admitted">The endpoint may be called.</param>
/// <param name="Generation">Carried by the outcome's report.</param>
/// <param name="PermitId">The half-open permit; null for an ordinary attempt.</param>
/// <param name="Why">For people; set when not admitted.</param>
/// <param name="RetryAfter">When asking again may help.</param>
internal readonly record struct AdmissionTicket(bool Admitted, long Generation, string? PermitId, string? Why, TimeSpan? RetryAfter);
