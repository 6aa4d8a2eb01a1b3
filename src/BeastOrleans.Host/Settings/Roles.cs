namespace BeastOrleans.Host.Settings;

/// <summary>What a process is, and what follows from it.</summary>
internal static class Roles
{
    public const string All = "all";

    public const string Silo = "silo";

    public const string Gateway = "gateway";

    public const string Sqlite = "sqlite";

    public const string Postgres = "postgres";

    /// <summary>Grains live here, and with them the database and the key-encryption keys.</summary>
    public static bool HasSilo(this BeastOptions options) => options.Role != Gateway;

    /// <summary>The HTTP API lives here, and with it the usage spool.</summary>
    public static bool HasApi(this BeastOptions options) => options.Role != Silo;

    /// <summary>Other processes reach this one's Orleans ports. Where none does, they stay on loopback whatever the settings say.</summary>
    public static bool IsClustered(this BeastOptions options) => options.HasSilo() && (options.Role == Silo || options.Storage != Sqlite);

    /// <summary>Several silos may share the database, and find each other in it.</summary>
    public static bool IsOnPostgres(this BeastOptions options) => options.HasSilo() && options.Storage == Postgres;

    /// <summary>Something is kept in the data directory: the database file or the usage spool.</summary>
    public static bool NeedsDataDirectory(this BeastOptions options) => options.HasApi() || options.Storage == Sqlite;
}
