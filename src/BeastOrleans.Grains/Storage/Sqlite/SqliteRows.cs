using BeastOrleans.Grains.Storage.Sql;

namespace BeastOrleans.Grains.Storage.Sqlite;

/// <summary>Writes each row as it is added.</summary>
internal sealed class SqliteRows(SqliteStatement statement) : SqlRows
{
    private List<bool> _returned = [];
    private int _position;

    public override SqlRows Text(string? value)
    {
        statement.Bind(++_position, value);
        return this;
    }

    public override SqlRows Number(long? value)
    {
        statement.Bind(++_position, value);
        return this;
    }

    public override void Add()
    {
        _returned.Add(statement.Execute());
        _position = 0;
    }

    public override IReadOnlyList<bool> Run()
    {
        var returned = _returned;
        _returned = [];
        return returned;
    }
}
