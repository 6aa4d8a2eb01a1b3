using BeastOrleans.Grains.Storage;

namespace BeastOrleans.Grains.Usage.Sqlite;

/// <summary>Sets the parameters <c>$p1, $p2, ...</c> of a prepared statement in order, row after row.</summary>
internal sealed class RowBinder(SqliteSession session, string sql)
{
    private readonly SqliteStatement _statement = session.PrepareStatement(sql);
    private int _position;

    /// <summary>Starts the next row.</summary>
    public RowBinder Row()
    {
        _position = 0;
        return this;
    }

    public RowBinder Text(string? value)
    {
        _statement.Bind(++_position, value);
        return this;
    }

    public RowBinder Number(long? value)
    {
        _statement.Bind(++_position, value);
        return this;
    }

    public RowBinder Flag(bool? value) => Number(value is { } flag ? flag ? 1L : 0L : null);

    public void Execute() => _statement.Execute();

    /// <summary>Whether a <c>RETURNING</c> statement returned a row.</summary>
    public bool ExecuteReturnsRow() => _statement.Execute();
}
