using System.Collections.Concurrent;
using BeastOrleans.Grains.Storage.Sql;
using Npgsql;
using NpgsqlTypes;

namespace BeastOrleans.Grains.Storage.Postgres;

/// <summary>
/// Gathers the rows by column and inserts them with one statement, <c>VALUES ($1, ...)</c> read as <c>SELECT * FROM unnest($1, ...)</c>:
/// a fifth of the time of a statement for each. Rows are inserted in their order, so locks are taken in it, too.
/// </summary>
/// <param name="sql">What it returns, if anything, is its first column, which tells the rows apart.</param>
internal sealed class PostgresInserts(NpgsqlConnection connection, string sql) : SqlRows
{
    private const string Values = " VALUES (";

    private static readonly ConcurrentDictionary<string, string> Statements = new(StringComparer.Ordinal);

    private readonly List<Column> _columns = [];
    private int _position;
    private int _count;

    public static bool CanRun(string sql) => sql.StartsWith("INSERT INTO ", StringComparison.Ordinal);

    public override SqlRows Text(string? value)
    {
        Next().Texts.Add(value is null ? null : PostgresText.Storable(value));
        return this;
    }

    public override SqlRows Number(long? value)
    {
        Next().Numbers.Add(value);
        return this;
    }

    public override void Add()
    {
        _position = 0;
        _count++;
    }

    public override IReadOnlyList<bool> Run()
    {
        if (_count == 0)
        {
            return [];
        }

        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // Made from a constant.
        command.CommandText = Statements.GetOrAdd(sql, Unnested);
#pragma warning restore CA2100
        foreach (var column in _columns)
        {
            command.Parameters.Add(column.ToParameter());
        }

        var returned = new HashSet<string>(StringComparer.Ordinal);
        using (var reader = command.ExecuteReader())
        {
            while (reader.Read())
            {
                returned.Add(reader.GetString(0));
            }
        }

        var written = new bool[_count];
        if (returned.Count > 0)
        {
            var keys = _columns[0].Texts;
            for (var i = 0; i < written.Length; i++)
            {
                // Of two with one key the first was written.
                written[i] = returned.Remove(keys[i]!);
            }
        }

        _columns.Clear();
        _count = 0;
        return written;
    }

    private static string Unnested(string insert)
    {
        var from = insert.IndexOf(Values, StringComparison.Ordinal);
        var to = insert.IndexOf(')', from + Values.Length);
        return $"{insert[..from]} SELECT * FROM unnest({insert[(from + Values.Length)..to]}){insert[(to + 1)..]}";
    }

    private Column Next()
    {
        if (_position == _columns.Count)
        {
            _columns.Add(new Column());
        }

        return _columns[_position++];
    }

    /// <summary>Of texts or of numbers.</summary>
    private sealed class Column
    {
        public List<string?> Texts { get; } = [];

        public List<long?> Numbers { get; } = [];

        public NpgsqlParameter ToParameter() => Texts.Count > 0
            ? new NpgsqlParameter<string?[]> { NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text, TypedValue = [.. Texts] }
            : new NpgsqlParameter<long?[]> { NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bigint, TypedValue = [.. Numbers] };
    }
}
