namespace BeastOrleans.Grains.Storage.Sqlite;

/// <summary>Where the SQLite file lies, and the bounds of the threads around it.</summary>
internal sealed record SqliteDatabaseOptions
{
    public const string FileName = "beast.db";

    /// <summary>The directory of the database file; made when it is missing.</summary>
    public required string DataDirectory { get; init; }

    /// <summary>Jobs that may wait for the writer, and as many for the readers. When it is full, callers await a place.</summary>
    public int QueueCapacity { get; init; } = 10_000;

    /// <summary>Threads that read, each with a connection of its own; 1 to 16.</summary>
    public int ReaderThreads { get; init; } = 4;

    /// <summary>Groupable writes that may share one commit.</summary>
    public int MaxGroupSize { get; init; } = 64;

    /// <summary>How long to wait for a lock that another process holds on the file, before SQLITE_BUSY.</summary>
    public TimeSpan BusyTimeout { get; init; } = TimeSpan.FromSeconds(5);

    public string FilePath => Path.Combine(Path.GetFullPath(DataDirectory), FileName);

    public void Validate()
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(DataDirectory);
        ArgumentOutOfRangeException.ThrowIfLessThan(QueueCapacity, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(ReaderThreads, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(ReaderThreads, 16);
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxGroupSize, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(BusyTimeout, TimeSpan.Zero);
    }
}
