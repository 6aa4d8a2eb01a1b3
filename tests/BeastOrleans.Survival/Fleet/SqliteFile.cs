using System.Data.Common;
using Microsoft.Data.Sqlite;

namespace BeastOrleans.Survival.Fleet;

/// <summary>The embedded database of a single process: it dies and lives with it.</summary>
internal sealed class SqliteFile(string dataDirectory) : IDatabase
{
    public string[] Settings => [];

    public bool IsServer => false;

    public async Task<DbConnection> OpenAsync()
    {
        var source = new SqliteConnectionStringBuilder { DataSource = Path.Combine(dataDirectory, "beast.db"), Pooling = false };
        var connection = new SqliteConnection(source.ToString());
        await connection.OpenAsync();
        return connection;
    }

    public Task KillAsync() => throw new NotSupportedException("A file is no process.");

    public Task StartAsync() => Task.CompletedTask;

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
