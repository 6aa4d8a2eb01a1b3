using BeastOrleans.Grains.Storage;
using BeastOrleans.Grains.Storage.Sql;
using BeastOrleans.Grains.Storage.Sqlite;
using Microsoft.Data.Sqlite;
using Xunit;

namespace BeastOrleans.UnitTests.Storage;

public sealed class SqliteMigratorTests : IDisposable
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
        Assert.Equal(1, SqliteMigrator.Migrate(_session, [First], "test"));
        Assert.Equal(1, SqliteMigrator.Migrate(_session, [First, Second], "test"));
        Assert.Equal(0, SqliteMigrator.Migrate(_session, [First, Second], "test"));

        Assert.Equal(2L, _session.Prepare("SELECT MAX(Version) FROM BeastSchema").ExecuteScalar());
        Assert.Equal(1L, _session.Prepare("SELECT COUNT(*) FROM A").ExecuteScalar());
    }

    [Fact]
    public void Migrate_ScriptFails_LeavesNothingBehind()
    {
        var broken = Second with { Sql = "CREATE TABLE B (Id INTEGER); INSERT INTO Missing VALUES (1);" };

        Assert.Throws<SqliteException>(() => SqliteMigrator.Migrate(_session, [First, broken], "test"));

        Assert.False(_session.InTransaction);
        Assert.Equal(0L, _session.Prepare("SELECT COUNT(*) FROM sqlite_schema").ExecuteScalar());
    }

    [Fact]
    public void Migrate_NewerDatabase_IsRefused()
    {
        SqliteMigrator.Migrate(_session, [First, Second], "test");

        var exception = Assert.Throws<StorageUnavailableException>(() => SqliteMigrator.Migrate(_session, [First], "data/beast.db"));

        Assert.Contains("'data/beast.db' has schema version 2, newer than the 1", exception.Message, StringComparison.Ordinal);
        Assert.False(_session.InTransaction);
    }

    [Fact]
    public void Scripts_Embedded_ApplyOneAfterTheOther()
    {
        Assert.Equal(SchemaScripts.Sqlite.Count, SqliteMigrator.Migrate(_session, SchemaScripts.Sqlite, "test"));
        Assert.Equal(0, SqliteMigrator.Migrate(_session, SchemaScripts.Sqlite, "test"));
    }

    [Fact]
    public void Scripts_MoneyOverAnOlderLedger_SumsItAfreshByKey()
    {
        Assert.Equal(2, SqliteMigrator.Migrate(_session, [.. SchemaScripts.Sqlite.Take(2)], "test"));
        _session.Connection.CreateCommand().Run("""
            INSERT INTO ledger (attempt_id, request_id, attempt_number, at, tenant, user_id, key_id, endpoint, model_id, model, type, outcome,
                reason, status, partial, duration_ms, tokens_in, tokens_out, tokens_cached, tokens_cache_write, tokens_reasoning, usage_source,
                cost_nano, price_version)
            VALUES ('a', 'r', 1, 7200000, 'acme', 'alice', 'k1', '', 'm:x', '', 0, 0, 0, 200, 0, 5, 10, 2, 0, 0, 0, 1, 700, 'p'),
                ('b', 'r', 2, 7200001, 'acme', 'alice', 'k2', '', 'm:x', '', 0, 1, 1, 0, 0, 5, 0, 0, 0, 0, 0, 0, 9, NULL),
                ('c', 'r', 3, 7200002, 'acme', 'alice', 'k1', '', 'm:x', '', 0, 8, 0, 0, 0, 5, 1, 0, 0, 0, 0, 1, 50, 'p'),
                ('d', 's', 0, 7200003, 'acme', 'alice', 'k1', '', '', '', 0, 1, 5, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0, NULL);
            """);

        SqliteMigrator.Migrate(_session, SchemaScripts.Sqlite, "test");

        Assert.Equal(
            ["2|k1|2|1|1|0|0|11|750|0", "2|k2|1|0|0|0|1|0|0|1"],
            _session.Prepare(
                "SELECT hour || '|' || key_id || '|' || attempts || '|' || ok || '|' || abandoned || '|' || unknown || '|' || failed_network "
                + "|| '|' || tokens_in || '|' || cost_nano || '|' || unpriced FROM usage_rollup ORDER BY key_id").ReadAll(row => row.GetString(0)));
        Assert.Equal(0L, _session.Prepare("SELECT SUM(kind + overrun_nano) FROM ledger").ExecuteScalar());
    }

    [Fact]
    public void Scripts_ReadByOrleans_AreAllThere()
    {
        SqliteMigrator.Migrate(_session, SchemaScripts.Sqlite, "test");

        Assert.Equal(4L, _session.Prepare(
            "SELECT COUNT(*) FROM OrleansQuery WHERE QueryKey IN ('WriteToStorageKey', 'ReadFromStorageKey', 'ClearStorageKey', 'DeleteStorageKey')")
            .ExecuteScalar());
    }
}
