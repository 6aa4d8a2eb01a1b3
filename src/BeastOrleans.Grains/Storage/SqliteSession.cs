using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace BeastOrleans.Grains.Storage;

/// <summary>
/// One thread's connection with its prepared statements. A job may use <see cref="Connection"/> as it likes (Dapper too):
/// transactions are raw SQL, so commands need no <c>Transaction</c> property. A job begins and ends none itself.
/// </summary>
internal sealed class SqliteSession(Func<SqliteConnection> open) : IDisposable
{
    // The product has a few dozen statements; past this something builds SQL texts from values.
    private const int MaxStatements = 256;

    private readonly Dictionary<string, SqliteCommand> _statements = new(StringComparer.Ordinal);
    private readonly Dictionary<string, SqliteStatement> _positional = new(StringComparer.Ordinal);
    private SqliteConnection? _connection;

    public SqliteConnection Connection => _connection ??= open();

    public bool InTransaction => _connection is { Handle: { } handle } && raw.sqlite3_get_autocommit(handle) == 0;

    /// <summary>
    /// The statement, prepared once per connection; its parameters stay from call to call, so a batch adds them once and then
    /// only sets values. The session owns it: do not dispose it, but do dispose its readers.
    /// </summary>
    public SqliteCommand Prepare(string sql)
    {
        if (_statements.TryGetValue(sql, out var command))
        {
            return command;
        }

        if (_statements.Count >= MaxStatements)
        {
            throw new InvalidOperationException($"More than {MaxStatements} different statements: pass values as parameters, not in the text.");
        }

        command = Connection.CreateCommand();
#pragma warning disable CA2100 // The callers pass constants and the texts of OrleansQuery.
        command.CommandText = sql;
#pragma warning restore CA2100
        _statements.Add(sql, command);
        return command;
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

    public void Dispose()
    {
        DropStatements();
        Close();
    }

    private void Close()
    {
        _statements.Clear();
        DropPositional();
        _connection?.Dispose();
        _connection = null;
    }

    private void DropStatements()
    {
        foreach (var command in _statements.Values)
        {
            command.Dispose();
        }

        _statements.Clear();
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
