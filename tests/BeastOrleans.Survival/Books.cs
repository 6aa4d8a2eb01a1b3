using System.Globalization;
using Microsoft.Data.Sqlite;

namespace BeastOrleans.Survival;

/// <summary>One ledger row, as far as the audit asks.</summary>
internal sealed record BookedRow(string AttemptId, string RequestId, int Attempt, int Outcome, long In, long Out, int Source, long CostNano, string? Tag, string? Error)
{
    public bool IsUnknown => Error is not null && Error.StartsWith("The gateway was killed", StringComparison.Ordinal);

    public bool IsOk => Outcome == 0;
}

/// <summary>The ledger of a gateway that has stopped, and the upstream's own truth.</summary>
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

    public static Books Read(string database, string truthFile)
    {
        var source = new SqliteConnectionStringBuilder { DataSource = database, Pooling = false };
        using var connection = new SqliteConnection(source.ToString());
        connection.Open();
        var rows = new List<BookedRow>();
        using (var command = connection.CreateCommand())
        {
            command.CommandText = "SELECT attempt_id, request_id, attempt_number, outcome, tokens_in, tokens_out, usage_source, cost_nano, tags, error FROM ledger";
            using var reader = command.ExecuteReader();
            while (reader.Read())
            {
                rows.Add(new BookedRow(
                    reader.GetString(0), reader.GetString(1), reader.GetInt32(2), reader.GetInt32(3), reader.GetInt64(4), reader.GetInt64(5), reader.GetInt32(6), reader.GetInt64(7),
                    reader.IsDBNull(8) ? null : reader.GetString(8).Trim('[', ']', '"'), reader.IsDBNull(9) ? null : reader.GetString(9)));
            }
        }

        using var sums = connection.CreateCommand();
        sums.CommandText = "SELECT COALESCE(SUM(attempts), 0), COALESCE(SUM(cost_nano), 0) FROM usage_rollup";
        using var sum = sums.ExecuteReader();
        sum.Read();
        var truth = new Dictionary<int, (long, long)>();
        foreach (var line in File.ReadLines(truthFile).Select(l => l.Split(' ')))
        {
            truth[int.Parse(line[0].AsSpan(1), CultureInfo.InvariantCulture)] = (long.Parse(line[1], CultureInfo.InvariantCulture), long.Parse(line[2], CultureInfo.InvariantCulture));
        }

        return new Books(rows, (sum.GetInt64(0), sum.GetInt64(1)), truth);
    }
}
