using BeastOrleans.Contracts.Endpoints;
using BeastOrleans.Contracts.Usage;
using BeastOrleans.Grains.Usage;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace BeastOrleans.UnitTests.Ledger;

/// <summary>From ledger rows to the monitoring totals.</summary>
public sealed class MonitoringTests : IDisposable
{
    private readonly LedgerFixture _ledger = new();
    private readonly FakeTimeProvider _time = new(LedgerFixture.Noon);

    public void Dispose() => _ledger.Dispose();

    [Fact]
    public async Task Thousand_CustomAnswers_CostOneDollarAgainstThirty()
    {
        await AppendAsync(Enumerable.Range(0, 1_000).Select(i => LedgerFixture.CustomAnswer($"r{i}")));

        var totals = await _ledger.TotalsAsync();

        Assert.Equal((1_000, 1_000, 0, 0), (totals.Total, totals.Success, totals.Failures, totals.Fallbacks));
        Assert.Equal("$1", totals.Actual.ToString());
        Assert.Equal("$30", totals.Baseline.ToString());
        Assert.Equal("$29", (totals.Baseline - totals.Actual).ToString());
    }

    [Fact]
    public async Task NineHundredFifty_AndFiftyFallbacks_CostTwoFortyFive()
    {
        await AppendAsync(Enumerable.Range(0, 950).Select(i => LedgerFixture.CustomAnswer($"c{i}")));
        await AppendAsync(Enumerable.Range(0, 50).SelectMany(i => LedgerFixture.FallbackAnswer($"f{i}")));

        var totals = await _ledger.TotalsAsync();

        Assert.Equal((1_000, 950, 50, 50), (totals.Total, totals.Success, totals.Failures, totals.Fallbacks));
        Assert.Equal("$2.45", totals.Actual.ToString());
        Assert.Equal("$27.55", (totals.Baseline - totals.Actual).ToString());
        Assert.InRange(totals.Custom.P50Ms!.Value, 160, 250);
        Assert.InRange(totals.Provider.P50Ms!.Value, 630, 1_000);
    }

    [Fact]
    public async Task Reasons_OfFallbacksAndRefusals_AddUpToFailures()
    {
        await AppendAsync(
        [
            .. LedgerFixture.FallbackAnswer("r1", FailureReason.Network),
            .. LedgerFixture.FallbackAnswer("r2", FailureReason.Overload),
            .. LedgerFixture.FallbackAnswer("r3", FailureReason.Timeout),
            LedgerFixture.Refused("r4", FailureReason.Unhealthy),
            LedgerFixture.Refused("r5", FailureReason.Other),
            LedgerFixture.CustomAnswer("r6"),
        ]);

        var totals = await _ledger.TotalsAsync();

        Assert.Equal((6, 1, 5, 3), (totals.Total, totals.Success, totals.Failures, totals.Fallbacks));
        Assert.Equal((1, 1, 1, 1, 1), (totals.Network, totals.Overload, totals.Timeout, totals.Unhealthy, totals.Other));
        Assert.Equal(0, totals.Unpriced);
    }

    [Fact]
    public async Task Success_ByTheSecondCustomModel_CountsNoReason()
    {
        var summary = LedgerFixture.Summary("custom:other", EndpointType.Custom, 0.001m, "custom:llama", FailureReason.Network);
        await AppendAsync([LedgerFixture.Record("r1", 2, summary)]);

        var totals = await _ledger.TotalsAsync();

        Assert.Equal((1, 1, 0, 0, 0), (totals.Total, totals.Success, totals.Failures, totals.Fallbacks, totals.Network));
    }

    [Fact]
    public async Task CutStream_OfACustomModel_IsAFailureWithTheRowsReason()
    {
        await AppendAsync([LedgerFixture.CustomAnswer("r1") with { Outcome = OutcomeClass.Sick, Reason = FailureReason.Network, Partial = true }]);

        var totals = await _ledger.TotalsAsync();

        Assert.Equal((1, 0, 1, 0, 1), (totals.Total, totals.Success, totals.Failures, totals.Fallbacks, totals.Network));
        Assert.Equal(Money.FromUsd(0.001m), totals.Actual);
        Assert.Null(totals.Custom.P50Ms);
    }

    [Fact]
    public async Task NoCustomCandidate_IsLeftOut()
    {
        var summary = LedgerFixture.Summary("openai:gpt-4", EndpointType.Provider, 0.03m) with { HadCustom = false };
        await AppendAsync([LedgerFixture.Record("r1", 1, summary, EndpointType.Provider)]);

        Assert.Equal(0, (await _ledger.TotalsAsync()).Total);
        Assert.Equal(["1"], await _ledger.RowsAsync("SELECT attempts FROM usage_rollup"));
    }

