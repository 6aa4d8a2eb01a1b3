using System.Diagnostics;
using System.Globalization;
using BeastOrleans.Contracts.Endpoints;
using BeastOrleans.Contracts.Identity;
using BeastOrleans.Contracts.Selection;
using BeastOrleans.Contracts.Tenants;
using BeastOrleans.Testing;

namespace BeastOrleans.Scale;

/// <summary>Selectors of so many users in one silo: time to the first plan of each, memory of each, and whether it comes back.</summary>
internal static class SelectorScale
{
    private const int Parallel = 32;
    private const int UsersPerTenant = 10_000;

    private static readonly PlanRequest Request = new();

    public static async Task<string> MeasureAsync(int users)
    {
        await using var cluster = await BeastCluster.StartAsync();
        for (var tenant = 0; tenant * UsersPerTenant < users; tenant++)
        {
            await AddTenantAsync(cluster, Tenant(tenant));
        }

        // Code, caches and the database's pages are warm before anything is measured; these users are not among those measured.
        await PlanAllAsync(cluster, -1_000, 0);
        var before = Memory();
        var cold = await PlanAllAsync(cluster, 0, users);
        var full = Memory();
        var warm = await PlanAllAsync(cluster, 0, users);
        var startedAt = TimeProvider.System.GetTimestamp();
        await cluster.Client.GetGrain<IManagementGrain>(0).ForceActivationCollection(TimeSpan.Zero);
        var collected = TimeProvider.System.GetElapsedTime(startedAt);
        var after = Memory();
        return string.Create(CultureInfo.InvariantCulture, $"""
            {users} users of {(users + UsersPerTenant - 1) / UsersPerTenant} tenants, {Parallel} callers at a time, one silo, SQLite

            | | plans/s | p50 | p99 | p99.9 |
            |---|---|---|---|---|
            | first plan (activation, one read of storage) | {cold} |
            | next plan | {warm} |

            | | |
            |---|---|
            | managed memory of an activation | {(full.Managed - before.Managed) / users:N0} bytes |
            | resident memory of an activation | {(full.Resident - before.Resident) / users:N0} bytes |
            | all of them together | {(full.Managed - before.Managed) / 1048576.0:N0} MiB managed, {full.Resident / 1048576.0:N0} MiB resident in all |
            | collected in | {collected.TotalSeconds:N1} s, {(after.Managed - before.Managed) / 1048576.0:N0} MiB of them left |
            """);
    }

    private static async Task AddTenantAsync(BeastCluster cluster, TenantId tenant)
    {
        var grain = cluster.Client.GetGrain<ITenantGrain>(GrainKeys.Tenant(tenant));
        await grain.CreateAsync();
        await grain.RegisterModelAsync(new CustomModelRegistration { Name = "mine", BaseUrl = new Uri("http://127.0.0.1:9/v1"), Model = "m" });
    }

    private static async Task<Latencies> PlanAllAsync(BeastCluster cluster, int from, int to)
    {
        var took = new long[to - from];
        var next = from - 1;
        var startedAt = TimeProvider.System.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, Parallel).Select(async _ =>
        {
            for (var user = Interlocked.Increment(ref next); user < to; user = Interlocked.Increment(ref next))
            {
                var selector = cluster.Client.GetGrain<ISelectorGrain>(GrainKeys.Selector(Tenant(Math.Max(0, user) / UsersPerTenant), UserId.Parse("u" + user.ToString(CultureInfo.InvariantCulture))));
                var askedAt = TimeProvider.System.GetTimestamp();
                await selector.PlanAsync(Request);
                took[user - from] = TimeProvider.System.GetTimestamp() - askedAt;
            }
        }));
        return new Latencies(took, TimeProvider.System.GetElapsedTime(startedAt));
    }

    private static TenantId Tenant(int number) => TenantId.Parse("t" + number.ToString(CultureInfo.InvariantCulture));

    private static (long Managed, long Resident) Memory()
    {
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Forced, blocking: true, compacting: true);
        GC.WaitForPendingFinalizers();
        var managed = GC.GetTotalMemory(forceFullCollection: true);
        using var process = Process.GetCurrentProcess();
        return (managed, process.WorkingSet64);
    }
}

/// <summary>Renders as table cells: per second, p50, p99, p99.9.</summary>
internal sealed class Latencies
{
    private readonly long[] _sorted;
    private readonly TimeSpan _elapsed;

    public Latencies(long[] ticks, TimeSpan elapsed)
    {
        _sorted = ticks;
        Array.Sort(_sorted);
        _elapsed = elapsed;
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"{_sorted.Length / _elapsed.TotalSeconds:N0} | {Milliseconds(0.5):0.00} ms | {Milliseconds(0.99):0.00} ms | {Milliseconds(0.999):0.00} ms");

    private double Milliseconds(double quantile) =>
        _sorted[Math.Min(_sorted.Length - 1, (int)(_sorted.Length * quantile))] * 1000.0 / TimeProvider.System.TimestampFrequency;
}
