using System.Data.Common;
using BeastOrleans.Survival.Fleet;

namespace BeastOrleans.Survival.Cluster;

/// <summary>Looks up in the ledger what clients were answered.</summary>
internal static class LedgerCheck
{
    // What a killed gateway had begun is shipped by its next start, which may not have happened yet; answers that clients have
    // whole were settled, and the others ship theirs within a second.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);

    public static async Task<(int Missing, int Twice)> OfAsync(ProcessFleet fleet, IReadOnlyCollection<Asked> asked)
    {
        var dead = fleet.Fronts.Where(f => !f.IsUp).Select(f => f.Name).ToHashSet();
        var wanted = asked.Where(a => a is { Problem: null, RequestId: not null } && !dead.Contains(a.Front)).Select(a => a.RequestId!).ToHashSet();
        var startedAt = TimeProvider.System.GetTimestamp();
        while (true)
        {
            await using var connection = await fleet.Database.OpenAsync();
            var booked = await ReadAsync(connection);
            var missing = wanted.Count(id => !booked.ContainsKey(id));
            if (missing == 0 || TimeProvider.System.GetElapsedTime(startedAt) > Patience)
            {
                return (missing, wanted.Count(id => booked.GetValueOrDefault(id) > 1));
            }

            await Task.Delay(Pause);
        }
    }

    private static async Task<Dictionary<string, int>> ReadAsync(DbConnection connection)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = "SELECT request_id, CAST(COUNT(*) AS INTEGER) FROM ledger WHERE requested IS NOT NULL GROUP BY request_id";
        await using var reader = await command.ExecuteReaderAsync();
        var booked = new Dictionary<string, int>();
        while (await reader.ReadAsync())
        {
            booked[reader.GetString(0)] = reader.GetInt32(1);
        }

        return booked;
    }
}
