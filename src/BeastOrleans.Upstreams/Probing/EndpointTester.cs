using BeastOrleans.Contracts.Endpoints;

namespace BeastOrleans.Upstreams.Probing;

/// <summary>Tests an endpoint step by step for the person who registered it.</summary>
public sealed class EndpointTester
{
    /// <summary>The limit of a whole test.</summary>
    public static TimeSpan Limit { get; } = TimeSpan.FromSeconds(10);

    /// <summary>Stops at the first step without which the next ones say nothing; healthy = every step is ok.</summary>
    public Task<IReadOnlyList<TestStep>> TestAsync(EndpointDescriptor endpoint, CancellationToken cancellationToken) =>
        throw new NotImplementedException();
}
