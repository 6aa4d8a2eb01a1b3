using System.Globalization;
using BeastOrleans.Survival.Fleet;

namespace BeastOrleans.Survival.Ledger;

/// <summary>One ledger row, as far as the audit asks.</summary>
internal sealed record BookedRow(string AttemptId, string RequestId, int Attempt, int Outcome, long In, long Out, int Source, long CostNano, string? Tag, string? Error, string User, int Kind, bool HasSummary)
{
    public bool IsUnknown => Kind == 1;

    public bool IsOk => Outcome == 0;
}

/// <summary>A budget and the sum of its windows.</summary>
internal sealed record BookedBudget(string Scope, long LimitNano, long PostedNano, long LeasedNano);

/// <summary>The ledger of a fleet that has stopped, and the upstream's own truth.</summary>
internal sealed class Books
{
    private Books(IReadOnlyList<BookedRow> rows, (long Attempts, long CostNano) rollups, IReadOnlyDictionary<int, (long In, long Out)> truth)
    {
        Rows = rows;
        Rollups = rollups;
        Truth = truth;
    }

    public IReadOnlyList<BookedRow> Rows { get; }

    public (long Attempts, long CostNano) Rollups { get; }

    /// <summary>By request number; what the upstream answered, whether or not anybody heard it.</summary>
    public IReadOnlyDictionary<int, (long In, long Out)> Truth { get; }

    /// <summary>By scope; what was posted and what is still lent, summed over windows, and the limit.</summary>
    public required IReadOnlyList<BookedBudget> Budgets { get; init; }

    public static async Task<Books> ReadAsync(IDatabase database, string truthFile)
    {
        await using var connection = await database.OpenAsync();
        var rows = new List<BookedRow>();
        await using (var command = connection.CreateCommand())
        {
            command.CommandText = "SELECT attempt_id, request_id, attempt_number, outcome, tokens_in, tokens_out, usage_source, cost_nano, tags, error, user_id, kind, CASE WHEN requested IS NULL THEN 0 ELSE 1 END FROM ledger";
            await using var reader = await command.ExecuteReaderAsync();
            while (await reader.ReadAsync())
            {
                rows.Add(new BookedRow(
                    reader.GetString(0), reader.GetString(1), Int(2), Int(3), reader.GetInt64(4), reader.GetInt64(5), Int(6), reader.GetInt64(7),
                    reader.IsDBNull(8) ? null : reader.GetString(8).Trim('[', ']', '"'), reader.IsDBNull(9) ? null : reader.GetString(9), reader.GetString(10), Int(11), Int(12) == 1));
            }

            // Small integers have types of their own in PostgreSQL.
            int Int(int column) => Convert.ToInt32(reader.GetValue(column), CultureInfo.InvariantCulture);
        }

        var budgets = new List<BookedBudget>();
        await using (var command = connection.CreateCommand())
        {
            command.CommandText = "SELECT b.scope, b.limit_nano, w.posted_nano, w.leased_nano FROM budgets b JOIN budget_windows w ON w.scope = b.scope";
            await using var reader = await command.ExecuteReaderAsync();
            while (await reader.ReadAsync())
            {
                budgets.Add(new BookedBudget(reader.GetString(0), reader.GetInt64(1), reader.GetInt64(2), reader.GetInt64(3)));
            }
        }

        await using var sums = connection.CreateCommand();
        sums.CommandText = "SELECT CAST(COALESCE(SUM(attempts), 0) AS BIGINT), CAST(COALESCE(SUM(cost_nano), 0) AS BIGINT) FROM usage_rollup";
        await using var sum = await sums.ExecuteReaderAsync();
        await sum.ReadAsync();
        var truth = new Dictionary<int, (long, long)>();
        foreach (var line in File.ReadLines(truthFile).Select(l => l.Split(' ')))
        {
            truth[int.Parse(line[0].AsSpan(1), CultureInfo.InvariantCulture)] = (long.Parse(line[1], CultureInfo.InvariantCulture), long.Parse(line[2], CultureInfo.InvariantCulture));
        }

        return new Books(rows, (sum.GetInt64(0), sum.GetInt64(1)), truth) { Budgets = budgets };
    }
}
