using BeastOrleans.Contracts.Endpoints;
using BeastOrleans.Contracts.Identity;
using BeastOrleans.Contracts.Usage;
using BeastOrleans.Grains.Usage;
using Xunit;

namespace BeastOrleans.UnitTests.Ledger;

public sealed class UsageReportTests : IDisposable
{
    private static readonly UsageQuery Month = new() { From = LedgerFixture.Noon.AddDays(-15), To = LedgerFixture.Noon.AddDays(15) };

    private readonly LedgerFixture _ledger = new();

    public void Dispose() => _ledger.Dispose();

    [Fact]
    public async Task GetUsage_OfGroups_TellsThemApartAndSumsTheRest()
    {
        await _ledger.Store.AppendAsync([LedgerFixture.CustomAnswer("r1"), .. LedgerFixture.FallbackAnswer("r2"), LedgerFixture.Refused("r3")]);
        await _ledger.Store.AppendAsync([LedgerFixture.CustomAnswer("r4") with { At = LedgerFixture.Noon.AddDays(1), PriceVersion = null }]);

        var days = (await _ledger.Reports.GetUsageAsync(Month, null, 10)).Rows;
        Assert.Equal([(14, 3L, 1L), (15, 1L, 0L)], days.Select(row => (row.At.Day, row.Attempts, row.Timeout)));
        Assert.Equal((Money.FromUsd(0.031m), 0L), (days[0].Cost, days[0].Unpriced));
        Assert.Equal((Money.Zero, 1L), (days[1].Cost, days[1].Unpriced));
        Assert.Null(days[0].Tenant);

        var hours = (await _ledger.Reports.GetUsageAsync(Month with { Step = ReportStep.Hour, Group = ReportGroup.Provider }, null, 10)).Rows;
        Assert.Equal([("custom", 12, 2L), ("openai", 12, 1L), ("custom", 12, 1L)], hours.Select(row => (row.Provider!, row.At.Hour, row.Attempts)));

        var total = Assert.Single((await _ledger.Reports.GetUsageAsync(Month with { Step = ReportStep.Total }, null, 10)).Rows);
        Assert.Equal((4L, 3L, new DateTimeOffset(2026, 2, 27, 0, 0, 0, TimeSpan.Zero)), (total.Attempts, total.Ok, total.At));
        Assert.Equal(2_700, total.Tokens.Input);

        var user = Assert.Single((await _ledger.Reports.GetUsageAsync(Month with { Group = ReportGroup.User | ReportGroup.Key | ReportGroup.Model, Provider = "openai" }, null, 10)).Rows);
        Assert.Equal(("acme", "alice", "key_1", "openai:gpt-4"), (user.Tenant, user.User, user.Key, user.Model));
        Assert.Empty((await _ledger.Reports.GetUsageAsync(Month with { Tenant = "rival" }, null, 10)).Rows);
        Assert.Empty((await _ledger.Reports.GetUsageAsync(Month with { Tenant = "rival", Step = ReportStep.Total }, null, 10)).Rows);
    }

    [Fact]
    public async Task GetUsage_OfAKeyWithoutItsTenant_FindsItByTheRegistry()
    {
        await _ledger.Registry.AddKeyAsync("key_1", new string('a', 64), TenantId.Parse("acme"), null, LedgerFixture.Noon);
        await _ledger.Store.AppendAsync([LedgerFixture.CustomAnswer("r1"), LedgerFixture.CustomAnswer("r2") with { KeyId = "key_2" }]);

        var row = Assert.Single((await _ledger.Reports.GetUsageAsync(Month with { Key = "key_1" }, null, 10)).Rows);
        Assert.Equal(1, row.Attempts);
    }

    [Fact]
    public async Task GetUsage_ByTag_CountsEveryAttemptUnderEachOfItsTagsOnce()
    {
        string[] tags = ["batch", "team-a", "batch"];
        await _ledger.Store.AppendAsync([.. LedgerFixture.FallbackAnswer("r1").Select(row => row with { Tags = tags }), LedgerFixture.CustomAnswer("r2")]);

        // A row of an older gateway has its tags in the summary.
        await _ledger.Store.AppendAsync([LedgerFixture.CustomAnswer("r3") with { Summary = LedgerFixture.CustomAnswer("r3").Summary! with { Tags = ["team-a"] } }]);

        foreach (var step in Enum.GetValues<ReportStep>())
        {
            var rows = (await _ledger.Reports.GetUsageAsync(Month with { Step = step, Group = ReportGroup.Tag }, null, 10)).Rows;
            Assert.Equal([("acme", "batch", 2L), ("acme", "team-a", 3L)], rows.Select(row => (row.Tenant!, row.Tag!, row.Attempts)));
        }

        var one = (await _ledger.Reports.GetUsageAsync(Month with { Tag = "batch", Tenant = "acme", Group = ReportGroup.Model }, null, 10)).Rows;
        Assert.Equal(["custom:llama", "openai:gpt-4"], one.Select(row => row.Model));
    }

