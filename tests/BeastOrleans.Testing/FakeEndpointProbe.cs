using System.Collections.Concurrent;
using BeastOrleans.Contracts.Endpoints;
using BeastOrleans.Grains.Endpoints;

namespace BeastOrleans.Testing;

/// <summary>Answers active probes as the test says, and counts them by endpoint.</summary>
internal sealed class FakeEndpointProbe : IEndpointProbe
{
    private readonly ConcurrentDictionary<string, int> _asked = new();
    private readonly ConcurrentDictionary<string, bool> _healthy = new();

    public int Asked(string endpointKey) => _asked.GetValueOrDefault(endpointKey);

    public void SetHealthy(string endpointKey, bool isHealthy) => _healthy[endpointKey] = isHealthy;

    public Task<bool> IsHealthyAsync(EndpointDescriptor endpoint, CancellationToken cancellationToken)
    {
        _asked.AddOrUpdate(endpoint.Key, 1, (_, count) => count + 1);
        return Task.FromResult(_healthy.GetValueOrDefault(endpoint.Key));
    }
}