    [Fact]
    public async Task Unpriced_Requests_AreCountedAndLeftOutOfBothSums()
    {
        var answer = LedgerFixture.CustomAnswer("r1");
        await AppendAsync(
        [
            answer with { PriceVersion = null },
            LedgerFixture.CustomAnswer("r2") with { Summary = answer.Summary! with { Baseline = null } },
            LedgerFixture.CustomAnswer("r3"),
        ]);

        var totals = await _ledger.TotalsAsync();

        Assert.Equal((3, 3, 2), (totals.Total, totals.Success, totals.Unpriced));
        Assert.Equal((Money.FromUsd(0.001m), Money.FromUsd(0.03m)), (totals.Actual, totals.Baseline));
        Assert.Equal(["3|1|2000000"], await _ledger.RowsAsync("SELECT attempts, unpriced, cost_nano FROM usage_rollup"));
    }

    [Fact]
    public async Task Abandoned_Requests_AreNeitherButTheirCostIsKept()
    {
        var answer = LedgerFixture.CustomAnswer("r1");
        await AppendAsync([answer with { Outcome = OutcomeClass.Abandoned, Partial = true, Summary = answer.Summary! with { Abandoned = true } }]);

        Assert.Equal(0, (await _ledger.TotalsAsync()).Total);
        Assert.Equal(["1|0|1|1000000"], await _ledger.RowsAsync("SELECT attempts, ok, abandoned, cost_nano FROM usage_rollup"));
    }

    [Fact]
    public async Task Window_NarrowsByWholeHours()
    {
        await AppendAsync(Enumerable.Range(0, 5).Select(i =>
            LedgerFixture.CustomAnswer($"r{i}") with { At = LedgerFixture.Noon.AddHours(i).AddMinutes(59) }));
        var cache = Cache();

        var all = await cache.GetAsync(new MonitoringQuery());
        var window = await cache.GetAsync(new MonitoringQuery { From = LedgerFixture.Noon.AddHours(1).AddMinutes(30), To = LedgerFixture.Noon.AddHours(3) });
        var upwards = await cache.GetAsync(new MonitoringQuery { From = LedgerFixture.Noon.AddHours(3).AddMilliseconds(1), To = DateTimeOffset.MaxValue });
        var before = await cache.GetAsync(new MonitoringQuery { From = DateTimeOffset.MinValue, To = LedgerFixture.Noon });

        Assert.Equal((5, LedgerFixture.Noon, LedgerFixture.Noon.AddHours(5)), (all.Total, all.From, all.To));
        Assert.Equal((2, LedgerFixture.Noon.AddHours(1), LedgerFixture.Noon.AddHours(3)), (window.Total, window.From, window.To));
        Assert.Equal(2, upwards.Total);
        Assert.Equal((0, LedgerFixture.Noon), (before.Total, before.To));
    }

    [Fact]
    public async Task Window_Empty_HasNoEnds()
    {
        var totals = await Cache().GetAsync(new MonitoringQuery());

        Assert.Equal((0, null, null), (totals.Total, totals.From, totals.To));
        Assert.Equal(Money.Zero, totals.Actual);
    }

    [Fact]
    public async Task User_And_Tenant_SeeTheirOwn()
    {
        await AppendAsync(
        [
            LedgerFixture.CustomAnswer("r1"),
            LedgerFixture.CustomAnswer("r2") with { User = "bob" },
            LedgerFixture.CustomAnswer("r3") with { Tenant = "rival" },
        ]);

        Assert.Equal(2, (await Cache().GetAsync(new MonitoringQuery())).Total);
        Assert.Equal(1, (await Cache().GetAsync(new MonitoringQuery { User = "bob" })).Total);
        Assert.Equal(0, (await Cache("rival").GetAsync(new MonitoringQuery { User = "bob" })).Total);
        Assert.Equal(3, (await Cache(tenant: null).GetAsync(new MonitoringQuery())).Total);
        Assert.Equal(2, (await Cache(tenant: null).GetAsync(new MonitoringQuery { User = "alice" })).Total);
    }

    [Fact]
    public async Task Cache_IsKeptForASecond()
    {
        var cache = Cache();
        Assert.Equal(0, (await cache.GetAsync(new MonitoringQuery())).Total);
        await AppendAsync([LedgerFixture.CustomAnswer("r1")]);

        _time.Advance(TimeSpan.FromMilliseconds(999));
        Assert.Equal(0, (await cache.GetAsync(new MonitoringQuery())).Total);
        _time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal(1, (await cache.GetAsync(new MonitoringQuery())).Total);
    }

    [Fact]
    public async Task Cache_OfManyQueries_IsBounded()
    {
        var cache = Cache();
        for (var i = 0; i < 3 * MonitoringCache.MaxQueries; i++)
        {
            await cache.GetAsync(new MonitoringQuery { User = $"u{i}" });
            Assert.InRange(cache.Count, 1, MonitoringCache.MaxQueries);
        }
    }

    private MonitoringCache Cache(string? tenant = "acme") => new(_ledger.Store, _time, tenant);

    private async Task AppendAsync(IEnumerable<UsageRecord> records)
    {
        foreach (var batch in records.Chunk(ILedgerWriterGrain.MaxBatch))
        {
            await _ledger.Store.AppendAsync(batch);
        }
    }
}