    [Fact]
    public async Task Append_OfMoreTagsThanADayCounts_SumsTheRestTogether()
    {
        const int Beyond = 25;
        for (var first = 0; first < LedgerBounds.TagsPerDay + Beyond; first += 205)
        {
            await _ledger.Store.AppendAsync([.. Enumerable.Range(first, 205).Select(i => LedgerFixture.Record($"r{i}") with { Tags = [$"t{i:0000}"] })]);
        }

        await _ledger.Store.AppendAsync([LedgerFixture.Record("again") with { Tags = ["t0000", "t1024"] }]);
        var rows = (await _ledger.Reports.GetUsageAsync(Month with { Group = ReportGroup.Tag }, null, 5_000)).Rows;
        Assert.Equal(LedgerBounds.TagsPerDay + 1, rows.Length);
        Assert.Equal(Beyond + 1, Assert.Single(rows, row => row.Tag == LedgerBounds.OtherTag).Attempts);
        Assert.Equal(2, Assert.Single(rows, row => row.Tag == "t0000").Attempts);
    }

    [Theory]
    [InlineData(ReportStep.Day, ReportGroup.None)]
    [InlineData(ReportStep.Day, ReportGroup.Tenant | ReportGroup.Model)]
    [InlineData(ReportStep.Day, ReportGroup.User | ReportGroup.Key | ReportGroup.Model | ReportGroup.Provider)]
    [InlineData(ReportStep.Hour, ReportGroup.User)]
    [InlineData(ReportStep.Hour, ReportGroup.Model)]
    [InlineData(ReportStep.Total, ReportGroup.Model | ReportGroup.Tenant)]
    [InlineData(ReportStep.Day, ReportGroup.Tag | ReportGroup.Model)]
    public async Task GetUsage_InPagesOfAnySize_IsTheWholeInOrder(ReportStep step, ReportGroup group)
    {
        await _ledger.Store.AppendAsync([.. Enumerable.Range(0, 60).Select(i => LedgerFixture.Record(
            $"r{i}", type: i % 3 == 0 ? EndpointType.Provider : EndpointType.Custom) with
        {
            Tenant = $"t{i % 4}",
            User = $"u{i % 5}",
            KeyId = $"k{i % 2}",
            At = LedgerFixture.Noon.AddHours(i % 40),
            Tags = [$"g{i % 7}"],
        })]);
        var query = Month with { Step = step, Group = group };
        var whole = (await _ledger.Reports.GetUsageAsync(query, null, 5_000)).Rows;
        Assert.Equal(60, whole.Sum(row => row.Attempts));
        foreach (var size in new[] { 1, 3, 7 })
        {
            var paged = new List<UsageRow>();
            for (string? cursor = null; ;)
            {
                var page = await _ledger.Reports.GetUsageAsync(query, cursor, size);
                paged.AddRange(page.Rows);
                if ((cursor = page.Next) is null)
                {
                    break;
                }
            }

            Assert.Equal(whole, paged);
        }

        await Assert.ThrowsAsync<ArgumentException>(() => _ledger.Reports.GetUsageAsync(query, "bm9uc2Vuc2U", 5));
    }

    [Fact]
    public async Task ListLedger_InPages_IsEveryRowNewestFirst()
    {
        await _ledger.Store.AppendAsync([.. Enumerable.Range(0, 25).Select(i => LedgerFixture.Record($"r{i:00}") with
        {
            Tenant = i % 2 == 0 ? "acme" : "rival",
            At = LedgerFixture.Noon.AddSeconds(i / 3),
            Tags = ["a", "b"],
        })]);
        var query = new LedgerQuery { Tenant = "acme" };
        var whole = await _ledger.Reports.ListLedgerAsync(query, null, 500);
        Assert.Null(whole.Next);
        Assert.Equal(
            Enumerable.Range(0, 25).Where(i => i % 2 == 0).OrderByDescending(i => i / 3).ThenByDescending(i => i).Select(i => $"r{i:00}"),
            whole.Rows.Select(row => row.RequestId));
        Assert.Equal(["a", "b"], whole.Rows[0].Tags!);
        var paged = new List<string>();
        for (string? cursor = null; ;)
        {
            var page = await _ledger.Reports.ListLedgerAsync(query, cursor, 2);
            paged.AddRange(page.Rows.Select(row => row.RequestId));
            if ((cursor = page.Next) is null)
            {
                break;
            }
        }

        Assert.Equal(whole.Rows.Select(row => row.RequestId), paged);
        Assert.Equal(3, (await _ledger.Reports.ListLedgerAsync(new LedgerQuery { From = LedgerFixture.Noon, To = LedgerFixture.Noon.AddSeconds(1) }, null, 500)).Rows.Length);
        Assert.Empty((await _ledger.Reports.ListLedgerAsync(new LedgerQuery { Tenant = "acme", User = "bob" }, null, 500)).Rows);
        Assert.Empty((await _ledger.Reports.ListLedgerAsync(new LedgerQuery { Key = "k", Model = "m" }, null, 500)).Rows);
        await Assert.ThrowsAsync<ArgumentException>(() => _ledger.Reports.ListLedgerAsync(query, PageCursor.OfId("x"), 5));
    }
}
