using System.Globalization;

namespace BeastOrleans.Grains.Storage.Sqlite;

/// <summary>
/// Brings a database to the newest schema in one transaction, which also keeps out a second process that starts at the same
/// time: it waits for the lock, then finds nothing left to do.
/// </summary>
internal static class SqliteMigrator
{
    private const string CreateVersionTable = """
        CREATE TABLE IF NOT EXISTS BeastSchema
        (
            Version   INTEGER NOT NULL PRIMARY KEY,
            Name      TEXT    NOT NULL,
            AppliedAt TEXT    NOT NULL
        )
        """;

    private const string SelectVersion = "SELECT COALESCE(MAX(Version), 0) FROM BeastSchema";

    private const string InsertVersion =
        "INSERT INTO BeastSchema (Version, Name, AppliedAt) VALUES (@Version, @Name, strftime('%Y-%m-%dT%H:%M:%SZ', 'now'))";

    /// <summary>Applies what is missing and returns how many scripts that were.</summary>
    /// <exception cref="StorageUnavailableException">The database was written by a newer build; it is left as it was.</exception>
    public static int Migrate(SqliteSession session, IReadOnlyList<SchemaScript> scripts, string filePath)
    {
        var newest = scripts.Count == 0 ? 0 : scripts[^1].Version;
        try
        {
            session.Begin();
            session.Prepare(CreateVersionTable).ExecuteNonQuery();
            var current = Convert.ToInt32(session.Prepare(SelectVersion).ExecuteScalar(), CultureInfo.InvariantCulture);
            if (current > newest)
            {
                throw new StorageUnavailableException(
                    $"The database '{filePath}' has schema version {current}, newer than the {newest} this build knows: run the newer build, or restore the backup made before the upgrade.");
            }

            var applied = 0;
            foreach (var script in scripts.Where(script => script.Version > current))
            {
                Apply(session, script);
                applied++;
            }

            session.Commit();
            return applied;
        }
        catch
        {
            session.Reset();
            throw;
        }
    }

    private static void Apply(SqliteSession session, SchemaScript script)
    {
        using (var command = session.Connection.CreateCommand())
        {
#pragma warning disable CA2100 // An embedded resource of this assembly.
            command.CommandText = script.Sql;
#pragma warning restore CA2100
            command.ExecuteNonQuery();
        }

        using var version = session.Connection.CreateCommand();
        version.CommandText = InsertVersion;
        version.Parameters.AddWithValue("@Version", script.Version);
        version.Parameters.AddWithValue("@Name", script.Name);
        version.ExecuteNonQuery();
    }
}
