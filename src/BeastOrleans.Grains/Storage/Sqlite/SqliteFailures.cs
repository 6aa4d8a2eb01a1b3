using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace BeastOrleans.Grains.Storage.Sqlite;

/// <summary>Turns what goes wrong at start into the one line an operator acts on.</summary>
internal static class SqliteFailures
{
    /// <summary>Null for a failure that is not the operator's to mend: that one should be seen with its stack.</summary>
    public static string? TryDescribe(Exception exception, string filePath)
    {
        var directory = Path.GetDirectoryName(filePath);
        return exception switch
        {
            StorageUnavailableException known => known.Message,
            SqliteException sqlite => sqlite.SqliteErrorCode switch
            {
                raw.SQLITE_NOTADB =>
                    $"The file '{filePath}' is not a SQLite database: move it away, or set Beast:DataDirectory to another directory.",
                raw.SQLITE_CORRUPT =>
                    $"The database '{filePath}' is damaged: restore a backup, or move the file away to start empty.",
                raw.SQLITE_BUSY or raw.SQLITE_LOCKED =>
                    $"The database '{filePath}' is locked by another process: stop that process, or set Beast:DataDirectory to another directory.",
                raw.SQLITE_FULL =>
                    $"The disk of '{directory}' is full: free some space, or set Beast:DataDirectory to another disk.",
                raw.SQLITE_READONLY or raw.SQLITE_CANTOPEN or raw.SQLITE_PERM or raw.SQLITE_IOERR => NotWritable(directory),
                _ => null,
            },
            UnauthorizedAccessException or IOException => NotWritable(directory),
            _ => null,
        };
    }

    private static string NotWritable(string? directory)
    {
        return $"The data directory '{directory}' cannot be written: give this user write access to it, or set Beast:DataDirectory to a directory that has it.";
    }
}
