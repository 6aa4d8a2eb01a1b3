using System.Globalization;
using BeastOrleans.Grains.Storage.Sqlite;
using Microsoft.Data.Sqlite;
using SQLitePCL;
using Xunit;

namespace BeastOrleans.UnitTests.Storage;

public sealed class SqliteDatabaseTests : IAsyncLifetime, IDisposable
{
    private const string Insert = "INSERT INTO T (Id) VALUES (@Id)";

    private readonly TempDirectory _directory = new();
    private SqliteDatabase _database = null!;

    public async Task InitializeAsync()
    {
        _database = Open();
        await _database.WriteAsync(session => session.Prepare("CREATE TABLE IF NOT EXISTS T (Id INTEGER PRIMARY KEY)").ExecuteNonQuery());
    }

    public async Task DisposeAsync()
    {
        await _database.DisposeAsync();
    }

    public void Dispose()
    {
        _directory.Dispose();
    }

    [Fact]
    public void Open_NewFile_IsForItsOwnerOnly()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        foreach (var file in Directory.GetFiles(_directory.Path, SqliteDatabaseOptions.FileName + "*"))
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        }
    }

    [Theory]
    [InlineData("PRAGMA journal_mode", "wal")]
    [InlineData("PRAGMA synchronous", "2")]
    [InlineData("PRAGMA foreign_keys", "1")]
    [InlineData("PRAGMA busy_timeout", "300")]
    public async Task Open_Writer_HasThePragmas(string pragma, string expected)
    {
        var value = await _database.WriteAsync(session => session.Prepare(pragma).ExecuteScalar());

        Assert.Equal(expected, Convert.ToString(value, CultureInfo.InvariantCulture));
    }

    [Fact]
    public async Task WriteAsync_Work_RunsOnTheWriterThread()
    {
        var names = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => _database.WriteAsync(_ => Thread.CurrentThread.Name)));

        Assert.All(names, name => Assert.Equal("beast-sqlite-writer", name));
    }

    [Fact]
    public async Task WriteAsync_JobFails_UndoesThatJobAloneAndLeavesNoTransaction()
    {
        await Assert.ThrowsAsync<InvalidOperationException>(() => _database.WriteAsync<int>(session =>
        {
            InsertRow(session, 1);
            throw new InvalidOperationException("after the insert");
        }));

        await AssertWritableFromOutsideAsync();
        Assert.Empty(await RowsAsync());
    }

    [Fact]
    public async Task WriteAsync_OneOfAGroupFails_TheOthersAreKept()
    {
        using var hold = new ManualResetEventSlim();
        var blocker = _database.WriteAsync(_ => hold.Wait(TimeSpan.FromSeconds(30)));
        var jobs = Enumerable.Range(1, 20).Select(id => _database.WriteAsync(
            session =>
            {
                InsertRow(session, id);
                return id % 5 == 0 ? throw new InvalidOperationException("every fifth") : id;
            },
            groupable: true)).ToArray();
        Assert.True(_database.QueueDepth >= 19);
        hold.Set();
        Assert.True(await blocker);

        foreach (var job in jobs.Where((_, index) => (index + 1) % 5 != 0))
        {
            await job;
        }

        foreach (var job in jobs.Where((_, index) => (index + 1) % 5 == 0))
        {
            await Assert.ThrowsAsync<InvalidOperationException>(() => job);
        }

        Assert.Equal(Enumerable.Range(1, 20).Where(id => id % 5 != 0).Select(id => (long)id), await RowsAsync());
        await AssertWritableFromOutsideAsync();
    }

    [Fact]
    public async Task WriteAsync_GroupIsRolledBackByAJob_TheOthersRunAgain()
    {
        using var hold = new ManualResetEventSlim();
        var blocker = _database.WriteAsync(_ => hold.Wait(TimeSpan.FromSeconds(30)));
        var jobs = Enumerable.Range(1, 10).Select(id => _database.WriteAsync(
            session =>
            {
                InsertRow(session, id);
                if (id == 7)
                {
                    // What SQLite itself does on a full disk: the whole transaction is gone.
                    session.Connection.CreateCommand().Run("ROLLBACK");
                }

                return id;
            },
            groupable: true)).ToArray();
        hold.Set();
        await blocker;

        await Assert.ThrowsAsync<SqliteException>(() => jobs[6]);
        await Task.WhenAll(jobs.Where((_, index) => index != 6));
        Assert.Equal([1, 2, 3, 4, 5, 6, 8, 9, 10], await RowsAsync());
        await AssertWritableFromOutsideAsync();
    }

    [Fact]
    public async Task WriteAsync_AnotherProcessHoldsTheLock_FailsBusyThenRecovers()
    {
        using (var outside = OpenOutside())
        {
            outside.CreateCommand().Run("BEGIN IMMEDIATE");
            var busy = await Task.WhenAll(Enumerable.Range(1, 8).Select(id =>
                Assert.ThrowsAsync<SqliteException>(() => _database.WriteAsync(session => InsertRow(session, id), groupable: true))));
            Assert.All(busy, exception => Assert.Equal(raw.SQLITE_BUSY, exception.SqliteErrorCode));
            outside.CreateCommand().Run("COMMIT");
        }

        await AssertWritableFromOutsideAsync();
        await _database.WriteAsync(session => InsertRow(session, 9), groupable: true);
        Assert.Equal([9], await RowsAsync());
    }

    [Fact]
    public async Task WriteAsync_JobLeavesAReaderOpen_TheNextJobWorks()
    {
        await _database.WriteAsync(session => InsertRow(session, 1));
        await Assert.ThrowsAsync<InvalidOperationException>(() => _database.WriteAsync<int>(session =>
        {
            session.Prepare("SELECT Id FROM T").ExecuteReader().Read();
            throw new InvalidOperationException("with an open reader");
        }));

        var count = await _database.WriteAsync(session => session.Prepare("SELECT Id FROM T").ExecuteScalar());

        Assert.Equal(1L, count);
    }

    [Fact]
    public async Task WriteAsync_CancelledWhileQueued_NeverRuns()
    {
        using var hold = new ManualResetEventSlim();
        using var cancellation = new CancellationTokenSource();
        var blocker = _database.WriteAsync(_ => hold.Wait(TimeSpan.FromSeconds(30)));
        var job = _database.WriteAsync(session => InsertRow(session, 1), cancellationToken: cancellation.Token);
        await cancellation.CancelAsync();
        hold.Set();

        await blocker;
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => job);
        Assert.Empty(await RowsAsync());
    }

    [Fact]
    public async Task WriteAsync_QueueFull_CallersWaitAndAllAreWritten()
    {
        var jobs = Enumerable.Range(1, 500).Select(id => Task.Run(() => _database.WriteAsync(session => InsertRow(session, id), groupable: true))).ToArray();

        await Task.WhenAll(jobs);

        Assert.Equal(500, (await RowsAsync()).Count);
    }

    [Fact]
    public async Task WriteAsync_Batch_UsesOnePreparedStatement()
    {
        var sameStatement = await _database.WriteAsync(session =>
        {
            var command = (SqliteCommand)session.Prepare(Insert);
            if (command.Parameters.Count == 0)
            {
                command.Parameters.Add("@Id", SqliteType.Integer);
            }

            for (var id = 1; id <= 512; id++)
            {
                command.Parameters[0].Value = id;
                command.ExecuteNonQuery();
            }

            return ReferenceEquals(command, session.Prepare(Insert));
        });

        Assert.True(sameStatement);
        Assert.Equal(512, (await RowsAsync()).Count);
    }

    [Fact]
    public async Task ReadAsync_Write_IsRefused()
    {
        var exception = await Assert.ThrowsAsync<SqliteException>(() => _database.ReadAsync(session => InsertRow(session, 1)));

        Assert.Equal(raw.SQLITE_READONLY, exception.SqliteErrorCode);
    }

    [Fact]
    public async Task ReadAsync_TransactionLeftOpen_IsEnded()
    {
        for (var i = 0; i < 2 * new SqliteDatabaseOptions { DataDirectory = "x" }.ReaderThreads; i++)
        {
            await _database.ReadAsync(session => session.Prepare("BEGIN").ExecuteNonQuery());
        }

        await _database.WriteAsync(session => InsertRow(session, 1));
        Assert.Equal([1], await RowsAsync());
    }

    [Fact]
    public async Task DisposeAsync_JobsQueued_AreWrittenAndTheLogIsFoldedIn()
    {
        var jobs = Enumerable.Range(1, 50).Select(id => _database.WriteAsync(session => InsertRow(session, id))).ToArray();

        await _database.DisposeAsync();

        await Task.WhenAll(jobs);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => _database.WriteAsync(session => InsertRow(session, 51)));
        Assert.Equal([_directory.File(SqliteDatabaseOptions.FileName)], Directory.GetFiles(_directory.Path));
        _database = Open();
        Assert.Equal(50, (await RowsAsync()).Count);
    }

    private SqliteDatabase Open()
    {
        return SqliteDatabase.Open(new SqliteDatabaseOptions
        {
            DataDirectory = _directory.Path,
            QueueCapacity = 64,
            BusyTimeout = TimeSpan.FromMilliseconds(300),
        });
    }

    private SqliteConnection OpenOutside()
    {
        var connection = new SqliteConnection($"Data Source={_database.FilePath};Pooling=False;Default Timeout=1");
        connection.Open();
        return connection;
    }

    private static int InsertRow(SqliteSession session, int id)
    {
        var command = (SqliteCommand)session.Prepare(Insert);
        command.Parameters.Clear();
        command.Parameters.AddWithValue("@Id", id);
        return command.ExecuteNonQuery();
    }

    private Task<List<long>> RowsAsync()
    {
        return _database.ReadAsync(session =>
        {
            var rows = new List<long>();
            using var reader = session.Prepare("SELECT Id FROM T ORDER BY Id").ExecuteReader();
            while (reader.Read())
            {
                rows.Add(reader.GetInt64(0));
            }

            return rows;
        });
    }

    private async Task AssertWritableFromOutsideAsync()
    {
        await using var outside = OpenOutside();
        outside.CreateCommand().Run("BEGIN IMMEDIATE");
        outside.CreateCommand().Run("ROLLBACK");
    }
}
