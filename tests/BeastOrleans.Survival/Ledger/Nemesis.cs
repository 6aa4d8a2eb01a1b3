using System.Globalization;
using BeastOrleans.Survival.Fleet;

namespace BeastOrleans.Survival.Ledger;

/// <summary>Kills one process of the fleet at a time and starts it again: every sixth time the database, where that is one.</summary>
internal sealed class Nemesis(ProcessFleet fleet)
{
    private const int DatabaseEvery = 6;

    private readonly Dictionary<string, int> _kills = [];

    public int Kills => _kills.Values.Sum();

    /// <summary>Requests under way at the fronts that were killed, when they were.</summary>
    public int UnderWayAtKills { get; private set; }

    public async Task StrikeAsync()
    {
        if (fleet.Database.IsServer && Kills % DatabaseEvery == DatabaseEvery - 1)
        {
            Count("database");
            await fleet.Database.KillAsync();
            await fleet.Database.StartAsync();
            return;
        }

        var victim = fleet.Nodes[Random.Shared.Next(fleet.Nodes.Count)];
        Count(victim.Role);
        UnderWayAtKills += victim.UnderWay;
        await victim.KillAsync();
        await victim.StartAsync();
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"{Kills} kills ({string.Join(", ", _kills.OrderBy(k => k.Key, StringComparer.Ordinal).Select(k => string.Create(CultureInfo.InvariantCulture, $"{k.Value} of {k.Key}")))}) with {UnderWayAtKills} under way");

    private void Count(string what) => _kills[what] = _kills.GetValueOrDefault(what) + 1;
}
