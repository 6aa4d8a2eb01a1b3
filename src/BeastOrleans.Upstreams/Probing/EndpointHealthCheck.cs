using BeastOrleans.Contracts.Endpoints;

namespace BeastOrleans.Upstreams.Probing;

/// <summary>The free active probe: asks for the model list, spends no token.</summary>
public sealed class EndpointHealthCheck
{
    /// <summary>True when the endpoint answers below 500 and does not refuse the credential. The limit is the caller's.</summary>
    /// <exception cref="OperationCanceledException">The token was cancelled, and only then.</exception>
    public Task<bool> ProbeAsync(EndpointDescriptor endpoint, CancellationToken cancellationToken) =>
        throw new NotImplementedException();
}
