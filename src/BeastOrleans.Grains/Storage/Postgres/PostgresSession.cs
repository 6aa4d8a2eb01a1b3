using System.Data;
using System.Data.Common;
using System.Diagnostics;
using BeastOrleans.Grains.Storage.Sql;
using Npgsql;

namespace BeastOrleans.Grains.Storage.Postgres;

/// <summary>A session on PostgreSQL. Its connection is opened when first needed, and again after a failure.</summary>
internal sealed class PostgresSession(NpgsqlDataSource source) : SqlSession
{
    private NpgsqlConnection? _connection;
    private NpgsqlTransaction? _transaction;

    public override string ForUpdate => " FOR UPDATE";

    public override string IndexedBy(string index) => "";

    public NpgsqlConnection Connection => _connection ??= source.OpenConnection();

    public void Begin() => _transaction = Connection.BeginTransaction(IsolationLevel.ReadCommitted);

    /// <summary>Commits, or ends a snapshot.</summary>
    public void End()
    {
        if (_transaction is { } transaction)
        {
            _transaction = null;
            transaction.Commit();
            transaction.Dispose();
        }
    }

    public override void BeginSnapshot()
    {
        Debug.Assert(_transaction is null, "A snapshot is for work that only reads.");
        _transaction = Connection.BeginTransaction(IsolationLevel.RepeatableRead);
    }

    public override SqlRows Rows(string sql) => PostgresInserts.CanRun(sql) ? new PostgresInserts(Connection, sql) : new PostgresRows(Connection, sql);

    public override T?[] ReadEach<T>(string sql, IReadOnlyList<string> ids, Func<DbDataReader, T> read)
        where T : class
    {
        var found = new T?[ids.Count];
        if (ids.Count == 0)
        {
            return found;
        }

        using var batch = Connection.CreateBatch();
        foreach (var id in ids)
        {
            var command = new NpgsqlBatchCommand(sql);
            command.Parameters.AddWithValue("id", PostgresText.Storable(id));
            batch.BatchCommands.Add(command);
        }

        using var reader = batch.ExecuteReader();
        for (var i = 0; i < found.Length; i++)
        {
            found[i] = reader.Read() ? read(reader) : null;
            reader.NextResult();
        }

        return found;
    }

    public override void Lock(string sql, params ReadOnlySpan<(string Name, object? Value)> values) =>
        this.Prepare(sql, values).ExecuteNonQuery();

    /// <summary>After any error. Closing ends the transaction and whatever reader was left open; the pool mends or drops the rest.</summary>
    public void Reset()
    {
        DropStatements();
        var connection = _connection;
        (_connection, _transaction) = (null, null);
        try
        {
            connection?.Dispose();
        }
        catch (Exception exception) when (exception is NpgsqlException or InvalidOperationException)
        {
            // It is broken: the error that led here is the one the caller sees.
        }
    }

    public override void Dispose() => Reset();

    protected internal override object ToParameter(object value) => value is string text ? PostgresText.Storable(text) : value;

    public override DbCommand CreateCommand(string sql)
    {
        var command = Connection.CreateCommand();
#pragma warning disable CA2100 // The callers pass constants.
        command.CommandText = sql;
#pragma warning restore CA2100
        return command;
    }
}
