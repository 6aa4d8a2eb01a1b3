using System.Globalization;
using BeastOrleans.Contracts.Usage;
using BeastOrleans.Grains.Storage.Sqlite;
using BeastOrleans.Grains.Usage.Reports;
using BeastOrleans.Grains.Usage.Sql;
using BenchmarkDotNet.Attributes;

namespace BeastOrleans.Benchmarks;

/// <summary>Usage reports over the rollups of a month of ten million attempts, through the store as the report grain asks it.</summary>
[InProcess, ShortRunJob]
public class ReportBenchmarks
{
    private const int Page = 1_000;

    private static readonly DateTimeOffset Start = DateTimeOffset.UnixEpoch.AddDays(ReportSeed.FirstDay);

    private static readonly UsageQuery Month = new() { From = Start, To = Start.AddDays(30) };

    // One for all of them: filling it takes longer than they do. Left in the temporary directory under this name until the next run.
    private static readonly Lazy<SqliteDatabase> Database = new(Fill);

    private UsageReportStore _store = null!;

    [GlobalSetup]
    public void Open() => _store = new UsageReportStore(new SqlRunner(Database.Value));

    private static SqliteDatabase Fill()
    {
        var directory = Path.Combine(Path.GetTempPath(), "beast-bench-reports");
        if (Directory.Exists(directory))
        {
            Directory.Delete(directory, recursive: true);
        }

        var options = new SqliteDatabaseOptions { DataDirectory = directory };
        SqliteDatabase.Open(options).Dispose();
        var file = Path.Combine(directory, "beast.db");
        var attempts = ReportSeed.Fill(file);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"// {attempts:N0} attempts: {ReportSeed.Shape(file)}, {new FileInfo(file).Length / 1_048_576:N0} MiB"));
        return SqliteDatabase.Open(options);
    }

    [Benchmark(Description = "all tenants, by day")]
    public Task<int> AllByDay() => RowsAsync(Month);

    [Benchmark(Description = "all tenants, total by tenant")]
    public Task<int> AllByTenant() => RowsAsync(Month with { Step = ReportStep.Total, Group = ReportGroup.Tenant });

    [Benchmark(Description = "all tenants, by day and provider")]
    public Task<int> AllByProvider() => RowsAsync(Month with { Group = ReportGroup.Provider });

    [Benchmark(Description = "all tenants, by day, tenant, model (first page)")]
    public Task<int> AllByModel() => RowsAsync(Month with { Group = ReportGroup.Tenant | ReportGroup.Model });

    [Benchmark(Description = "all tenants, by day and user (first page)")]
    public Task<int> AllByUser() => RowsAsync(Month with { Group = ReportGroup.User });

    [Benchmark(Description = "all tenants, by day and tag (first page)")]
    public Task<int> AllByTag() => RowsAsync(Month with { Group = ReportGroup.Tag });

    [Benchmark(Description = "all tenants, a week by hour")]
    public Task<int> AllByHour() => RowsAsync(Month with { Step = ReportStep.Hour, To = Start.AddDays(7) });

    [Benchmark(Description = "one tenant, by day, user, model")]
    public Task<int> OneByUser() => RowsAsync(Month with { Tenant = "tenant-123", Group = ReportGroup.User | ReportGroup.Model });

    [Benchmark(Description = "one tenant, by hour, model")]
    public Task<int> OneByHour() => RowsAsync(Month with { Step = ReportStep.Hour, Tenant = "tenant-123", Group = ReportGroup.Model });

    [Benchmark(Description = "one tenant, by hour, user (first page)")]
    public Task<int> OneByHourAndUser() => RowsAsync(Month with { Step = ReportStep.Hour, Tenant = "tenant-123", Group = ReportGroup.User });

    [Benchmark(Description = "one tenant, total by tag")]
    public Task<int> OneByTag() => RowsAsync(Month with { Step = ReportStep.Total, Tenant = "tenant-123", Group = ReportGroup.Tag });

    [Benchmark(Description = "one user, by hour")]
    public Task<int> OneUser() => RowsAsync(Month with { Step = ReportStep.Hour, Tenant = "tenant-123", User = "user-42" });

    private async Task<int> RowsAsync(UsageQuery query) => (await _store.SumUsageAsync(query, after: null, Page + 1, CancellationToken.None)).Length;
}
