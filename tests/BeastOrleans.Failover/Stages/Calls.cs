using BeastOrleans.Simulator;

namespace BeastOrleans.Failover.Stages;

/// <summary>The calls of a simulator that asked for an answer; the circuit's probes ask for the model list.</summary>
internal static class Calls
{
    public static int Count(SimulatorServer simulator) => Of(simulator).Count();

    public static IEnumerable<SimulatedRequest> Of(SimulatorServer simulator) => simulator.Requests.Snapshot().Where(r => r.Method == "POST");
}
