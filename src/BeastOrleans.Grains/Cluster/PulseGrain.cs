using BeastOrleans.Contracts.Cluster;
using Orleans.Concurrency;

namespace BeastOrleans.Grains.Cluster;

/// <summary>Says which silo it is on.</summary>
[GrainType("pulse"), StatelessWorker]
internal sealed class PulseGrain(ILocalSiloDetails silo) : Grain, IPulseGrain
{
    private readonly string _gateway = silo.GatewayAddress?.Endpoint.ToString() ?? "";

    public Task<string> BeatAsync() => Task.FromResult(_gateway);
}
