using BeastOrleans.Contracts.Endpoints;
using BeastOrleans.Upstreams.Probing;

namespace BeastOrleans.Grains.Endpoints;

/// <summary>Asks an endpoint whether it is well, spending no token.</summary>
internal interface IEndpointProbe
{
    /// <exception cref="OperationCanceledException">The token was cancelled, and only then.</exception>
    Task<bool> IsHealthyAsync(EndpointDescriptor endpoint, CancellationToken cancellationToken);
}

/// <summary>The probe over HTTP.</summary>
internal sealed class HttpEndpointProbe(EndpointHealthCheck check) : IEndpointProbe
{
    public Task<bool> IsHealthyAsync(EndpointDescriptor endpoint, CancellationToken cancellationToken) =>
        check.ProbeAsync(endpoint, cancellationToken);
}
