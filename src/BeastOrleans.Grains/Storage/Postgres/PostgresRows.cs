using BeastOrleans.Grains.Storage.Sql;
using Npgsql;
using NpgsqlTypes;

namespace BeastOrleans.Grains.Storage.Postgres;

/// <summary>Gathers the rows and writes them in one round trip, a statement for each.</summary>
internal sealed class PostgresRows(NpgsqlConnection connection, string sql) : SqlRows
{
    private NpgsqlBatch? _batch;
    private NpgsqlBatchCommand? _row;

    public override SqlRows Text(string? value)
    {
        Row.Parameters.Add(value is null
            ? new NpgsqlParameter { NpgsqlDbType = NpgsqlDbType.Text, Value = DBNull.Value }
            : new NpgsqlParameter<string> { NpgsqlDbType = NpgsqlDbType.Text, TypedValue = PostgresText.Storable(value) });
        return this;
    }

    public override SqlRows Number(long? value)
    {
        Row.Parameters.Add(value is { } number
            ? new NpgsqlParameter<long> { NpgsqlDbType = NpgsqlDbType.Bigint, TypedValue = number }
            : new NpgsqlParameter { NpgsqlDbType = NpgsqlDbType.Bigint, Value = DBNull.Value });
        return this;
    }

    public override void Add()
    {
        _batch ??= connection.CreateBatch();
        _batch.BatchCommands.Add(Row);
        _row = null;
    }

    public override IReadOnlyList<bool> Run()
    {
        if (_batch is null)
        {
            return [];
        }

        using var batch = _batch;
        _batch = null;
        batch.ExecuteNonQuery();

        // What a statement returned it has written: a row that was there already is neither.
        var written = new bool[batch.BatchCommands.Count];
        for (var i = 0; i < written.Length; i++)
        {
            written[i] = batch.BatchCommands[i].RecordsAffected > 0;
        }

        return written;
    }

    private NpgsqlBatchCommand Row => _row ??= new NpgsqlBatchCommand(sql);
}
