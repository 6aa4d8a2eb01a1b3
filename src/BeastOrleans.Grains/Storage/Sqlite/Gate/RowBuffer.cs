using System.Data;
using System.Data.Common;

namespace BeastOrleans.Grains.Storage.Sqlite.Gate;

/// <summary>All rows of a command, read on the database thread so that no open statement leaves it.</summary>
internal sealed class RowBuffer
{
    /// <summary>The provider reads one row, or the four of its own queries; more is a mistake, not a report.</summary>
    public const int MaxRows = 1_000;

    private readonly DataTable[] _results;

    private RowBuffer(DataTable[] results, int recordsAffected)
    {
        _results = results;
        RecordsAffected = recordsAffected;
    }

    public int RecordsAffected { get; }

    public object? Scalar => _results.FirstOrDefault(result => result.Rows.Count > 0)?.Rows[0][0];

    public static RowBuffer Read(DbDataReader reader)
    {
        var results = new List<DataTable>();
        var rows = 0;
        do
        {
            if (reader.FieldCount == 0)
            {
                continue;
            }

            var table = new DataTable();
            for (var i = 0; i < reader.FieldCount; i++)
            {
                table.Columns.Add(reader.GetName(i), typeof(object));
            }

            while (reader.Read())
            {
                if (++rows > MaxRows)
                {
                    throw new InvalidOperationException($"A gated command returned more than {MaxRows} rows.");
                }

                var values = new object[reader.FieldCount];
                reader.GetValues(values);
                table.Rows.Add(values);
            }

            results.Add(table);
        }
        while (reader.NextResult());

        return new RowBuffer([.. results], reader.RecordsAffected);
    }

    public DbDataReader CreateReader()
    {
        return new DataTableReader(_results.Length == 0 ? [new DataTable()] : _results);
    }
}
