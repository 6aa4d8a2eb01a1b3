using System.Globalization;
using Microsoft.Data.Sqlite;

namespace BeastOrleans.Grains.Storage.Sqlite;

/// <summary>Makes the file and opens connections to it, all with the same pragmas.</summary>
internal sealed class SqliteConnections(SqliteDatabaseOptions options)
{
    // After a checkpoint the log shrinks back to this, so one burst does not occupy the disk for ever.
    private const long JournalSizeLimitBytes = 64L * 1024 * 1024;

    // Pages kept per connection; a negative figure is KiB to SQLite.
    private const int CacheKibibytes = 8 * 1024;

    public string FilePath => options.FilePath;

    /// <summary>Makes the directory and the file where missing. The side files (-wal, -shm) take the mode of the main file.</summary>
    public void CreateFile()
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(Path.GetDirectoryName(FilePath)!);
        }
        else
        {
            Directory.CreateDirectory(
                Path.GetDirectoryName(FilePath)!,
                UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        var file = new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.ReadWrite, Share = FileShare.ReadWrite };
        if (!OperatingSystem.IsWindows())
        {
            // Sealed credentials and ledgers live here: nobody else on the machine reads them.
            file.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        using (new FileStream(FilePath, file))
        {
        }
    }

    public SqliteConnection OpenWriter()
    {
        var connection = Open(SqliteOpenMode.ReadWrite);
        try
        {
            var mode = Scalar(connection, "PRAGMA journal_mode=WAL;");
            if (!string.Equals(mode, "wal", StringComparison.OrdinalIgnoreCase))
            {
                throw new StorageUnavailableException(
                    $"The file system of '{FilePath}' does not support write-ahead logging (SQLite answered '{mode}'): put the data directory on a local disk.");
            }

            // FULL: what is answered is on the disk. A row that the ledger has leaves its spool, which a power cut would not bring back.
            Execute(connection, string.Create(CultureInfo.InvariantCulture, $"PRAGMA synchronous=FULL; PRAGMA journal_size_limit={JournalSizeLimitBytes};"));
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>A read-only connection: a write that goes astray fails here instead of bypassing the writer thread.</summary>
    public SqliteConnection OpenReader()
    {
        return Open(SqliteOpenMode.ReadOnly);
    }

    private SqliteConnection Open(SqliteOpenMode mode)
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder
        {
            DataSource = FilePath,
            Mode = mode,
            // The threads own their connections; a pool would hand out one with an open transaction (seen after SQLITE_BUSY).
            Pooling = false,
            // The driver retries a busy statement until this passes, sleeping in between: SQLite's own wait below is the one that counts.
            DefaultTimeout = 1,
        }.ConnectionString);
        try
        {
            connection.Open();
            var busyMilliseconds = (int)options.BusyTimeout.TotalMilliseconds;
            Execute(connection, string.Create(
                CultureInfo.InvariantCulture,
                $"PRAGMA busy_timeout={busyMilliseconds}; PRAGMA foreign_keys=ON; PRAGMA temp_store=MEMORY; PRAGMA cache_size=-{CacheKibibytes};"));
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    private static void Execute(SqliteConnection connection, string pragmas)
    {
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // Only the constants and numbers above.
        command.CommandText = pragmas;
#pragma warning restore CA2100
        command.ExecuteNonQuery();
    }

    private static string? Scalar(SqliteConnection connection, string pragma)
    {
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // Only the constants above.
        command.CommandText = pragma;
#pragma warning restore CA2100
        return command.ExecuteScalar() as string;
    }
}
