using System.Globalization;
using BeastOrleans.Survival.Fleet;
using BeastOrleans.Testing;

namespace BeastOrleans.Survival.Cluster;

/// <summary>What came of a strike.</summary>
/// <param name="UnderWay">Requests under way at fronts that it killed.</param>
/// <param name="Note">What it measured beside; null for nothing.</param>
/// <param name="IsBroken">What it measured was promised otherwise.</param>
internal readonly record struct Strike(int UnderWay, string? Note = null, bool IsBroken = false);

/// <summary>One thing that happens to a cluster under load.</summary>
/// <param name="AllowedErrors">What is promised at most; the argument says what was under way at a front that was killed.</param>
/// <param name="MendAsync">Brings the fleet back to what it was, after the watch.</param>
internal sealed record Scenario(string Name, TimeSpan Watch, Func<int, int> AllowedErrors, Func<ProcessFleet, Task<Strike>> StrikeAsync, Func<ProcessFleet, Task> MendAsync)
{
    private static readonly TimeSpan Freeze = TimeSpan.FromSeconds(20);

    private static readonly TimeSpan Outage = TimeSpan.FromSeconds(60);

    public static IReadOnlyList<Scenario> All { get; } =
    [
        new("silo killed", TimeSpan.FromSeconds(20), _ => 0,
            async fleet =>
            {
                await Silo(fleet).KillAsync();
                return default;
            },
            fleet => Silo(fleet).StartAsync()),

        new("silo frozen for 20 s", TimeSpan.FromSeconds(15), _ => 0,
            async fleet =>
            {
                await Silo(fleet).FreezeAsync();
                await Task.Delay(Freeze);
                await Silo(fleet).ThawAsync();
                return default;
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
                return default;
            },
            fleet => Silo(fleet).StartAsync()),

        new("gateway killed", TimeSpan.FromSeconds(10), underWay => underWay,
            async fleet =>
            {
                var victim = fleet.Fronts[^1];
                var (underWay, entered) = (victim.UnderWay, victim.Entered);
                await victim.KillAsync();

                // And those that came between the count and the kill.
                return new Strike(underWay + victim.Entered - entered);
            },
            fleet => fleet.Fronts[^1].StartAsync())
        { FitsTo = IsSplit },

        new("all restarted one by one", TimeSpan.FromSeconds(10), _ => 0,
            async fleet =>
            {
                foreach (var node in fleet.Nodes)
                {
                    await MustEndWellAsync(node);

                    // Onto this build, whichever it was.
                    node.Build = AppContext.BaseDirectory;
                    await node.StartAsync();
                }

                return default;
            },
            _ => Task.CompletedTask),

        new("database away for 60 s", TimeSpan.FromSeconds(15), _ => 0,
            async fleet =>
            {
                await fleet.Database.KillAsync();
                await Task.Delay(Outage);
                await fleet.Database.StartAsync();
                return default;
            },
            _ => Task.CompletedTask),

        new("a gateway cut off for 60 s", TimeSpan.FromSeconds(10), _ => 0, CutOffAsync, _ => Task.CompletedTask) { FitsTo = fleet => fleet.Partition is not null },

        new("a silo joins", TimeSpan.FromSeconds(5), _ => 0, JoinAsync, async fleet => await MustEndWellAsync(fleet.Spare!)) { FitsTo = IsSplit },
    ];

    /// <summary>Whether it can happen to this fleet.</summary>
    public Func<ProcessFleet, bool> FitsTo { get; private init; } = _ => true;

    // Where every process is both, a killed front is a killed silo.
    private static bool IsSplit(ProcessFleet fleet) => fleet.Spare is not null;

    // What changes meanwhile reaches the gateway when the network does.
    private static async Task<Strike> CutOffAsync(ProcessFleet fleet)
    {
        var cutOff = fleet.Fronts[0];
        await fleet.Partition!.CutAsync();
        await Task.Delay(Outage / 2);
        await fleet.Fronts[1].SendAsync(HttpMethod.Post, "/admin/v1/endpoints/custom:spare/circuit?tenant=acme", fleet.AdminKey, new { action = "isolate" });
        await Task.Delay(Outage / 2);
        await fleet.Partition.HealAsync();
        var healedAt = TimeProvider.System.GetTimestamp();
        string? seen = null;
        try
        {
            await Eventually.IsTrueAsync("the gateway knows what it missed", async () => (seen = await CircuitOfAsync(cutOff, fleet.ClientKey)) == "isolated");
        }
        catch (TimeoutException e)
        {
            throw new TimeoutException($"{e.Message} It says: {seen}\n{cutOff.Log}", e);
        }

        var took = TimeProvider.System.GetElapsedTime(healedAt);
        await fleet.Fronts[1].SendAsync(HttpMethod.Post, "/admin/v1/endpoints/custom:spare/circuit?tenant=acme", fleet.AdminKey, new { action = "reset" });
        return new Strike(0, string.Create(CultureInfo.InvariantCulture, $"knew of a change {took.TotalSeconds:0.0} s after healing"), took > TimeSpan.FromSeconds(5));
    }

    private static async Task<string?> CircuitOfAsync(Node front, string key)
    {
        try
        {
            var plan = await front.SendAsync(HttpMethod.Post, "/api/models/select", key, new { model = "custom:spare" }, "u1");
            return plan.GetProperty("plan")[0].GetProperty("circuit").GetString();
        }
        catch (InvalidOperationException e)
        {
            // Not connected again yet.
            return e.Message;
        }
    }

    // Users who were seen keep their grains where they are: its share is of those that come.
    private static async Task<Strike> JoinAsync(ProcessFleet fleet)
    {
        const int Newcomers = 200;
        var startedAt = TimeProvider.System.GetTimestamp();
        await fleet.Spare!.StartAsync();
        var ready = TimeProvider.System.GetElapsedTime(startedAt);
        var before = await fleet.Spare.ReadMetricAsync("orleans_catalog_activations");
        foreach (var newcomer in Enumerable.Range(0, Newcomers))
        {
            await fleet.Fronts[0].SendAsync(
                HttpMethod.Post, "/api/models/select", fleet.ClientKey, new { model = "custom:good" }, string.Create(CultureInfo.InvariantCulture, $"new{newcomer}"));
        }

        var gained = await fleet.Spare.ReadMetricAsync("orleans_catalog_activations") - before;
        var took = TimeProvider.System.GetElapsedTime(startedAt) - ready;
        return new Strike(
            0,
            string.Create(CultureInfo.InvariantCulture, $"ready {ready.TotalSeconds:0.0} s after its start; {gained:0} of {Newcomers} new users' grains on it {took.TotalSeconds:0.0} s later"),
            gained < Newcomers / 8 || took > TimeSpan.FromSeconds(15));
    }

    private static Node Silo(ProcessFleet fleet) => fleet.Nodes.Last(n => n.Role != "gateway");

    private static async Task MustEndWellAsync(Node node)
    {
        if (await node.TerminateAsync() is not 0 and var exit)
        {
            throw new InvalidOperationException($"{node.Name} ended with {exit}:\n{node.Log}");
        }
    }
}
