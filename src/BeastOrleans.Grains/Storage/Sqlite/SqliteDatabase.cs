using BeastOrleans.Grains.Storage.Sql;
using Microsoft.Data.Sqlite;

namespace BeastOrleans.Grains.Storage.Sqlite;

/// <summary>
/// The SQLite file of this process: one writer thread for everything that is written, a few reader threads, no other
/// connection. SQLite has one writer anyway; queueing for it in the process instead of at the file's lock took the longest
/// write from 11 s to 40 ms when it was measured, and keeps blocking calls off the Orleans scheduler.
/// </summary>
internal sealed class SqliteDatabase : ISqlDatabase, IAsyncDisposable, IDisposable
{
    private readonly SqlJobQueue _writes;
    private readonly SqlJobQueue _reads;
    private readonly Task _writer;
    private readonly Task[] _readers;

    private SqliteDatabase(SqliteDatabaseOptions options, SqliteConnections connections, SqliteSession writer)
    {
        FilePath = options.FilePath;
        _writes = new SqlJobQueue(options.QueueCapacity, consumers: 1);
        _reads = new SqlJobQueue(options.QueueCapacity, options.ReaderThreads);
        _writer = StartThread("beast-sqlite-writer", writer, new SqliteWriteLoop(_writes, writer, options.MaxGroupSize).Run, Checkpoint);
        _readers = new Task[options.ReaderThreads];
        for (var i = 0; i < _readers.Length; i++)
        {
            var session = new SqliteSession(connections.OpenReader);
            _readers[i] = StartThread("beast-sqlite-reader", session, new SqliteReadLoop(_reads, session).Run, beforeClose: null);
        }
    }

    public string FilePath { get; }

    /// <summary>Writes waiting for the writer thread.</summary>
    public int QueueDepth => _writes.Count;

    /// <summary>Reads waiting for a reader thread.</summary>
    public int ReadQueueDepth => _reads.Count;

    /// <summary>Opens or makes the file and brings its schema up to date. Blocks: for process start only.</summary>
    /// <exception cref="StorageUnavailableException">The file cannot be used; the message says what to do.</exception>
    public static SqliteDatabase Open(SqliteDatabaseOptions options)
    {
        options.Validate();
        var connections = new SqliteConnections(options);
        var writer = new SqliteSession(connections.OpenWriter);
        try
        {
            connections.CreateFile();
            SqliteMigrator.Migrate(writer, SchemaScripts.Sqlite, options.FilePath);
            return new SqliteDatabase(options, connections, writer);
        }
        catch (Exception exception)
        {
            writer.Dispose();
            if (SqliteFailures.TryDescribe(exception, options.FilePath) is { } message)
            {
                throw new StorageUnavailableException(message, exception);
            }

            throw;
        }
    }

    /// <summary>
    /// Runs <paramref name="work"/> in a transaction on the writer thread; the task completes after the commit. An exception
    /// undoes that job alone and is handed to its caller.
    /// </summary>
    /// <param name="work">Short, synchronous, and touching nothing but the database: when a group is lost it runs again.</param>
    /// <param name="groupable">
    /// May share a commit with its neighbours: for many small writes (grain state). Leave it off for batches, which are a
    /// transaction's worth by themselves.
    /// </param>
    /// <param name="cancellationToken">Honoured until the work begins, never in the middle of it.</param>
    /// <exception cref="ObjectDisposedException">The database is closing.</exception>
    public Task<T> WriteAsync<T>(Func<SqliteSession, T> work, bool groupable = false, CancellationToken cancellationToken = default)
    {
        return _writes.RunAsync(new SqlJob<T>(session => work((SqliteSession)session), groupable, cancellationToken), cancellationToken);
    }

    /// <summary>
    /// Runs <paramref name="work"/> on a reader thread, on a read-only connection that sees every write answered before. Each
    /// statement is its own snapshot; work that needs one for several begins a transaction, which is ended for it.
    /// </summary>
    /// <param name="work">Synchronous; it returns rows, not a reader over them.</param>
    /// <param name="cancellationToken">Honoured until the work begins, never in the middle of it.</param>
    /// <exception cref="ObjectDisposedException">The database is closing.</exception>
    public Task<T> ReadAsync<T>(Func<SqliteSession, T> work, CancellationToken cancellationToken = default)
    {
        return _reads.RunAsync(new SqlJob<T>(session => work((SqliteSession)session), groupable: false, cancellationToken), cancellationToken);
    }

    Task<T> ISqlDatabase.WriteAsync<T>(Func<SqlSession, T> work, bool groupable, CancellationToken cancellationToken) =>
        _writes.RunAsync(new SqlJob<T>(work, groupable, cancellationToken), cancellationToken);

    Task<T> ISqlDatabase.ReadAsync<T>(Func<SqlSession, T> work, CancellationToken cancellationToken) =>
        _reads.RunAsync(new SqlJob<T>(work, groupable: false, cancellationToken), cancellationToken);

    /// <summary>Finishes what is queued, folds the log into the file and closes it.</summary>
    public async ValueTask DisposeAsync()
    {
        // Readers first: a reader's snapshot would keep the checkpoint from emptying the log.
        _reads.Close();
        await Task.WhenAll(_readers);
        _writes.Close();
        await _writer;
    }

    /// <summary>For containers that are disposed synchronously (Orleans' test host is one): blocks until the queue is drained.</summary>
    public void Dispose()
    {
        DisposeAsync().AsTask().GetAwaiter().GetResult();
    }

    private static void Checkpoint(SqliteSession session)
    {
        using var reader = session.Prepare("PRAGMA wal_checkpoint(TRUNCATE)").ExecuteReader();
        reader.Read();
    }

    private static Task StartThread(string name, SqliteSession session, Action loop, Action<SqliteSession>? beforeClose)
    {
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var thread = new Thread(() =>
        {
            try
            {
                loop();
                beforeClose?.Invoke(session);
            }
            catch (SqliteException)
            {
                // The checkpoint: everything is committed already, and the next start folds the log in.
            }
            finally
            {
                session.Dispose();
                ended.SetResult();
            }
        })
        {
            Name = name,
            IsBackground = true,
        };
        thread.UnsafeStart();
        return ended.Task;
    }
}
