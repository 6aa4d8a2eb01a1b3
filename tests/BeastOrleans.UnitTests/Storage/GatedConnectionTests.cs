using System.Data;
using BeastOrleans.Grains.Storage.Sqlite;
using BeastOrleans.Grains.Storage.Sqlite.Gate;
using Microsoft.Data.Sqlite;
using Xunit;

namespace BeastOrleans.UnitTests.Storage;

public sealed class GatedConnectionTests : IAsyncLifetime, IDisposable
{
    private readonly TempDirectory _directory = new();
    private SqliteDatabase _database = null!;

    public async Task InitializeAsync()
    {
        _database = SqliteDatabase.Open(new SqliteDatabaseOptions { DataDirectory = _directory.Path });
        await _database.WriteAsync(session => session.Prepare("CREATE TABLE T (Id INTEGER PRIMARY KEY, Name TEXT)").ExecuteNonQuery());
    }

    public async Task DisposeAsync()
    {
        await _database.DisposeAsync();
    }

    public void Dispose()
    {
        _directory.Dispose();
    }

    [Fact]
    public async Task ExecuteReaderAsync_WriteThenRead_ReturnsTheRows()
    {
        Assert.Equal([1L, "a"], await QueryAsync("INSERT INTO T VALUES (@Id, @Name) RETURNING Id, Name", ("Id", 1), ("Name", "a")));
        Assert.Equal([1L, "a"], await QueryAsync("SELECT Id, Name FROM T WHERE Id = @Id", ("Id", 1)));
        Assert.Empty(await QueryAsync("SELECT Id, Name FROM T WHERE Id = @Id", ("Id", 2)));
    }

    [Fact]
    public async Task ExecuteReaderAsync_SeveralStatements_ReturnsEveryResult()
    {
        var values = await QueryAsync("INSERT INTO T VALUES (1, 'a') RETURNING Id; UPDATE T SET Name = 'b' RETURNING Name; SELECT 3");

        Assert.Equal([1L, "b", 3L], values);
    }

    [Fact]
    public async Task ExecuteReaderAsync_SecondStatementFails_UndoesTheFirst()
    {
        await Assert.ThrowsAsync<SqliteException>(() => QueryAsync("INSERT INTO T VALUES (1, 'a'); INSERT INTO T VALUES (1, 'again')"));

        Assert.Empty(await QueryAsync("SELECT Id FROM T"));
    }

    [Fact]
    public async Task ExecuteReaderAsync_TooManyRows_IsRefused()
    {
        var exception = await Assert.ThrowsAsync<InvalidOperationException>(() => QueryAsync(
            $"SELECT * FROM (WITH RECURSIVE N(I) AS (SELECT 1 UNION ALL SELECT I + 1 FROM N LIMIT {RowBuffer.MaxRows + 1}) SELECT I FROM N)"));

        Assert.Contains("more than", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Connection_WaysAroundTheGate_AreRefused()
    {
        await using var connection = await new GatedSqliteDataSource(_database).OpenConnectionAsync();
        Assert.Equal(ConnectionState.Open, connection.State);
        await using var command = connection.CreateCommand();
        command.CommandText = "SELECT 1";

        Assert.Throws<NotSupportedException>(() => ((SqliteConnection)connection).CreateCommand());
        Assert.Throws<NotSupportedException>(() => connection.BeginTransaction());
        Assert.Throws<NotSupportedException>(() => command.ExecuteReader());
        Assert.Throws<NotSupportedException>(() => command.ExecuteScalar());
        Assert.Throws<NotSupportedException>(() => command.ExecuteNonQuery());
        Assert.Equal(1L, await command.ExecuteScalarAsync());
    }

    private async Task<List<object>> QueryAsync(string sql, params (string Name, object Value)[] parameters)
    {
        await using var connection = await new GatedSqliteDataSource(_database).OpenConnectionAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        foreach (var (name, value) in parameters)
        {
            var parameter = command.CreateParameter();
            parameter.ParameterName = name;
            parameter.Value = value;
            command.Parameters.Add(parameter);
        }

        var values = new List<object>();
        await using var reader = await command.ExecuteReaderAsync();
        do
        {
            while (await reader.ReadAsync())
            {
                for (var i = 0; i < reader.FieldCount; i++)
                {
                    values.Add(reader.GetValue(i));
                }
            }
        }
        while (await reader.NextResultAsync());

        return values;
    }
}
