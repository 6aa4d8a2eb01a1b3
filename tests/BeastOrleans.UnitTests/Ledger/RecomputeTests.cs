using BeastOrleans.Contracts.Endpoints;
using BeastOrleans.Contracts.Identity;
using BeastOrleans.Contracts.Metering;
using BeastOrleans.Contracts.Usage;
using Xunit;

namespace BeastOrleans.UnitTests.Ledger;

public sealed class RecomputeTests : IDisposable
{
    private readonly LedgerFixture _ledger = new();

    public void Dispose() => _ledger.Dispose();

    [Fact]
    public async Task CompareDay_OfWhatWasBooked_AgreesAndSaysWhatItComesTo()
    {
        await BookAsync();
        var day = await CompareAsync();
        Assert.Empty(day.Differences);
        Assert.Equal(0, day.DifferenceCount);
        Assert.Equal(day.Ledger, day.Stored);
        Assert.Equal((4, 3, Money.FromUsd(0.032m)), (day.Ledger.Attempts, day.Ledger.Requests, day.Ledger.Cost));
        Assert.Equal((Money.FromUsd(0.031m), Money.FromUsd(0.06m)), (day.Ledger.Actual, day.Ledger.Baseline));
        Assert.Equal(0, (await _ledger.Reports.CompareDayAsync("acme", LedgerFixture.Noon.AddDays(1))).Ledger.Attempts);
        Assert.Equal(["acme"], await _ledger.Reports.ListUsageTenantsAsync(LedgerFixture.Noon, LedgerFixture.Noon, "", 10));
    }

    [Theory]
    [InlineData("UPDATE usage_rollup SET cost_nano = cost_nano + 1 WHERE type = 1", "usage_rollup", "cost_nano", 1)]
    [InlineData("UPDATE usage_rollup SET failed_timeout = 0", "usage_rollup", "failed_timeout", -1)]
    [InlineData("UPDATE routing_rollup SET baseline_nano = baseline_nano - 1", "routing_rollup", "baseline_nano", -1)]
    [InlineData("UPDATE routing_rollup SET premium_timeout = premium_timeout + 1", "routing_rollup", "premium_timeout", 1)]
    [InlineData("UPDATE usage_model_day SET cost_nano = cost_nano + 1 WHERE type = 1", "usage_model_day", "cost_nano", 1)]
    [InlineData("UPDATE usage_day SET attempts = attempts - 1 WHERE type = 1", "usage_day", "attempts", -1)]
    [InlineData("DELETE FROM usage_model_hour WHERE type = 1", "usage_model_hour", "attempts", -1)]
    [InlineData("DELETE FROM ledger WHERE attempt_id = 'r3-1'", "usage_rollup", "attempts", 1)]
    public async Task CompareDay_AfterAnybodyTamperedWithASum_SaysWhere(string sql, string table, string column, long off)
    {
        await BookAsync();
        await TamperAsync(sql);
        var day = await CompareAsync();
        Assert.True(day.DifferenceCount > 0);
        var difference = Assert.Single(day.Differences, one => one.Table == table && one.Column == column);
        Assert.Equal(off, difference.Stored - difference.Ledger);
        Assert.Equal("acme", difference.Tenant);
    }

    [Fact]
    public async Task CompareBudgets_SaysWhichWindowIsNotWhatWasSpent()
    {
        foreach (var text in new[] { "tenant:acme", "user:acme/alice", "key:key_1", "tenant:rival" })
        {
            Assert.True(MeteredScope.TryParse(text, out var scope));
            await _ledger.Budgets.PutAsync(scope, new BudgetDefinition { Kind = BudgetKind.Hard, Limit = Money.FromUsd(10), Period = BudgetPeriod.Total }, LedgerFixture.Noon);
        }

        await _ledger.Registry.AddKeyAsync("key_1", new string('a', 64), TenantId.Parse("acme"), null, LedgerFixture.Noon);
        await BookAsync();
        var page = await _ledger.Reports.CompareBudgetsAsync("acme", null);
        Assert.Equal((3, 0, null), (page.Compared, page.Differences.Length, page.Next));
        Assert.Equal(4, (await _ledger.Reports.CompareBudgetsAsync(null, null)).Compared);

        await TamperAsync("UPDATE budget_windows SET posted_nano = posted_nano - 1 WHERE scope = 'key:key_1'");
        var difference = Assert.Single((await _ledger.Reports.CompareBudgetsAsync("acme", null)).Differences);
        Assert.Equal(("key:key_1", 32_000_000L, 31_999_999L), (difference.Scope, difference.Ledger, difference.Stored));
    }

    [Fact]
    public async Task Append_OfRequestsThatSayNothingOfAModel_LeavesThemOutOfItsRecord()
    {
        var asked = LedgerFixture.CustomAnswer("mistake") with { Outcome = OutcomeClass.Caller, Status = 400 };
        await _ledger.Store.AppendAsync(
        [
            asked with { Summary = asked.Summary! with { Served = null, ServedType = null, Status = 400 } },
            LedgerFixture.Refused("budget", FailureReason.None),
            LedgerFixture.Refused("open", FailureReason.Unhealthy),
        ]);
        var totals = await _ledger.TotalsAsync();
        Assert.Equal((1, 1, 1, 0), (totals.Total, totals.Failures, totals.Unhealthy, totals.Other));
        Assert.Empty((await CompareAsync()).Differences);
    }

    [Fact]
    public async Task Append_OfFallbacks_TellsWhatTheyCostMoreByReason()
    {
        await _ledger.Store.AppendAsync([.. Fallback("r1", FailureReason.Timeout, 0.001m), .. Fallback("r2", FailureReason.Network, 0.002m), .. Fallback("r3", FailureReason.Network, null)]);
        var totals = await _ledger.TotalsAsync();
        Assert.Equal((Money.FromUsd(0.028m), Money.FromUsd(0.029m), Money.Zero, 1), (totals.PremiumNetwork, totals.PremiumTimeout, totals.PremiumOther, totals.PremiumUnpriced));
    }

    private static UsageRecord[] Fallback(string id, FailureReason reason, decimal? custom)
    {
        var rows = LedgerFixture.FallbackAnswer(id, reason);
        rows[1] = rows[1] with { Summary = rows[1].Summary! with { CustomCost = custom is { } usd ? Money.FromUsd(usd) : null } };
        return rows;
    }

    private Task<int> BookAsync() => _ledger.Store.AppendAsync(
        [LedgerFixture.CustomAnswer("r1"), .. Fallback("r2", FailureReason.Timeout, 0.001m), LedgerFixture.Record("r3"), LedgerFixture.Refused("r4")]);

    private Task<DayComparison> CompareAsync() => _ledger.Reports.CompareDayAsync("acme", LedgerFixture.Noon);

    private Task<int> TamperAsync(string sql) => _ledger.Database.WriteAsync(session =>
    {
        using var command = session.CreateCommand(sql);
        return command.ExecuteNonQuery();
    });
}
