using System.Globalization;
using BeastOrleans.Grains.Storage;
using Microsoft.Data.Sqlite;

namespace BeastOrleans.Grains.Usage.Sqlite;

/// <summary>
/// Sets the parameters <c>$p1, $p2, ...</c> of a prepared statement in order. They are made the first time and stay with the
/// statement: a batch only sets values.
/// </summary>
internal sealed class RowBinder(SqliteSession session, string sql)
{
    private readonly SqliteCommand _command = session.Prepare(sql);
    private int _next;

    /// <summary>Starts the next row.</summary>
    public RowBinder Row()
    {
        _next = 0;
        return this;
    }

    public RowBinder Text(string? value) => Set(value);

    public RowBinder Number(long value) => Set(value);

    public RowBinder Number(long? value) => Set(value);

    public RowBinder Flag(bool value) => Set(value ? 1L : 0L);

    public RowBinder Flag(bool? value) => Set(value is { } flag ? flag ? 1L : 0L : null);

    public void Execute() => _command.ExecuteNonQuery();

    /// <summary>Whether a <c>RETURNING</c> statement returned a row.</summary>
    public bool ExecuteReturnsRow()
    {
        using var reader = _command.ExecuteReader();
        return reader.Read();
    }

    private RowBinder Set(object? value)
    {
        var parameters = _command.Parameters;
        if (_next == parameters.Count)
        {
            parameters.Add(new SqliteParameter("$p" + (_next + 1).ToString(CultureInfo.InvariantCulture), null));
        }

        parameters[_next++].Value = value ?? DBNull.Value;
        return this;
    }
}
