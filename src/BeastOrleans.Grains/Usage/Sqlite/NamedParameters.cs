using BeastOrleans.Grains.Storage;
using Microsoft.Data.Sqlite;

namespace BeastOrleans.Grains.Usage.Sqlite;

/// <summary>Prepared statements with a few named parameters, for the reads and the registry.</summary>
internal static class NamedParameters
{
    /// <summary>The prepared statement with these values set; every call of one text passes the same names in the same order.</summary>
    public static SqliteCommand Prepare(this SqliteSession session, string sql, params ReadOnlySpan<(string Name, object? Value)> values)
    {
        var command = session.Prepare(sql);
        for (var i = 0; i < values.Length; i++)
        {
            if (i == command.Parameters.Count)
            {
                command.Parameters.Add(new SqliteParameter(values[i].Name, null));
            }

            command.Parameters[i].Value = values[i].Value ?? DBNull.Value;
        }

        return command;
    }

    public static List<T> ReadAll<T>(this SqliteCommand command, Func<SqliteDataReader, T> read)
    {
        using var reader = command.ExecuteReader();
        var rows = new List<T>();
        while (reader.Read())
        {
            rows.Add(read(reader));
        }

        return rows;
    }
}
