using BeastOrleans.Contracts.Identity;
using Orleans.Concurrency;

namespace BeastOrleans.Contracts.Endpoints;

/// <summary>
/// One endpoint and its circuit for the whole cluster, keyed by <see cref="GrainKeys.Endpoint"/>. Registrations of
/// custom models are kept here; a provider's endpoint keeps only its circuit (its credential is its owner's).
/// </summary>
[Alias("beast.IEndpointGrain"), GrainInterfaceType("beast.endpoint")]
public interface IEndpointGrain : IGrainWithStringKey
{
    /// <summary>Takes one gateway's outcomes in order and answers with the circuit as it is after them.</summary>
    [Alias("Report"), ResponseTimeout("00:00:05")]
    Task<CircuitSnapshot> ReportAsync(OutcomeReport[] outcomes);

    /// <summary>Asks for the one half-open attempt. Safe to repeat: the same request is answered with the same permit.</summary>
    [Alias("AcquirePermit"), ResponseTimeout("00:00:02")]
    Task<PermitReply> AcquirePermitAsync(PermitRequest request);

    [Alias("GetCircuit"), ReadOnly, ResponseTimeout("00:00:02")]
    Task<CircuitSnapshot> GetCircuitAsync();

    [Alias("Operate"), ResponseTimeout("00:00:05")]
    Task<CircuitSnapshot> OperateAsync(CircuitAction action);

    /// <summary>The registration with its credential unsealed; null when this endpoint holds none (provider, or removed).</summary>
    [Alias("GetDescriptor"), ReadOnly, ResponseTimeout("00:00:02")]
    Task<EndpointDescriptor?> GetDescriptorAsync();

    /// <summary>Stores a registration (from its owner's grain alone). Idempotent for the same version.</summary>
    [Alias("Put"), ResponseTimeout("00:00:05")]
    Task<CustomModelInfo> PutAsync(CustomModelRegistration registration, long version);

    /// <summary>Changes a registration; null when there is none.</summary>
    [Alias("Patch"), ResponseTimeout("00:00:05")]
    Task<CustomModelInfo?> PatchAsync(CustomModelPatch patch, long version);

    /// <summary>Forgets the registration, its credential and its circuit.</summary>
    [Alias("Remove"), ResponseTimeout("00:00:05")]
    Task RemoveAsync();

    /// <summary>Wraps the data key of the model's credential under another key-encryption key; null only tells. Safe to repeat.</summary>
    /// <returns>The key that it names afterwards; none when there is no credential.</returns>
    [Alias("RewrapCredential"), ResponseTimeout("00:00:10")]
    Task<string[]> RewrapCredentialAsync(string? keyId);
}

/// <summary>A descriptor and the circuit read with it.</summary>
[GenerateSerializer, Immutable, Alias("beast.EndpointView")]
public sealed record EndpointView
{
    [Id(0)]
    public required EndpointDescriptor Descriptor { get; init; }

    [Id(1)]
    public required CircuitSnapshot Circuit { get; init; }
}
