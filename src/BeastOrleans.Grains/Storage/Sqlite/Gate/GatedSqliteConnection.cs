using System.Data;
using System.Data.Common;
using Microsoft.Data.Sqlite;

namespace BeastOrleans.Grains.Storage.Sqlite.Gate;

/// <summary>
/// A connection in name: opening it opens nothing. It is a <see cref="SqliteConnection"/> only because Orleans refuses a data
/// source whose connections are not of the type its invariant name stands for.
/// </summary>
internal sealed class GatedSqliteConnection(SqliteDatabase database) : SqliteConnection
{
    private ConnectionState _state = ConnectionState.Closed;

    public override ConnectionState State => _state;

    public override void Open()
    {
        _state = ConnectionState.Open;
    }

    public override Task OpenAsync(CancellationToken cancellationToken)
    {
        Open();
        return Task.CompletedTask;
    }

    public override void Close()
    {
        _state = ConnectionState.Closed;
    }

    // The typed command would run on the caller's thread.
    public override SqliteCommand CreateCommand()
    {
        throw new NotSupportedException("Commands of a gated connection run on the database threads: create them through DbConnection.");
    }

    protected override DbCommand CreateDbCommand()
    {
        return new GatedCommand(database);
    }

    protected override DbTransaction BeginDbTransaction(IsolationLevel isolationLevel)
    {
        throw new NotSupportedException("Each command of a gated connection is a transaction of its own.");
    }
}
