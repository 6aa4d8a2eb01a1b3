using BeastOrleans.Contracts.Identity;
using BeastOrleans.Contracts.Metering;
using BeastOrleans.Contracts.Usage;
using BeastOrleans.Grains.Usage.Sql;
using Xunit;

namespace BeastOrleans.UnitTests.Ledger;

public sealed class BudgetStoreTests : IDisposable
{
    private static readonly DateTimeOffset Now = LedgerFixture.Noon;
    private static readonly MeteredScope Tenant = MeteredScope.OfTenant(TenantId.Parse("acme"));
    private static readonly MeteredScope User = MeteredScope.OfUser(TenantId.Parse("acme"), UserId.Parse("alice"));
    private static readonly MeteredScope Key = MeteredScope.OfKey("key_1");

    private readonly LedgerFixture _ledger = new();
    private int _ids;

    public void Dispose() => _ledger.Dispose();

    [Fact]
    public async Task Put_NewBudget_StartsWithWhatWasSpent()
    {
        await _ledger.Store.AppendAsync([
            Row(100), Row(20) with { User = "bob" }, Row(3) with { KeyId = "key_2", User = "bob" }, Row(4_000) with { Tenant = "rival", KeyId = "key_9" },
            Row(50_000) with { PriceVersion = null }, Row(600_000) with { At = Now.AddDays(-1) }]);

        Assert.Equal((123, 0), await PutAsync(Tenant, 1_000, BudgetPeriod.Day));
        Assert.Equal((100, 0), await PutAsync(User, 1_000, BudgetPeriod.Day));
        Assert.Equal((120, 0), await PutAsync(Key, 1_000, BudgetPeriod.Day));
        Assert.Equal((600_123, 0), await PutAsync(Tenant, 1_000, BudgetPeriod.Total));
        Assert.Equal((600_100, 0), await PutAsync(User, 1_000, BudgetPeriod.Month));
    }

    [Fact]
    public async Task Append_Rows_AreBookedOnEveryScopeThatHasABudgetOnce()
    {
        await PutAsync(Tenant, 1_000, kind: BudgetKind.Soft);
        await PutAsync(Key, 1_000, BudgetPeriod.Day);
        UsageRecord[] batch = [Row(10), Row(5) with { User = "bob" }, Row(7) with { KeyId = "other" }, Row(99) with { PriceVersion = null }];

        await _ledger.Store.AppendAsync(batch);
        await _ledger.Store.AppendAsync(batch);

        Assert.Equal((22, 0), await SumsAsync(Tenant));
        Assert.Equal((15, 0), await SumsAsync(Key));
        Assert.Null(await _ledger.Budgets.FindAsync(User, Now));
    }

    [Fact]
    public async Task Append_BeyondALimit_IsToldOnce()
    {
        await PutAsync(Tenant, 100, kind: BudgetKind.Soft);
        await PutAsync(Key, 1_000);

        Assert.Empty(await AppendAsync(Row(100)));
        Assert.Equal([new OverdrawnBudget(Tenant.Text, BudgetKind.Soft, Money.FromNano(101), Money.FromNano(100))], await AppendAsync(Row(1)));
        Assert.Empty(await AppendAsync(Row(1)));
        Assert.Equal([new OverdrawnBudget(Key.Text, BudgetKind.Hard, Money.FromNano(1_002), Money.FromNano(1_000))], await AppendAsync(Row(900)));

        Task<OverdrawnBudget[]> AppendAsync(UsageRecord row) =>
            _ledger.Database.WriteAsync(session => BudgetPosting.Post(session, [row], new LedgerRowWriter(session)));
    }

    [Fact]
    public async Task Append_BeyondALimitByWritersAtOnce_IsToldOnce()
    {
        await PutAsync(Tenant, 100, kind: BudgetKind.Soft);
        var told = await Task.WhenAll(Enumerable.Range(0, 40).Select(_ =>
            _ledger.Database.WriteAsync(session => BudgetPosting.Post(session, [Row(8)], new LedgerRowWriter(session)))));
        Assert.Equal(Money.FromNano(104), Assert.Single(told.SelectMany(budgets => budgets)).Posted);
        Assert.Equal((320, 0), await SumsAsync(Tenant));
    }

