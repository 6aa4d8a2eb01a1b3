using Npgsql;

namespace BeastOrleans.Grains.Storage.Postgres;

/// <summary>Which PostgreSQL database, and the bounds of this silo's connections to it.</summary>
internal sealed record PostgresDatabaseOptions
{
    private const int DefaultPoolSize = 24;

    /// <summary>As Npgsql reads it. What it does not name gets this product's defaults (<see cref="Effective"/>).</summary>
    public required string ConnectionString { get; init; }

    /// <summary>Brings an old schema up to date at the start; without it an old schema is refused.</summary>
    public required bool Migrate { get; init; }

    /// <summary>Threads that write, each with a connection of its own; 1 to 16.</summary>
    public int WriterThreads { get; init; } = 4;

    /// <summary>Threads that read, each with a connection of its own; 1 to 16.</summary>
    public int ReaderThreads { get; init; } = 4;

    /// <summary>Jobs that may wait for a writer, and as many for a reader. When it is full, callers await a place.</summary>
    public int QueueCapacity { get; init; } = 10_000;

    /// <exception cref="StorageUnavailableException">It is no connection string, or names no database.</exception>
    public NpgsqlConnectionStringBuilder Effective()
    {
        var builder = Parse();
        if (string.IsNullOrEmpty(builder.Host) || string.IsNullOrEmpty(builder.Database))
        {
            throw new StorageUnavailableException("ConnectionStrings:Beast names a host and a database: Host=db;Database=beast;Username=beast;Password=...");
        }

        // Seconds. A silo waits for a database that is gone, but not for minutes at each statement.
        Default(builder, "Timeout", () => builder.Timeout = 5);
        Default(builder, "Command Timeout", () => builder.CommandTimeout = 15);

        // Three silos stay below the 100 connections that PostgreSQL allows by default.
        Default(builder, "Maximum Pool Size", () => builder.MaxPoolSize = DefaultPoolSize);
        Default(builder, "Max Auto Prepare", () => builder.MaxAutoPrepare = 100);
        Default(builder, "Auto Prepare Min Usages", () => builder.AutoPrepareMinUsages = 2);
        Default(builder, "Application Name", () => builder.ApplicationName = "beastorleans");

        // A peer that vanished without a word is found by the kernel.
        Default(builder, "Tcp Keepalive", () => builder.TcpKeepAlive = true);
        if (builder.MaxPoolSize < WriterThreads + ReaderThreads + 2)
        {
            throw new StorageUnavailableException(
                $"ConnectionStrings:Beast allows {builder.MaxPoolSize} connections (Maximum Pool Size); a silo needs {WriterThreads + ReaderThreads + 2} at least.");
        }

        return builder;
    }

    public void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(QueueCapacity, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(WriterThreads, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(WriterThreads, 16);
        ArgumentOutOfRangeException.ThrowIfLessThan(ReaderThreads, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(ReaderThreads, 16);
    }

    private NpgsqlConnectionStringBuilder Parse()
    {
        try
        {
            return new NpgsqlConnectionStringBuilder(ConnectionString);
        }
        catch (Exception exception) when (exception is ArgumentException or FormatException or InvalidOperationException)
        {
            // Its message may quote a value, and one of the values is the password.
            throw new StorageUnavailableException("ConnectionStrings:Beast is no connection string: Host=db;Database=beast;Username=beast;Password=...");
        }
    }

    private static void Default(NpgsqlConnectionStringBuilder builder, string keyword, Action set)
    {
        if (!builder.ContainsKey(keyword))
        {
            set();
        }
    }
}
