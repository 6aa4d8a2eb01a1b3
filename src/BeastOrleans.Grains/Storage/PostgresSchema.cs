using BeastOrleans.Grains.Storage.Postgres;
using Npgsql;

namespace BeastOrleans.Grains.Storage;

/// <summary>What an operator does with the schema of a PostgreSQL database, beside running silos or before them.</summary>
public static class PostgresSchema
{
    /// <summary>Brings the schema up to date; safe beside running silos and beside itself.</summary>
    /// <returns>How many scripts were applied, and the version that the database has now.</returns>
    /// <exception cref="StorageUnavailableException">The message says what to do.</exception>
    public static (int Applied, int Version) Migrate(string connectionString) => Run(connectionString, source =>
    {
        var migrator = new PostgresMigrator(source, SchemaScripts.Postgres);
        var applied = migrator.Migrate();
        return (applied, migrator.GetState().Current);
    });

    /// <returns>The version that the database has (0: none), the one of this build, and the oldest build that can run on it.</returns>
    /// <exception cref="StorageUnavailableException">The message says what to do.</exception>
    public static (int Version, int Newest, int RunsWith) GetStatus(string connectionString) => Run(connectionString, source =>
    {
        var state = new PostgresMigrator(source, SchemaScripts.Postgres).GetState();
        return (state.Current, state.Newest, state.RunsWith);
    });

    private static T Run<T>(string connectionString, Func<NpgsqlDataSource, T> work)
    {
        var connection = new PostgresDatabaseOptions { ConnectionString = connectionString, Migrate = true }.Effective();
        using var source = NpgsqlDataSource.Create(connection);
        return PostgresFailures.Describe(connection, () => work(source));
    }
}
