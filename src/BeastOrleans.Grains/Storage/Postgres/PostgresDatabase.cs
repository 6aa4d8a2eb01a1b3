using BeastOrleans.Grains.Storage.Sql;
using Npgsql;

namespace BeastOrleans.Grains.Storage.Postgres;

/// <summary>
/// The PostgreSQL database that a cluster shares. As with SQLite a few threads of this process do the blocking work, each on a
/// connection of its own, and bound what one silo asks of the database; here several write at once.
/// </summary>
internal sealed class PostgresDatabase : ISqlDatabase, IAsyncDisposable, IDisposable
{
    private readonly SqlJobQueue _writes;
    private readonly SqlJobQueue _reads;
    private readonly Task[] _threads;

    private PostgresDatabase(PostgresDatabaseOptions options, NpgsqlDataSource source)
    {
        Source = source;
        _writes = new SqlJobQueue(options.QueueCapacity, options.WriterThreads);
        _reads = new SqlJobQueue(options.QueueCapacity, options.ReaderThreads);
        _threads =
        [
            .. Enumerable.Range(0, options.WriterThreads).Select(_ => StartThread("beast-postgres-writer", _writes, writes: true)),
            .. Enumerable.Range(0, options.ReaderThreads).Select(_ => StartThread("beast-postgres-reader", _reads, writes: false)),
        ];
    }

    /// <summary>The connections of this process; Orleans takes its own from the same pool.</summary>
    public NpgsqlDataSource Source { get; }

    /// <summary>Writes waiting for a thread.</summary>
    public int QueueDepth => _writes.Count;

    /// <summary>Reads waiting for a thread.</summary>
    public int ReadQueueDepth => _reads.Count;

    /// <summary>Connects, and brings the schema up to date or checks it. Blocks: for process start only.</summary>
    /// <exception cref="StorageUnavailableException">The database cannot be used; the message says what to do.</exception>
    public static PostgresDatabase Open(PostgresDatabaseOptions options)
    {
        options.Validate();
        var connection = options.Effective();
        var source = NpgsqlDataSource.Create(connection);
        try
        {
            return PostgresFailures.Describe(connection, () =>
            {
                var migrator = new PostgresMigrator(source, SchemaScripts.Postgres);
                if (options.Migrate)
                {
                    migrator.Migrate();
                }
                else
                {
                    migrator.Require();
                }

                return new PostgresDatabase(options, source);
            });
        }
        catch
        {
            source.Dispose();
            throw;
        }
    }

    public Task<T> WriteAsync<T>(Func<SqlSession, T> work, bool groupable = false, CancellationToken cancellationToken = default) =>
        _writes.RunAsync(new SqlJob<T>(work, groupable, cancellationToken), cancellationToken);

    public Task<T> ReadAsync<T>(Func<SqlSession, T> work, CancellationToken cancellationToken = default) =>
        _reads.RunAsync(new SqlJob<T>(work, groupable: false, cancellationToken), cancellationToken);

    /// <summary>Finishes what is queued and closes the connections.</summary>
    public async ValueTask DisposeAsync()
    {
        _reads.Close();
        _writes.Close();
        await Task.WhenAll(_threads);
        await Source.DisposeAsync();
    }

    /// <summary>For containers that are disposed synchronously: blocks until the queues are drained.</summary>
    public void Dispose()
    {
        DisposeAsync().AsTask().GetAwaiter().GetResult();
    }

    private Task StartThread(string name, SqlJobQueue queue, bool writes)
    {
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var thread = new Thread(() =>
        {
            using var session = new PostgresSession(Source);
            new PostgresLoop(queue, session, writes).Run();
            ended.SetResult();
        })
        {
            Name = name,
            IsBackground = true,
        };
        thread.UnsafeStart();
        return ended.Task;
    }
}
