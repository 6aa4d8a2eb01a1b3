using BeastOrleans.Simulator;

namespace BeastOrleans.Failover.Stages;

internal sealed class SimulatedPrimary(SimulatorServer simulator, bool behindTls) : IPrimary
{
    public SimulatorServer Simulator { get; } = simulator;

    public string BaseUrl { get; } = (behindTls ? simulator.BaseUrl.Replace("http:", "https:", StringComparison.Ordinal) : simulator.BaseUrl) + "/v1";

    public int? Attempts => behindTls ? null : Calls.Count(Simulator);

    public ValueTask DisposeAsync() => Simulator.DisposeAsync();
}
