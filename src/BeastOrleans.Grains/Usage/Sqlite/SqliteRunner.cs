using System.Data.Common;
using BeastOrleans.Grains.Storage;
using BeastOrleans.Grains.Usage.Reports;
using Microsoft.Data.Sqlite;

namespace BeastOrleans.Grains.Usage.Sqlite;

/// <summary>Statements of reports on this process's SQLite file. They are many and rare, so none is kept prepared.</summary>
internal sealed class SqliteRunner(SqliteDatabase database) : ISqlRunner
{
    public Task<List<T>> QueryAsync<T>(SqlText text, Func<DbDataReader, T> read, CancellationToken cancellationToken)
    {
        return database.ReadAsync(
            session =>
            {
                using var command = Command(session, text);
                using var reader = command.ExecuteReader();
                var rows = new List<T>();
                while (reader.Read())
                {
                    rows.Add(read(reader));
                }

                return rows;
            },
            cancellationToken);
    }

    public Task<int> ExecuteAsync(IReadOnlyList<SqlText> texts, CancellationToken cancellationToken)
    {
        return database.WriteAsync(
            session =>
            {
                var changed = 0;
                foreach (var text in texts)
                {
                    using var command = Command(session, text);
                    changed = command.ExecuteNonQuery();
                }

                return changed;
            },
            groupable: false,
            cancellationToken);
    }

    private static SqliteCommand Command(SqliteSession session, SqlText text)
    {
        var command = session.Connection.CreateCommand();
#pragma warning disable CA2100 // Made of constants: what a caller says is in the parameters.
        command.CommandText = text.Sql;
#pragma warning restore CA2100
        foreach (var (name, value) in text.Parameters)
        {
            command.Parameters.AddWithValue(name, value);
        }

        return command;
    }
}
