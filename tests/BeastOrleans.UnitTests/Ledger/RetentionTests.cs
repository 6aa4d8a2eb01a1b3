using BeastOrleans.Contracts.Usage;
using BeastOrleans.Grains.Usage.Retention;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace BeastOrleans.UnitTests.Ledger;

public sealed class RetentionTests : IDisposable
{
    private readonly LedgerFixture _ledger = new();
    private readonly FakeTimeProvider _time = new(LedgerFixture.Noon);

    public void Dispose() => _ledger.Dispose();

    [Fact]
    public async Task Sweep_RemovesRowsOfDaysBeforeTheLimit_AndKeepsTheirSums()
    {
        await _ledger.Store.AppendAsync([.. Enumerable.Range(0, 500).Select(i => LedgerFixture.CustomAnswer($"r{i}") with { At = LedgerFixture.Noon.AddHours(-i) })]);
        await _ledger.Store.AppendAsync([.. Enumerable.Range(500, 500).Select(i => LedgerFixture.CustomAnswer($"r{i}") with { At = LedgerFixture.Noon.AddHours(-i) })]);
        await GapRowAsync("gap:1", LedgerFixture.Noon.AddDays(-30));
        var usage = await _ledger.RowsAsync("SELECT * FROM usage_rollup ORDER BY hour");
        var routing = await _ledger.RowsAsync("SELECT * FROM routing_rollup ORDER BY hour");

        // Ten days back from noon, to the midnight before it.
        const int Kept = 12 + 240 + 1;
        Assert.Equal(1_000 - Kept, await Grain(days: 10).SweepAsync());
        Assert.Equal([$"{Kept + 1}"], await _ledger.RowsAsync("SELECT COUNT(*) FROM ledger"));
        Assert.Equal(["0"], await _ledger.RowsAsync("SELECT COUNT(*) FROM ledger WHERE kind <> 2 AND at < (SELECT kept_from FROM ledger_retention)"));
        Assert.Equal(usage, await _ledger.RowsAsync("SELECT * FROM usage_rollup ORDER BY hour"));
        Assert.Equal(routing, await _ledger.RowsAsync("SELECT * FROM routing_rollup ORDER BY hour"));
        Assert.Equal(new DateTimeOffset(2026, 3, 4, 0, 0, 0, TimeSpan.Zero), await _ledger.Retention.KeptFromAsync(default));
        Assert.Equal(0, await Grain(days: 10).SweepAsync());
    }

    [Fact]
    public async Task Append_OfARowThatWasRemoved_BooksItNoSecondTime()
    {
        var old = LedgerFixture.CustomAnswer("old") with { At = LedgerFixture.Noon.AddDays(-20) };
        await _ledger.Store.AppendAsync([old]);
        await Grain(days: 10).SweepAsync();
        var usage = await _ledger.RowsAsync("SELECT * FROM usage_rollup");

        Assert.Equal(1, await _ledger.Store.AppendAsync([old, LedgerFixture.CustomAnswer("new")]));
        Assert.Equal(0, await _ledger.Store.AppendAsync([old]));

        Assert.Equal(["new-1"], await _ledger.RowsAsync("SELECT attempt_id FROM ledger"));
        Assert.Equal(usage, await _ledger.RowsAsync("SELECT * FROM usage_rollup WHERE hour < (SELECT kept_from / 3600000 FROM ledger_retention)"));
        var late = Assert.Single(await _ledger.RowsAsync("SELECT attempt_id, tenant, json FROM ledger_late"));
        Assert.StartsWith("old-1|acme|{", late, StringComparison.Ordinal);
        Assert.Contains("\"attemptId\":\"old-1\"", late, StringComparison.Ordinal);
        Assert.Equal(1, (await _ledger.Reports.GetLedgerExtentAsync("acme")).Late);
        Assert.Equal(0, (await _ledger.Reports.GetLedgerExtentAsync("rival")).Late);
    }

    [Fact]
    public async Task Sweep_WithoutALimit_KeepsEveryRow()
    {
        await _ledger.Store.AppendAsync([LedgerFixture.CustomAnswer("r1") with { At = LedgerFixture.Noon.AddYears(-20) }]);
        Assert.Equal(0, await Grain(days: 0).SweepAsync());
        Assert.Null(await _ledger.Retention.KeptFromAsync(default));
        Assert.Equal(["1"], await _ledger.RowsAsync("SELECT COUNT(*) FROM ledger"));
    }

    [Fact]
    public async Task Sweep_AfterALongerLimit_TakesNoRowBackThatMayHaveBeenRemoved()
    {
        await Grain(days: 10).SweepAsync();
        await Grain(days: 100).SweepAsync();
        Assert.Equal(0, await _ledger.Store.AppendAsync([LedgerFixture.CustomAnswer("r1") with { At = LedgerFixture.Noon.AddDays(-11) }]));
    }

    [Fact]
    public async Task Sweep_RemovesPlansThatNoRowHasBroughtForAWeek()
    {
        await AppendPlanAsync("r1", "gone", LedgerFixture.Noon.AddDays(-9));
        await AppendPlanAsync("r2", "kept", LedgerFixture.Noon.AddDays(-9));
        await AppendPlanAsync("r3", "kept", LedgerFixture.Noon.AddDays(-7));
        await AppendPlanAsync("r4", "kept", LedgerFixture.Noon.AddDays(-8));
        Assert.Equal(1, await Grain(days: 90).SweepAsync());
        Assert.Equal(["kept"], await _ledger.RowsAsync("SELECT hash FROM plans"));
    }

    private RetentionGrain Grain(int days) =>
        new(_ledger.Retention, Options.Create(new RetentionOptions { LedgerRetentionDays = days }), _time, NullLogger<RetentionGrain>.Instance);

    private Task<int> AppendPlanAsync(string request, string hash, DateTimeOffset at) => _ledger.Store.AppendAsync(
        [LedgerFixture.CustomAnswer(request) with { At = at, Summary = LedgerFixture.CustomAnswer(request).Summary! with { PlanHash = hash, Plan = [] } }]);

    private Task<int> GapRowAsync(string id, DateTimeOffset at) => _ledger.Store.AppendAsync(
        [LedgerFixture.Record(id, 0) with { At = at, Kind = RowKind.Gap }]);
}