    [Fact]
    public async Task Append_ARowOfAnotherDay_IsBookedOnThatDay()
    {
        await PutAsync(Tenant, 1_000, BudgetPeriod.Day);
        await _ledger.Store.AppendAsync([Row(1) with { At = Now.AddDays(-1) }, Row(20), Row(300) with { At = Now.AddDays(1) }]);
        await _ledger.Store.AppendAsync([Row(4_000) with { At = Now.AddDays(1) }]);

        Assert.Equal((20, 0), await SumsAsync(Tenant));
        Assert.Equal((1, 0), await SumsAsync(Tenant, Now.AddDays(-1)));
        Assert.Equal((4_300, 0), await SumsAsync(Tenant, Now.AddDays(1)));
        Assert.Equal((0, 0), await SumsAsync(Tenant, Now.AddDays(2)));
    }

    [Fact]
    public async Task Lease_WhatIsFree_IsLentInSlicesThatShrinkWithTheRest()
    {
        await PutAsync(Tenant, 1_600);

        Assert.Equal(100, (await LeaseAsync(Tenant, need: 1, want: 5_000)).Amount.Nano);
        Assert.Equal(93, (await LeaseAsync(Tenant, need: 1, want: 5_000)).Amount.Nano);
        Assert.Equal(40, (await LeaseAsync(Tenant, need: 1, want: 40)).Amount.Nano);
        Assert.Equal(700, (await LeaseAsync(Tenant, need: 700, want: 5_000)).Amount.Nano);
        Assert.Equal(667, (await LeaseAsync(Tenant, need: 667, want: 700)).Amount.Nano);
        var last = await LeaseAsync(Tenant, need: 1, want: 1);
        Assert.Equal((LeaseAnswer.InFlight, 0), (last.Answer, last.Amount.Nano));
        Assert.Equal((0, 1_600), await SumsAsync(Tenant));
    }

    [Fact]
    public async Task Lease_TheSameIdAgain_AnswersTheSameLease()
    {
        await PutAsync(Tenant, 1_600);
        var request = Request(need: 10, want: 50);

        var first = await _ledger.Budgets.LeaseAsync(Tenant, request, Now);
        var again = await _ledger.Budgets.LeaseAsync(Tenant, request with { Want = Money.FromNano(90) }, Now.AddSeconds(10));

        Assert.Equal((LeaseAnswer.Granted, 50, TimeSpan.FromMinutes(5)), (first.Answer, first.Amount.Nano, first.ValidFor));
        Assert.Equal((LeaseAnswer.Granted, 50, TimeSpan.FromSeconds(290)), (again.Answer, again.Amount.Nano, again.ValidFor));
        Assert.Equal((0, 50), await SumsAsync(Tenant));
        await _ledger.Budgets.CloseAsync(Tenant, request.LeaseId);
        Assert.Equal(TimeSpan.Zero, (await _ledger.Budgets.LeaseAsync(Tenant, request, Now)).ValidFor);
        Assert.Equal((0, 0), await SumsAsync(Tenant));
    }

    [Fact]
    public async Task Lease_NothingToReserveFrom_SaysSo()
    {
        Assert.Equal(LeaseAnswer.NoBudget, (await LeaseAsync(Tenant, 1, 1)).Answer);
        await PutAsync(Tenant, 100, kind: BudgetKind.Soft);
        Assert.Equal(LeaseAnswer.NoBudget, (await LeaseAsync(Tenant, 1, 1)).Answer);
        await PutAsync(Tenant, 100);
        Assert.Equal(LeaseAnswer.Granted, (await LeaseAsync(Tenant, 1, 1)).Answer);
        Assert.Equal(LeaseAnswer.Exceeded, (await LeaseAsync(Tenant, 101, 101)).Answer);
    }

    [Fact]
    public async Task Lease_NearTheEndOfItsWindow_EndsWithIt()
    {
        await PutAsync(Tenant, 100, BudgetPeriod.Day);
        var late = new DateTimeOffset(2026, 3, 14, 23, 58, 0, TimeSpan.Zero);

        Assert.Equal(TimeSpan.FromMinutes(2), (await _ledger.Budgets.LeaseAsync(Tenant, Request(1, 1), late)).ValidFor);
    }

