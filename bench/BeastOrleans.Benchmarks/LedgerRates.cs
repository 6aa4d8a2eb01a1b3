using System.Globalization;
using BeastOrleans.Contracts.Usage;
using BeastOrleans.Grains.Storage.Postgres;
using BeastOrleans.Grains.Storage.Sql;
using BeastOrleans.Grains.Storage.Sqlite;
using BeastOrleans.Grains.Usage.Sql;
using BeastOrleans.Testing.Databases;

namespace BeastOrleans.Benchmarks;

/// <summary>
/// Rows a second that the ledger takes, with their rollups, as gateways ship them. Commits wait for the disk on both databases.
/// By hand: each invocation leaves rows behind and takes seconds, which BenchmarkDotNet would repeat for as many minutes.
/// </summary>
internal static class LedgerRates
{
    private const int Rounds = 3;

    private static readonly (int Gateways, int Batch, int Rows)[] Loads =
        [(1, 16, 2_048), (4, 16, 4_096), (1, ILedgerWriterGrain.MaxBatch, 16_384), (4, ILedgerWriterGrain.MaxBatch, 16_384)];

    public static async Task PrintAsync(TextWriter output)
    {
        await output.WriteLineAsync("| database | gateways at once | rows a batch | rows/s (median of 3) | ms a batch |\n|---|---|---|---|---|");
        var directory = Directory.CreateTempSubdirectory("beast-ledger-rates-");
        try
        {
            await using (var sqlite = SqliteDatabase.Open(new SqliteDatabaseOptions { DataDirectory = directory.FullName }))
            {
                await PrintAsync(output, "SQLite", sqlite);
            }

            await using var server = await PostgresServer.StartAsync(durable: true);
            await using var postgres = PostgresDatabase.Open(new PostgresDatabaseOptions { ConnectionString = await server.CreateDatabaseAsync(), Migrate = true });
            await PrintAsync(output, "PostgreSQL", postgres);
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    private static async Task PrintAsync(TextWriter output, string name, ISqlDatabase database)
    {
        var store = new SqlLedgerStore(database);
        var rows = new Rows();
        await AppendAsync(store, rows, gateways: 1, batch: ILedgerWriterGrain.MaxBatch, count: 4_096);
        foreach (var (gateways, batch, count) in Loads)
        {
            var rates = new double[Rounds];
            for (var i = 0; i < Rounds; i++)
            {
                var startedAt = TimeProvider.System.GetTimestamp();
                await AppendAsync(store, rows, gateways, batch, count);
                rates[i] = count / TimeProvider.System.GetElapsedTime(startedAt).TotalSeconds;
            }

            Array.Sort(rates);
            await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture,
                $"| {name} | {gateways} | {batch} | {rates[Rounds / 2]:N0} | {gateways * batch / rates[Rounds / 2] * 1_000:0.0} |"));
        }
    }

    private static Task AppendAsync(SqlLedgerStore store, Rows rows, int gateways, int batch, int count) => Task.WhenAll(Enumerable.Range(0, gateways).Select(async _ =>
    {
        for (var i = 0; i < count / gateways / batch; i++)
        {
            var records = rows.Next(batch);
            if (await store.AppendAsync(records) != records.Length)
            {
                throw new InvalidOperationException("Rows that are new were taken for old ones.");
            }
        }
    }));

    /// <summary>200 users of 20 tenants at work in one hour: each batch meets rollup rows that are there.</summary>
    private sealed class Rows
    {
        private readonly DateTimeOffset _at = TimeProvider.System.GetUtcNow();
        private int _count;

        public UsageRecord[] Next(int batch) => [.. Enumerable.Range(0, batch).Select(_ =>
        {
            var number = Interlocked.Increment(ref _count);
            return Samples.Usage(string.Create(CultureInfo.InvariantCulture, $"req_{number:x32}")) with
            {
                At = _at,
                Tenant = string.Create(CultureInfo.InvariantCulture, $"tenant-{number % 20}"),
                User = string.Create(CultureInfo.InvariantCulture, $"user-{number % 200}"),
            };
        })];
    }
}
