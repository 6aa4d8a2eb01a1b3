using System.Globalization;
using Npgsql;

namespace BeastOrleans.Grains.Storage.Postgres;

/// <summary>What a database has of the schema scripts.</summary>
/// <param name="Current">The newest script that was applied; 0 for none.</param>
/// <param name="Newest">The newest script of this build.</param>
/// <param name="RunsWith">The oldest build, named by its newest script, that can run on the database.</param>
internal readonly record struct SchemaState(int Current, int Newest, int RunsWith);

/// <summary>
/// Brings a database to the newest schema in one transaction under an advisory lock: processes that start at the same time
/// wait for each other, and all but the first find nothing left to do.
/// </summary>
internal sealed class PostgresMigrator(NpgsqlDataSource source, IReadOnlyList<SchemaScript> scripts)
{
    /// <summary>"beast", read as a number.</summary>
    private const long LockKey = 0x6265617374;

    private const string CreateVersionTable = """
        CREATE TABLE IF NOT EXISTS schema_versions
        (
            version    BIGINT      NOT NULL PRIMARY KEY,
            name       TEXT        NOT NULL,
            runs_with  BIGINT      NOT NULL,
            applied_at TIMESTAMPTZ NOT NULL DEFAULT now()
        )
        """;

    private int Newest => scripts.Count == 0 ? 0 : scripts[^1].Version;

    /// <summary>Applies what is missing and returns how many scripts that were.</summary>
    /// <exception cref="StorageUnavailableException">A newer build has written what this one cannot read; nothing was changed.</exception>
    public int Migrate()
    {
        using var connection = source.OpenConnection();
        using var transaction = connection.BeginTransaction();
        Execute(connection, $"SELECT pg_advisory_xact_lock({LockKey.ToString(CultureInfo.InvariantCulture)})");
        Execute(connection, CreateVersionTable);
        var state = Read(connection);
        RefuseNewer(state);
        var missing = scripts.Where(script => script.Version > state.Current).ToList();
        foreach (var script in missing)
        {
            Execute(connection, script.Sql);
            using var version = connection.CreateCommand();
            version.CommandText = "INSERT INTO schema_versions (version, name, runs_with) VALUES ($1, $2, $3)";
            version.Parameters.AddWithValue((long)script.Version);
            version.Parameters.AddWithValue(script.Name);
            version.Parameters.AddWithValue((long)script.RunsWith);
            version.ExecuteNonQuery();
        }

        transaction.Commit();
        return missing.Count;
    }

    /// <summary>For processes that change no schema.</summary>
    /// <exception cref="StorageUnavailableException">The schema is older than this build, or of a newer one that left it behind.</exception>
    public void Require()
    {
        var state = GetState();
        RefuseNewer(state);
        if (state.Current < state.Newest)
        {
            throw new StorageUnavailableException(
                $"The database has schema version {state.Current}, older than the {state.Newest} this build needs: run 'db migrate' first.");
        }
    }

    public SchemaState GetState()
    {
        using var connection = source.OpenConnection();
        using var exists = connection.CreateCommand();
        exists.CommandText = "SELECT to_regclass('schema_versions') IS NOT NULL";
        return exists.ExecuteScalar() is true ? Read(connection) : new SchemaState(0, Newest, 0);
    }

    // A newer schema that only added something is no obstacle: silos of both builds run while an upgrade goes round.
    private static void RefuseNewer(SchemaState state)
    {
        if (state.RunsWith > state.Newest)
        {
            throw new StorageUnavailableException(
                $"The database has schema version {state.Current}, which builds before version {state.RunsWith} cannot use, and this one knows {state.Newest}: run the newer build, or restore the backup made before the upgrade.");
        }
    }

    private SchemaState Read(NpgsqlConnection connection)
    {
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT COALESCE(MAX(version), 0), COALESCE(MAX(runs_with), 0) FROM schema_versions";
        using var reader = command.ExecuteReader();
        reader.Read();
        return new SchemaState((int)reader.GetInt64(0), Newest, (int)reader.GetInt64(1));
    }

    private static void Execute(NpgsqlConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // Constants, and embedded resources of this assembly.
        command.CommandText = sql;
#pragma warning restore CA2100
        command.ExecuteNonQuery();
    }
}
