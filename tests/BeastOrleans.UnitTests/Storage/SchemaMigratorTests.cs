using BeastOrleans.Grains.Storage;
using Microsoft.Data.Sqlite;
using Xunit;

namespace BeastOrleans.UnitTests.Storage;

public sealed class SchemaMigratorTests : IDisposable
{
    private static readonly SchemaScript First = new(1, "001_a", "CREATE TABLE A (Id INTEGER); INSERT INTO A VALUES (1);");
    private static readonly SchemaScript Second = new(2, "002_b", "CREATE TABLE B (Id INTEGER);");

    private readonly SqliteSession _session = new(() =>
    {
        var connection = new SqliteConnection("Data Source=:memory:");
        connection.Open();
        return connection;
    });

    public void Dispose()
    {
        _session.Dispose();
    }

    [Fact]
    public void Migrate_Twice_AppliesEachScriptOnce()
    {
        Assert.Equal(1, SchemaMigrator.Migrate(_session, [First], "test"));
        Assert.Equal(1, SchemaMigrator.Migrate(_session, [First, Second], "test"));
        Assert.Equal(0, SchemaMigrator.Migrate(_session, [First, Second], "test"));

        Assert.Equal(2L, _session.Prepare("SELECT MAX(Version) FROM BeastSchema").ExecuteScalar());
        Assert.Equal(1L, _session.Prepare("SELECT COUNT(*) FROM A").ExecuteScalar());
    }

    [Fact]
    public void Migrate_ScriptFails_LeavesNothingBehind()
    {
        var broken = Second with { Sql = "CREATE TABLE B (Id INTEGER); INSERT INTO Missing VALUES (1);" };

        Assert.Throws<SqliteException>(() => SchemaMigrator.Migrate(_session, [First, broken], "test"));

        Assert.False(_session.InTransaction);
        Assert.Equal(0L, _session.Prepare("SELECT COUNT(*) FROM sqlite_schema").ExecuteScalar());
    }

    [Fact]
    public void Migrate_NewerDatabase_IsRefused()
    {
        SchemaMigrator.Migrate(_session, [First, Second], "test");

        var exception = Assert.Throws<StorageUnavailableException>(() => SchemaMigrator.Migrate(_session, [First], "data/beast.db"));

        Assert.Contains("'data/beast.db' has schema version 2, newer than the 1", exception.Message, StringComparison.Ordinal);
        Assert.False(_session.InTransaction);
    }

    [Fact]
    public void Scripts_Embedded_MayBeRunTwice()
    {
        Assert.NotEmpty(SchemaScripts.Sqlite);
        foreach (var script in SchemaScripts.Sqlite.Concat(SchemaScripts.Sqlite))
        {
            _session.Connection.CreateCommand().Run(script.Sql);
        }
    }

    [Fact]
    public void Scripts_ReadByOrleans_AreAllThere()
    {
        SchemaMigrator.Migrate(_session, SchemaScripts.Sqlite, "test");

        Assert.Equal(4L, _session.Prepare(
            "SELECT COUNT(*) FROM OrleansQuery WHERE QueryKey IN ('WriteToStorageKey', 'ReadFromStorageKey', 'ClearStorageKey', 'DeleteStorageKey')")
            .ExecuteScalar());
    }
}
