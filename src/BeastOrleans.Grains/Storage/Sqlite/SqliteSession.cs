using System.Data.Common;
using BeastOrleans.Grains.Storage.Sql;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace BeastOrleans.Grains.Storage.Sqlite;

/// <summary>
/// A session on the SQLite file. A job may use <see cref="Connection"/> as it likes (Dapper too): transactions are raw SQL, so
/// commands need no <c>Transaction</c> property.
/// </summary>
internal sealed class SqliteSession(Func<SqliteConnection> open) : SqlSession
{
    private readonly Dictionary<string, SqliteStatement> _positional = new(StringComparer.Ordinal);
    private SqliteConnection? _connection;

    public SqliteConnection Connection => _connection ??= open();

    public bool InTransaction => _connection is { Handle: { } handle } && raw.sqlite3_get_autocommit(handle) == 0;

    /// <summary>There is one writer at a time.</summary>
    public override string ForUpdate => "";

    public override string IndexedBy(string index) => " INDEXED BY " + index;

    public override SqlRows Rows(string sql) => new SqliteRows(PrepareStatement(sql));

    public override T?[] ReadEach<T>(string sql, IReadOnlyList<string> ids, Func<DbDataReader, T> read)
        where T : class
    {
        var found = new T?[ids.Count];
        for (var i = 0; i < found.Length; i++)
        {
            using var row = this.Prepare(sql, ("@id", ids[i])).ExecuteReader();
            found[i] = row.Read() ? read(row) : null;
        }

        return found;
    }

    public override void BeginSnapshot() => Prepare("BEGIN").ExecuteNonQuery();

    public override void Lock(string sql, params ReadOnlySpan<(string Name, object? Value)> values)
    {
        // The writer's transaction keeps everybody else out.
    }

    /// <summary>The same for a statement bound by position. The session owns it.</summary>
    public SqliteStatement PrepareStatement(string sql)
    {
        if (!_positional.TryGetValue(sql, out var statement))
        {
            _positional.Add(sql, statement = new SqliteStatement(Connection, sql));
        }

        return statement;
    }

    /// <summary>Takes the write lock at once: a deferred transaction that upgrades later can fail with SQLITE_BUSY at any statement.</summary>
    public void Begin()
    {
        Prepare("BEGIN IMMEDIATE").ExecuteNonQuery();
    }

    public void Commit()
    {
        Prepare("COMMIT").ExecuteNonQuery();
    }

    public void Savepoint()
    {
        Prepare("SAVEPOINT job").ExecuteNonQuery();
    }

    public void Release()
    {
        Prepare("RELEASE job").ExecuteNonQuery();
    }

    /// <summary>Undoes one job of a group. The statements go too: the failed job may have left a reader open on one.</summary>
    public void RollbackToSavepoint()
    {
        DropStatements();
        Prepare("ROLLBACK TO job").ExecuteNonQuery();
        Release();
    }

    /// <summary>
    /// After any error: leaves no transaction and no half-read statement behind. Where even that fails the connection is
    /// closed, which ends its transaction, and the next job opens another.
    /// </summary>
    public void Reset()
    {
        try
        {
            DropStatements();
            if (InTransaction)
            {
                Prepare("ROLLBACK").ExecuteNonQuery();
            }
        }
        catch (Exception)
        {
            // The error that led here is the one the caller sees.
            Close();
        }
    }

    public override void Dispose()
    {
        DropStatements();
        Close();
    }

    private void Close()
    {
        DropStatements();
        _connection?.Dispose();
        _connection = null;
    }

    public override DbCommand CreateCommand(string sql)
    {
        var command = Connection.CreateCommand();
#pragma warning disable CA2100 // The callers pass constants and the texts of OrleansQuery.
        command.CommandText = sql;
#pragma warning restore CA2100
        return command;
    }

    protected override void DropStatements()
    {
        base.DropStatements();
        DropPositional();
    }

    private void DropPositional()
    {
        foreach (var statement in _positional.Values)
        {
            statement.Dispose();
        }

        _positional.Clear();
    }
}
