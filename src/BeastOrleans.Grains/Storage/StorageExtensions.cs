using BeastOrleans.Grains.Storage.Postgres;
using BeastOrleans.Grains.Storage.Sql;
using BeastOrleans.Grains.Storage.Sqlite;
using BeastOrleans.Grains.Storage.Sqlite.Gate;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Orleans.Configuration;

namespace BeastOrleans.Grains.Storage;

/// <summary>Registers the database of the process and the grain storage on it.</summary>
public static class StorageExtensions
{
    // Orleans' name for SQLite; the driver behind it is Microsoft.Data.Sqlite all the same.
    private const string SqliteInvariant = "System.Data.SQLite";

    private const string PostgresInvariant = "Npgsql";

    /// <summary>Registers the SQLite file <c>beast.db</c> in <paramref name="dataDirectory"/>. It is opened when first asked for.</summary>
    public static IServiceCollection AddBeastSqlite(this IServiceCollection services, string dataDirectory)
    {
        services.TryAddSingleton(new SqliteDatabaseOptions { DataDirectory = dataDirectory });
        services.TryAddSingleton(provider => SqliteDatabase.Open(provider.GetRequiredService<SqliteDatabaseOptions>()));
        services.TryAddSingleton<ISqlDatabase>(provider => provider.GetRequiredService<SqliteDatabase>());
        return services;
    }

    /// <summary>Registers a PostgreSQL database, which several silos share. It is opened when first asked for.</summary>
    /// <param name="services">Of the silo.</param>
    /// <param name="connectionString">As Npgsql reads it.</param>
    /// <param name="migrate">Whether opening it brings an old schema up to date; else an old schema is refused.</param>
    public static IServiceCollection AddBeastPostgres(this IServiceCollection services, string connectionString, bool migrate)
    {
        services.TryAddSingleton(new PostgresDatabaseOptions { ConnectionString = connectionString, Migrate = migrate });
        services.TryAddSingleton(provider => PostgresDatabase.Open(provider.GetRequiredService<PostgresDatabaseOptions>()));
        services.TryAddSingleton<ISqlDatabase>(provider => provider.GetRequiredService<PostgresDatabase>());
        return services;
    }

    /// <summary>Registers the grain storage <c>beast</c>; needs <see cref="AddBeastSqlite"/> or, before it, <see cref="AddBeastPostgres"/>.</summary>
    public static ISiloBuilder AddBeastGrainStorage(this ISiloBuilder builder)
    {
        builder.Services.AddBeastGrainStorage();
        return builder;
    }

    /// <summary>The silos find each other in the database; needs <see cref="AddBeastPostgres"/>.</summary>
    public static ISiloBuilder UseBeastPostgresClustering(this ISiloBuilder builder) =>
        builder.UseAdoNetClustering(options => options.Configure<PostgresDatabase>((clustering, database) =>
        {
            clustering.Invariant = PostgresInvariant;
            clustering.DataSource = database.Source;
        }));

    /// <summary>Opens the database and applies its schema scripts, so that a failure is seen before anything else starts.</summary>
    /// <exception cref="StorageUnavailableException">The database cannot be used; the message says what to do.</exception>
    public static void OpenBeastStorage(this IServiceProvider services)
    {
        services.GetRequiredService<ISqlDatabase>();
    }

    internal static IServiceCollection AddBeastGrainStorage(this IServiceCollection services)
    {
        return services.Any(service => service.ServiceType == typeof(PostgresDatabase))
            ? services.AddAdoNetGrainStorage(StorageNames.Beast, options => options.Configure<PostgresDatabase>((storage, database) =>
            {
                Common(storage);
                storage.Invariant = PostgresInvariant;
                storage.DataSource = database.Source;
            }))
            : services.AddSqliteGrainStorage();
    }

    private static IServiceCollection AddSqliteGrainStorage(this IServiceCollection services)
    {
        services.TryAddSingleton<GatedSqliteDataSource>();
        return services.AddAdoNetGrainStorage(StorageNames.Beast, options => options.Configure<GatedSqliteDataSource>((storage, dataSource) =>
        {
            Common(storage);
            storage.Invariant = SqliteInvariant;
            storage.DataSource = dataSource;
        }));
    }

    private static void Common(AdoNetGrainStorageOptions storage)
    {
        storage.GrainStorageSerializer = new GrainStateJsonSerializer();
        storage.DeleteStateOnClear = true;
    }
}
