using BeastOrleans.Survival.Fleet;

namespace BeastOrleans.Survival.Cluster;

/// <summary>One thing that happens to a cluster under load.</summary>
/// <param name="AllowedErrors">What is promised at most; the argument says what was under way at a front that was killed.</param>
/// <param name="StrikeAsync">Returns what was under way at fronts that it killed.</param>
/// <param name="MendAsync">Brings the fleet back to what it was, after the watch.</param>
internal sealed record Scenario(string Name, TimeSpan Watch, Func<int, int> AllowedErrors, Func<ProcessFleet, Task<int>> StrikeAsync, Func<ProcessFleet, Task> MendAsync)
{
    private static readonly TimeSpan Freeze = TimeSpan.FromSeconds(20);

    private static readonly TimeSpan Outage = TimeSpan.FromSeconds(60);

    public static IReadOnlyList<Scenario> All { get; } =
    [
        new("silo killed", TimeSpan.FromSeconds(20), _ => 0,
            async fleet =>
            {
                await Silo(fleet).KillAsync();
                return 0;
            },
            fleet => Silo(fleet).StartAsync()),

        new("silo frozen for 20 s", TimeSpan.FromSeconds(15), _ => 0,
            async fleet =>
            {
                await Silo(fleet).FreezeAsync();
                await Task.Delay(Freeze);
                await Silo(fleet).ThawAsync();
                return 0;
            },
            async fleet =>
            {
                // The cluster has buried it, so it ends itself; what is left of it is not waited for.
                await Silo(fleet).KillAsync();
                await Silo(fleet).StartAsync();
            }),

        new("silo drained", TimeSpan.FromSeconds(20), _ => 0,
            async fleet =>
            {
                await MustEndWellAsync(Silo(fleet));
                return 0;
            },
            fleet => Silo(fleet).StartAsync()),

        new("gateway killed", TimeSpan.FromSeconds(10), underWay => underWay,
            async fleet =>
            {
                var victim = fleet.Fronts[^1];
                var underWay = victim.UnderWay;
                await victim.KillAsync();
                return underWay;
            },
            fleet => fleet.Fronts[^1].StartAsync()),

        new("all restarted one by one", TimeSpan.FromSeconds(10), _ => 0,
            async fleet =>
            {
                foreach (var node in fleet.Nodes)
                {
                    await MustEndWellAsync(node);
                    await node.StartAsync();
                }

                return 0;
            },
            _ => Task.CompletedTask),

        new("database away for 60 s", TimeSpan.FromSeconds(15), _ => 0,
            async fleet =>
            {
                await fleet.Database.KillAsync();
                await Task.Delay(Outage);
                await fleet.Database.StartAsync();
                return 0;
            },
            _ => Task.CompletedTask),
    ];

    /// <summary>Where every process is both, a killed front is a killed silo.</summary>
    public bool FitsTo(ProcessFleet fleet) => Name != "gateway killed" || fleet.Nodes.Any(n => n.Role == "gateway");

    private static Node Silo(ProcessFleet fleet) => fleet.Nodes.Last(n => n.Role != "gateway");

    private static async Task MustEndWellAsync(Node node)
    {
        if (await node.TerminateAsync() is not 0 and var exit)
        {
            throw new InvalidOperationException($"{node.Name} ended with {exit}:\n{node.Log}");
        }
    }
}
