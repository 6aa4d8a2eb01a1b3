using BeastOrleans.Grains.Storage.Postgres;
using BeastOrleans.Grains.Storage.Sql;
using BeastOrleans.Testing.Databases;
using Npgsql;
using Xunit;

namespace BeastOrleans.UnitTests.Storage.Postgres;

public sealed class PostgresDatabaseTests : IAsyncLifetime
{
    private const string Add = "UPDATE counters SET n = n + 1 WHERE id = @id";

    private TestDatabase _test = null!;

    private PostgresDatabase Database => (PostgresDatabase)_test.Sql;

    public async Task InitializeAsync()
    {
        _test = await TestDatabase.CreateAsync(postgres: true);
        await Database.WriteAsync(session => session.Prepare(
            "CREATE TABLE counters (id TEXT COLLATE \"C\" PRIMARY KEY, n BIGINT NOT NULL); INSERT INTO counters VALUES ('a', 0), ('b', 0)").ExecuteNonQuery());
    }

    public Task DisposeAsync() => _test.DisposeAsync().AsTask();

    [Fact]
    public async Task Write_ThatFails_ChangesNothingAndTheNextOneWorks()
    {
        await Assert.ThrowsAsync<InvalidOperationException>(() => Database.WriteAsync<int>(session =>
        {
            session.Prepare(Add, ("@id", "a")).ExecuteNonQuery();

            // Left open on purpose: the connection must not be stuck with it.
            session.Prepare("SELECT n FROM counters").ExecuteReader();
            throw new InvalidOperationException("no");
        }));

        Assert.Equal(1, await Database.WriteAsync(session => session.Prepare(Add, ("@id", "a")).ExecuteNonQuery()));
        Assert.Equal([("a", 1L), ("b", 0L)], await CountersAsync());
    }

    [Fact]
    public async Task Writes_ThatLockEachOtherOut_BothHappenOnce()
    {
        using var both = new Barrier(2);
        await Task.WhenAll(SwapAsync("a", "b"), SwapAsync("b", "a"));

        Assert.Equal([("a", 2L), ("b", 2L)], await CountersAsync());

        Task<int> SwapAsync(string first, string second)
        {
            var isRepeated = false;
            return Database.WriteAsync(session =>
            {
                session.Prepare(Add, ("@id", first)).ExecuteNonQuery();
                if (!isRepeated)
                {
                    isRepeated = true;
                    both.SignalAndWait(TimeSpan.FromSeconds(10));
                }

                return session.Prepare(Add, ("@id", second)).ExecuteNonQuery();
            });
        }
    }

    [Fact]
    public async Task Write_OnConnectionsThatTheServerCut_HappensOnce()
    {
        for (var i = 0; i < 8; i++)
        {
            await Database.WriteAsync(session => session.Prepare(Add, ("@id", "a")).ExecuteNonQuery());
        }

        await using (var other = new NpgsqlConnection(Database.Source.ConnectionString + ";Pooling=false;Application Name=other"))
        {
            await other.OpenAsync();
            await using var cut = new NpgsqlCommand("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()", other);
            await cut.ExecuteNonQueryAsync();
        }

        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Database.WriteAsync(session => session.Prepare(Add, ("@id", "b")).ExecuteNonQuery())));

        Assert.Equal([("a", 8L), ("b", 8L)], await CountersAsync());
    }

    [Fact]
    public async Task Snapshot_SeesOneMoment()
    {
        var seen = await Database.ReadAsync(session =>
        {
            session.BeginSnapshot();
            var before = Read(session);
            Database.WriteAsync(other => other.Prepare(Add, ("@id", "a")).ExecuteNonQuery()).GetAwaiter().GetResult();
            return (before, after: Read(session));
        });

        Assert.Equal(seen.before, seen.after);
        Assert.Equal(("a", 1L), (await CountersAsync())[0]);

        static long Read(SqlSession session) => (long)session.Prepare("SELECT n FROM counters WHERE id = @id", ("@id", "a")).ExecuteScalar()!;
    }

    [Fact]
    public async Task Texts_ThatPostgresCannotStore_AreStoredWithAReplacement()
    {
        string[] texts = ["plain", "with\0zero", "half \ud83d pair", "late \ude00", "whole \ud83d\ude00", ""];
        var stored = await Database.WriteAsync(session =>
        {
            session.Prepare("CREATE TABLE texts (id BIGINT, t TEXT)").ExecuteNonQuery();
            var rows = session.Rows("INSERT INTO texts VALUES ($1, $2)");
            for (var i = 0; i < texts.Length; i++)
            {
                rows.Number(i).Text(texts[i]).Add();
            }

            rows.Number(99).Text(null).Add();
            Assert.Equal(texts.Length + 1, rows.Run().Count);
            return session.Prepare("SELECT COALESCE(t, 'none') FROM texts ORDER BY id").ReadAll(row => row.GetString(0));
        });

        Assert.Equal(["plain", "with\ufffdzero", "half \ufffd pair", "late \ufffd", "whole \ud83d\ude00", "", "none"], stored);
    }

    [Fact]
    public async Task ReadEach_KeepsTheOrderOfTheIdsAndSaysNullWhereThereIsNone()
    {
        var found = await Database.ReadAsync(session => session.ReadEach("SELECT id FROM counters WHERE id = @id", ["b", "x", "a", "b"], row => row.GetString(0)));

        Assert.Equal((IEnumerable<string?>)["b", null, "a", "b"], found);
    }

    [Fact]
    public async Task Rows_ThatAreThereAlready_AreToldFromNewOnes()
    {
        var isNew = await Database.WriteAsync(session =>
        {
            var rows = session.Rows("INSERT INTO counters VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING id");
            rows.Text("a").Number(7).Add();
            rows.Text("c").Number(7).Add();
            rows.Text("c").Number(8).Add();
            return rows.Run();
        });

        Assert.Equal([false, true, false], isNew);
    }

    [Fact]
    public async Task Write_WhileTheServerIsGone_FailsSoonAndWorksWhenItIsBack()
    {
        // A server of its own: the shared one has other tests on it.
        await using var server = await PostgresServer.StartAsync();
        await using var database = PostgresDatabase.Open(new PostgresDatabaseOptions { ConnectionString = await server.CreateDatabaseAsync(), Migrate = true });
        await database.WriteAsync(session => session.Prepare("CREATE TABLE t (id BIGINT)").ExecuteNonQuery());
        await server.KillAsync();

        await Assert.ThrowsAnyAsync<NpgsqlException>(() =>
            database.WriteAsync(session => session.Prepare("INSERT INTO t VALUES (1)").ExecuteNonQuery()).WaitAsync(TimeSpan.FromSeconds(30)));

        await server.StartAgainAsync();
        Assert.Equal(1, await database.WriteAsync(session => session.Prepare("INSERT INTO t VALUES (2)").ExecuteNonQuery()));
    }

    [Fact]
    public async Task Dispose_FinishesWhatIsQueued_AndTakesNothingMore()
    {
        var writes = Enumerable.Range(0, 100).Select(_ => Database.WriteAsync(session => session.Prepare(Add, ("@id", "a")).ExecuteNonQuery())).ToArray();
        await Database.DisposeAsync();

        Assert.All(await Task.WhenAll(writes), rows => Assert.Equal(1, rows));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => Database.WriteAsync(_ => 0));
    }

    private Task<List<(string, long)>> CountersAsync() =>
        Database.ReadAsync(session => session.Prepare("SELECT id, n FROM counters ORDER BY id").ReadAll(row => (row.GetString(0), row.GetInt64(1))));
}