    [Fact]
    public async Task Append_ARowWithALease_TurnsWhatWasLentIntoWhatWasSpent()
    {
        await PutAsync(Tenant, 10_000);
        var lease = await GrantedAsync(Tenant, need: 500, want: 500);

        await _ledger.Store.AppendAsync([Row(30) with { Leases = [Use(lease, 200)] }]);
        Assert.Equal((30, 470), await SumsAsync(Tenant));

        // Dearer than was reserved: the lease pays what was reserved, the budget all of it.
        await _ledger.Store.AppendAsync([Row(250) with { Leases = [Use(lease, 200)], Overrun = Money.FromNano(50) }]);
        Assert.Equal((280, 270), await SumsAsync(Tenant));

        await _ledger.Budgets.CloseAsync(Tenant, lease);
        await _ledger.Budgets.CloseAsync(Tenant, lease);
        Assert.Equal((280, 0), await SumsAsync(Tenant));

        // After the close there is nothing left to take, but it was spent all the same.
        await _ledger.Store.AppendAsync([Row(20) with { Leases = [Use(lease, 200)] }]);
        Assert.Equal((300, 0), await SumsAsync(Tenant));
        Assert.Equal(["50"], await _ledger.RowsAsync("SELECT SUM(overrun_nano) FROM ledger"));
    }

    [Fact]
    public async Task Append_ARowAfterMidnight_IsBookedOnTheDayItReservedFrom()
    {
        var late = new DateTimeOffset(2026, 3, 14, 23, 59, 0, TimeSpan.Zero);
        await _ledger.Budgets.PutAsync(Tenant, new BudgetDefinition { Limit = Money.FromNano(100), Period = BudgetPeriod.Day, Kind = BudgetKind.Hard }, late);
        var request = Request(60, 60);
        await _ledger.Budgets.LeaseAsync(Tenant, request, late);

        await _ledger.Store.AppendAsync([Row(50) with { At = late.AddMinutes(2), Leases = [Use(request.LeaseId, 60)] }]);

        Assert.Equal((50, 10), await SumsAsync(Tenant, late));
        Assert.Equal((0, 0), await SumsAsync(Tenant, late.AddMinutes(2)));
    }

    [Fact]
    public async Task Put_AnotherPeriod_KeepsWhatIsLent()
    {
        await PutAsync(Tenant, 1_000, BudgetPeriod.Day);
        var lease = await GrantedAsync(Tenant, 300, 300);
        await _ledger.Store.AppendAsync([Row(100) with { Leases = [Use(lease, 100)] }, Row(7) with { At = Now.AddDays(-1) }]);

        Assert.Equal((107, 200), await PutAsync(Tenant, 1_000, BudgetPeriod.Total));

        await _ledger.Store.AppendAsync([Row(150) with { Leases = [Use(lease, 150)] }]);
        await _ledger.Budgets.CloseAsync(Tenant, lease);
        Assert.Equal((257, 0), await SumsAsync(Tenant));
    }

    [Fact]
    public async Task Put_ALowerLimit_LendsNothingMore()
    {
        await PutAsync(Tenant, 1_000);
        await GrantedAsync(Tenant, 300, 300);

        Assert.False((await _ledger.Budgets.PutAsync(Tenant, Definition(1_000), Now)).Changed);
        Assert.True((await _ledger.Budgets.PutAsync(Tenant, Definition(200), Now)).Changed);

        Assert.Equal(LeaseAnswer.InFlight, (await LeaseAsync(Tenant, 1, 1)).Answer);
        Assert.Equal(LeaseAnswer.Exceeded, (await LeaseAsync(Tenant, 201, 201)).Answer);
    }

    [Fact]
    public async Task Remove_ABudget_ClosesItsLeases()
    {
        await PutAsync(Tenant, 1_000);
        var lease = await GrantedAsync(Tenant, 300, 300);

        Assert.True(await _ledger.Budgets.RemoveAsync(Tenant));
        Assert.False(await _ledger.Budgets.RemoveAsync(Tenant));
        await _ledger.Store.AppendAsync([Row(10) with { Leases = [Use(lease, 10)] }]);
        await _ledger.Budgets.CloseAsync(Tenant, lease);

        Assert.Equal((10, 0), await PutAsync(Tenant, 1_000));
    }

