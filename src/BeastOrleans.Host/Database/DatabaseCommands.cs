using System.Globalization;
using BeastOrleans.Grains.Storage;
using BeastOrleans.Host.Settings;
using BeastOrleans.Host.Startup;

namespace BeastOrleans.Host.Database;

/// <summary>What an operator does with the schema of a cluster's database.</summary>
internal static class DatabaseCommands
{
    public static async Task MigrateAsync(string[] args)
    {
        var (applied, version) = PostgresSchema.Migrate(ConnectionString(args));
        await Console.Out.WriteLineAsync(applied == 0
            ? string.Create(CultureInfo.InvariantCulture, $"Nothing to do: the schema has version {version}.")
            : string.Create(CultureInfo.InvariantCulture, $"Applied {applied} scripts: the schema has version {version}."));
    }

    public static async Task StatusAsync(string[] args)
    {
        var (version, newest, runsWith) = PostgresSchema.GetStatus(ConnectionString(args));
        var verdict = version < newest ? "run 'db migrate' before silos of this build start"
            : runsWith > newest ? "this build cannot run on it"
            : version > newest ? "newer, and this build runs on it"
            : "up to date";
        await Console.Out.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"The schema has version {version}, this build knows {newest}: {verdict}."));
    }

    // Of the settings these two alone: a job that migrates has no master keys and no ports.
    private static string ConnectionString(string[] args)
    {
        var configuration = WebApplication.CreateBuilder(args).Configuration;
        var storage = configuration[$"{BeastOptions.Section}:{nameof(BeastOptions.Storage)}"];
        return storage is not null and not Roles.Postgres
            ? throw new StartupException("'db' is for Beast:Storage=postgres: a SQLite file is brought up to date by the process that opens it.")
            : configuration.GetConnectionString(BeastOptions.Section) is { Length: > 0 } connectionString
                ? connectionString
                : throw new StartupException("ConnectionStrings:Beast is missing: it names the database, e.g. Host=db;Database=beast;Username=beast;Password=...");
    }
}
