using BeastOrleans.Grains.Storage;
using BeastOrleans.Grains.Storage.Postgres;
using BeastOrleans.Grains.Storage.Sql;
using BeastOrleans.Testing.Databases;
using Npgsql;
using Xunit;

namespace BeastOrleans.UnitTests.Storage.Postgres;

public sealed class PostgresMigratorTests : IAsyncLifetime
{
    private PostgresServer _server = null!;
    private string _connectionString = "";

    public async Task InitializeAsync()
    {
        _server = await SharedPostgres.GetAsync();
        _connectionString = await _server.CreateDatabaseAsync();
    }

    public Task DisposeAsync() => _server.DropDatabaseAsync(_connectionString);

    [Fact]
    public async Task Open_FourAtOnceOnAnEmptyDatabase_MigrateItOnce()
    {
        var databases = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => PostgresDatabase.Open(Options(migrate: true)))));

        var applied = await databases[3].ReadAsync(session => session.Prepare("SELECT name FROM schema_versions ORDER BY version").ReadAll(row => row.GetString(0)));
        Assert.Equal(SchemaScripts.Postgres.Select(script => script.Name), applied);
        foreach (var database in databases)
        {
            await database.DisposeAsync();
        }
    }

    [Fact]
    public void Open_WithoutMigrating_RefusesAnOldSchema()
    {
        var failure = Assert.Throws<StorageUnavailableException>(() => PostgresDatabase.Open(Options(migrate: false)));

        Assert.Contains("run 'db migrate' first", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Open_WithoutMigrating_TakesACurrentSchema()
    {
        Assert.Equal(SchemaScripts.Postgres.Count, PostgresSchema.Migrate(_connectionString).Applied);
        Assert.Equal((0, SchemaScripts.Postgres[^1].Version), PostgresSchema.Migrate(_connectionString));

        await PostgresDatabase.Open(Options(migrate: false)).DisposeAsync();
    }

    [Theory]
    [InlineData(3, true)]
    [InlineData(999, false)]
    public async Task Open_NewerSchema_IsTakenWhereItOnlyAddedSomething(long runsWith, bool isTaken)
    {
        PostgresSchema.Migrate(_connectionString);
        await ExecuteAsync($"INSERT INTO schema_versions (version, name, runs_with) VALUES (999, 'future', {runsWith})");

        if (isTaken)
        {
            await PostgresDatabase.Open(Options(migrate: true)).DisposeAsync();
        }
        else
        {
            var failure = Assert.Throws<StorageUnavailableException>(() => PostgresDatabase.Open(Options(migrate: true)));
            Assert.Contains("schema version 999", failure.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Migrate_ScriptThatFails_LeavesNothingBehind()
    {
        await using var source = new NpgsqlDataSourceBuilder(_connectionString).Build();
        var migrator = new PostgresMigrator(source, [new SchemaScript(1, "001_good", "CREATE TABLE good (id BIGINT)"), new SchemaScript(2, "002_bad", "CREATE TABEL bad")]);

        Assert.Throws<PostgresException>(() => migrator.Migrate());

        Assert.Equal(0, migrator.GetState().Current);
        await using var command = source.CreateCommand("SELECT to_regclass('good') IS NULL");
        Assert.Equal(true, await command.ExecuteScalarAsync());
    }

    [Theory]
    [InlineData("-- runs-with: 4\nSELECT 1", 4)]
    [InlineData("SELECT 1", 7)]
    public void RunsWith_IsTheScriptsOwnVersion_UnlessItsFirstLineSaysOtherwise(string sql, int runsWith) =>
        Assert.Equal(runsWith, new SchemaScript(7, "007_x", sql).RunsWith);

    [Theory]
    [InlineData("Host=127.0.0.1;Port=1;Database=beast;Username=postgres;Password=hunter2", "cannot be reached")]
    [InlineData("Host=127.0.0.1;Port={port};Database=nowhere;Username=postgres;Password=hunter2", "has no database 'nowhere'")]
    [InlineData("Host=127.0.0.1;Port={port};Database=postgres;Username=nobody;Password=hunter2", "refuses the user 'nobody'")]
    [InlineData("Host=127.0.0.1;Port={port};Database=postgres;Username=postgres;Password=hunter2;Maximum Pool Size=3", "a silo needs 10 at least")]
    [InlineData("Host=127.0.0.1;Hunter2=hunter2", "is no connection string")]
    [InlineData("Password=hunter2", "names a host and a database")]
    public void Open_DatabaseThatCannotBeUsed_IsOneLineWithoutThePassword(string connectionString, string expected)
    {
        var options = new PostgresDatabaseOptions
        {
            ConnectionString = connectionString.Replace("{port}", _server.Port.ToString(System.Globalization.CultureInfo.InvariantCulture), StringComparison.Ordinal),
            Migrate = true,
        };

        var failure = Assert.Throws<StorageUnavailableException>(() => PostgresDatabase.Open(options));

        Assert.Contains(expected, failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", failure.Message, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain('\n', failure.Message);
    }

    private PostgresDatabaseOptions Options(bool migrate) => new() { ConnectionString = _connectionString, Migrate = migrate };

    private async Task ExecuteAsync(string sql)
    {
        await using var source = new NpgsqlDataSourceBuilder(_connectionString).Build();
        await using var command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }
}
