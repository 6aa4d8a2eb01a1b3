using BeastOrleans.Contracts.Identity;
using BeastOrleans.Contracts.Usage;
using BeastOrleans.Grains.Storage;
using BeastOrleans.Grains.Usage;
using BeastOrleans.UnitTests.Storage;
using Orleans.TestingHost;
using Xunit;

namespace BeastOrleans.UnitTests.Ledger;

/// <summary>The grains of the ledger in a real silo: keys, serialisation and what a caller sees of an error.</summary>
public sealed class LedgerClusterTests
{
    [Fact]
    public async Task Grains_InASilo_AppendReportAndSum()
    {
        using var directory = new TempDirectory();
        var builder = new InProcessTestClusterBuilder(1);
        builder.ConfigureSilo((_, silo) => silo.Services.AddBeastSqlite(directory.Path).AddBeastLedger());
        await using var cluster = builder.Build();
        await cluster.DeployAsync();

        var added = await cluster.Client.GetGrain<ILedgerWriterGrain>(0).AppendAsync(
            [LedgerFixture.CustomAnswer("r1"), .. LedgerFixture.FallbackAnswer("r2")]);
        var reports = cluster.Client.GetGrain<IReportGrain>(0);
        var page = await reports.ListFallbacksAsync("acme", user: null, cursor: null, limit: 10);
        var record = await reports.GetRequestAsync("acme", "r2");
        var acme = await MetricsAsync(GrainKeys.Metrics(TenantId.Parse("acme")));
        var rival = await MetricsAsync(GrainKeys.Metrics(TenantId.Parse("rival")));
        var all = await MetricsAsync(GrainKeys.Metrics(tenant: null));

        Assert.Equal(3, added);
        Assert.Equal("r2", Assert.Single(page.Fallbacks).RequestId);
        Assert.Equal(2, record!.Attempts.Length);
        Assert.Equal((2, 0, 2), (acme.Total, rival.Total, all.Total));
        Assert.Equal(acme.Actual, all.Actual);
        var exception = await Assert.ThrowsAsync<ArgumentException>(() => reports.ListFallbacksAsync("acme", user: null, "bad", limit: 10));
        Assert.StartsWith(PageCursor.Invalid, exception.Message, StringComparison.Ordinal);
        await Assert.ThrowsAnyAsync<Exception>(() => MetricsAsync("acme"));

        async Task<MonitoringTotals> MetricsAsync(string key) =>
            await cluster.Client.GetGrain<IMetricsGrain>(key).GetMonitoringAsync(new MonitoringQuery());
    }
}
