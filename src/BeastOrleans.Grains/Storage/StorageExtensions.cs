using BeastOrleans.Grains.Storage.Sql;
using BeastOrleans.Grains.Storage.Sqlite;
using BeastOrleans.Grains.Storage.Sqlite.Gate;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace BeastOrleans.Grains.Storage;

/// <summary>Registers the database of the process and the grain storage on it.</summary>
public static class StorageExtensions
{
    // Orleans' name for SQLite; the driver behind it is Microsoft.Data.Sqlite all the same.
    private const string SqliteInvariant = "System.Data.SQLite";

    /// <summary>Registers the SQLite file <c>beast.db</c> in <paramref name="dataDirectory"/>. It is opened when first asked for.</summary>
    public static IServiceCollection AddBeastSqlite(this IServiceCollection services, string dataDirectory)
    {
        services.TryAddSingleton(new SqliteDatabaseOptions { DataDirectory = dataDirectory });
        services.TryAddSingleton(provider => SqliteDatabase.Open(provider.GetRequiredService<SqliteDatabaseOptions>()));
        services.TryAddSingleton<ISqlDatabase>(provider => provider.GetRequiredService<SqliteDatabase>());
        return services;
    }

    /// <summary>Registers the grain storage <c>beast</c>; needs <see cref="AddBeastSqlite"/>.</summary>
    public static ISiloBuilder AddBeastGrainStorage(this ISiloBuilder builder)
    {
        builder.Services.AddBeastGrainStorage();
        return builder;
    }

    /// <summary>Opens the database and applies its schema scripts, so that a failure is seen before anything else starts.</summary>
    /// <exception cref="StorageUnavailableException">The database cannot be used; the message says what to do.</exception>
    public static void OpenBeastStorage(this IServiceProvider services)
    {
        services.GetRequiredService<SqliteDatabase>();
    }

    internal static IServiceCollection AddBeastGrainStorage(this IServiceCollection services)
    {
        services.TryAddSingleton<GatedSqliteDataSource>();
        return services.AddAdoNetGrainStorage(StorageNames.Beast, options => options.Configure<GatedSqliteDataSource>((storage, dataSource) =>
        {
            storage.Invariant = SqliteInvariant;
            storage.DataSource = dataSource;
            storage.GrainStorageSerializer = new GrainStateJsonSerializer();
            storage.DeleteStateOnClear = true;
        }));
    }
}