    [Fact]
    public async Task CloseLeases_OfEarlierStarts_LeavesTheRest()
    {
        await PutAsync(Tenant, 10_000);
        await PutAsync(Key, 10_000);
        await _ledger.Budgets.LeaseAsync(Tenant, Request(100, 100), Now);
        await _ledger.Budgets.LeaseAsync(Key, Request(20, 20), Now);
        await _ledger.Budgets.LeaseAsync(Tenant, Request(3, 3) with { Epoch = 2 }, Now);
        await _ledger.Budgets.LeaseAsync(Tenant, Request(4_000, 4_000) with { Gateway = "other" }, Now);

        Assert.Equal(2, await _ledger.Budgets.CloseLeasesAsync("gw", 2));
        Assert.Equal(0, await _ledger.Budgets.CloseLeasesAsync("gw", 2));

        Assert.Equal((0, 4_003), await SumsAsync(Tenant));
        Assert.Equal((0, 0), await SumsAsync(Key));
    }

    [Fact]
    public async Task List_Budgets_ArePagedByScope()
    {
        foreach (var name in (string[])["a", "b", "c"])
        {
            await PutAsync(MeteredScope.OfTenant(TenantId.Parse(name)), 10);
        }

        var first = await _ledger.Reports.ListBudgetsAsync(cursor: null, limit: 2);
        var second = await _ledger.Reports.ListBudgetsAsync(first.Next, limit: 2);

        Assert.Equal(["tenant:a", "tenant:b"], first.Budgets.Select(view => view.Scope));
        Assert.Equal(["tenant:c"], second.Budgets.Select(view => view.Scope));
        Assert.Null(second.Next);
        await Assert.ThrowsAsync<ArgumentException>(() => _ledger.Reports.ListBudgetsAsync("bogus!", 2));
    }

    [Fact]
    public async Task Lease_ManyAtOnce_NeverLendMoreThanThereIs()
    {
        await PutAsync(Tenant, 1_000);

        var grants = await Task.WhenAll(Enumerable.Range(0, 300).Select(i => LeaseAsync(Tenant, need: 1 + (i % 7), want: 50)));

        var lent = grants.Where(grant => grant.Answer == LeaseAnswer.Granted).Sum(grant => grant.Amount.Nano);
        Assert.Equal((0, lent), await SumsAsync(Tenant));
        Assert.InRange(lent, 990, 1_000);
        Assert.Contains(grants, grant => grant.Answer == LeaseAnswer.InFlight);
    }

    private static BudgetDefinition Definition(long limit, BudgetPeriod period = BudgetPeriod.Total, BudgetKind kind = BudgetKind.Hard) =>
        new() { Limit = Money.FromNano(limit), Period = period, Kind = kind };

    private static LeaseUse Use(string lease, long reserved) => new() { Scope = Tenant.Text, LeaseId = lease, Reserved = Money.FromNano(reserved) };

    private UsageRecord Row(long cost) => LedgerFixture.Record("r" + _ids++) with { Cost = Money.FromNano(cost) };

    private LeaseRequest Request(long need, long want) => new()
    {
        LeaseId = "lease-" + Interlocked.Increment(ref _ids),
        Gateway = "gw",
        Epoch = 1,
        Need = Money.FromNano(need),
        Want = Money.FromNano(want),
    };

    private Task<LeaseGrant> LeaseAsync(MeteredScope scope, long need, long want) => _ledger.Budgets.LeaseAsync(scope, Request(need, want), Now);

    private async Task<string> GrantedAsync(MeteredScope scope, long need, long want)
    {
        var request = Request(need, want);
        Assert.Equal(LeaseAnswer.Granted, (await _ledger.Budgets.LeaseAsync(scope, request, Now)).Answer);
        return request.LeaseId;
    }

    private async Task<(long Posted, long Leased)> PutAsync(
        MeteredScope scope, long limit, BudgetPeriod period = BudgetPeriod.Total, BudgetKind kind = BudgetKind.Hard)
    {
        var view = (await _ledger.Budgets.PutAsync(scope, Definition(limit, period, kind), Now)).View;
        return (view.Posted.Nano, view.Leased.Nano);
    }

    private async Task<(long Posted, long Leased)> SumsAsync(MeteredScope scope, DateTimeOffset? at = null)
    {
        var view = (await _ledger.Budgets.FindAsync(scope, at ?? Now))!;
        return (view.Posted.Nano, view.Leased.Nano);
    }
}
