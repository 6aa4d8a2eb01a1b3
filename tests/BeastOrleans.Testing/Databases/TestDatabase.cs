using BeastOrleans.Grains.Storage.Postgres;
using BeastOrleans.Grains.Storage.Sql;
using BeastOrleans.Grains.Storage.Sqlite;
using Microsoft.Extensions.DependencyInjection;

namespace BeastOrleans.Testing.Databases;

/// <summary>
/// A fresh database with the product's schema: a SQLite file, or with <c>BEAST_TEST_STORAGE=postgres</c> a database of
/// <see cref="SharedPostgres"/>. <c>./test.sh</c> runs the tests of storage once on each.
/// </summary>
internal sealed class TestDatabase : IAsyncDisposable
{
    // Made once and copied: migrating takes longer.
    private static readonly Lazy<Task<string>> Template = new(MakeTemplateAsync);

    private readonly string? _directory;

    private TestDatabase(ISqlDatabase sql, string? directory)
    {
        Sql = sql;
        _directory = directory;
    }

    public static bool IsPostgres { get; } = Environment.GetEnvironmentVariable("BEAST_TEST_STORAGE") switch
    {
        null or "" or "sqlite" => false,
        "postgres" => true,
        var other => throw new InvalidOperationException($"BEAST_TEST_STORAGE is 'sqlite' or 'postgres', not '{other}'."),
    };

    public ISqlDatabase Sql { get; }

    public static async Task<TestDatabase> CreateAsync(bool? postgres = null)
    {
        if (postgres ?? IsPostgres)
        {
            var server = await SharedPostgres.GetAsync();
            var connectionString = await server.CreateDatabaseAsync(await Template.Value);
            return new TestDatabase(PostgresDatabase.Open(Options(connectionString)), directory: null);
        }

        var directory = Directory.CreateTempSubdirectory("beast-database-").FullName;
        return new TestDatabase(SqliteDatabase.Open(new SqliteDatabaseOptions { DataDirectory = directory }), directory);
    }

    /// <summary>As the product registers it, so that its grain storage finds it. The container does not end it.</summary>
    public void AddTo(IServiceCollection services)
    {
        services.AddSingleton(Sql);
        if (Sql is PostgresDatabase postgres)
        {
            services.AddSingleton(postgres);
        }
        else
        {
            services.AddSingleton((SqliteDatabase)Sql);
        }
    }

    /// <summary>A PostgreSQL database is left to its server, which ends with the tests: dropping each takes as long as a test.</summary>
    public async ValueTask DisposeAsync()
    {
        await ((IAsyncDisposable)Sql).DisposeAsync();
        if (_directory is not null)
        {
            Directory.Delete(_directory, recursive: true);
        }

    }

    private static PostgresDatabaseOptions Options(string connectionString) => new() { ConnectionString = connectionString, Migrate = true };

    private static async Task<string> MakeTemplateAsync()
    {
        var connectionString = await (await SharedPostgres.GetAsync()).CreateDatabaseAsync();
        await PostgresDatabase.Open(Options(connectionString)).DisposeAsync();
        return new Npgsql.NpgsqlConnectionStringBuilder(connectionString).Database!;
    }
}
