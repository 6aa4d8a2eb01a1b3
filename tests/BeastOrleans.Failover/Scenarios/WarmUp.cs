using BeastOrleans.Failover.Clients;
using BeastOrleans.Failover.Stages;

namespace BeastOrleans.Failover.Scenarios;

/// <summary>A first request of a process pays for its start; the limits are those of a running gateway.</summary>
internal static class WarmUp
{
    private const int Rounds = 30;

    private static readonly TimeSpan ClientPatience = TimeSpan.FromSeconds(31);

    public static async Task RunAsync(Bench bench)
    {
        await using var stage = await bench.SetAsync(new StagePlan());
        await using var broken = await bench.SetAsync(new StagePlan { Primary = new() { Status = 500 } });
        for (var round = 0; round < Rounds; round++)
        {
            foreach (var mode in Enum.GetValues<Mode>())
            {
                await stage.AskAsync(mode, ClientPatience);
                await broken.AskAsync(mode, ClientPatience);
            }
        }
    }
}
