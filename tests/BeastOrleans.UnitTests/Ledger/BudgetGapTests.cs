using BeastOrleans.Contracts.Identity;
using BeastOrleans.Contracts.Metering;
using BeastOrleans.Contracts.Usage;
using BeastOrleans.Grains.Usage;
using Xunit;

namespace BeastOrleans.UnitTests.Ledger;

/// <summary>What happens to the leases of a gateway that is gone for good, or for longer than anybody waits.</summary>
public sealed class BudgetGapTests : IDisposable
{
    private static readonly DateTimeOffset Now = LedgerFixture.Noon;
    private static readonly DateTimeOffset Later = Now.AddMinutes(15);
    private static readonly MeteredScope Scope = MeteredScope.OfKey("key_1");

    private readonly LedgerFixture _ledger = new();

    public void Dispose() => _ledger.Dispose();

    [Fact]
    public async Task Gap_AfterTheEndAndTenMinutes_IsShownAndStillHeld()
    {
        await LendAsync();

        Assert.Empty((await ViewAsync(Later.AddMilliseconds(-1))).Gaps);
        var view = await ViewAsync(Later);
        var gap = Assert.Single(view.Gaps);
        Assert.Equal(("lost", 70, Now.AddMinutes(5)), (gap.LeaseId, gap.Held.Nano, gap.ExpiredAt));
        Assert.Equal((30, 70), (view.Posted.Nano, view.Leased.Nano));

        // No second's wait will free it.
        Assert.Equal(LeaseAnswer.InFlight, (await AskAsync(20, Now)).Answer);
        Assert.Equal(LeaseAnswer.Exceeded, (await AskAsync(20, Later)).Answer);
    }

    [Theory]
    [InlineData(true, 100)]
    [InlineData(false, 30)]
    public async Task SettleGap_OnceOrTwice_BooksOrReturnsTheRestOnce(bool post, long posted)
    {
        await LendAsync();
        Assert.Equal(GapOutcome.NotYet, (await SettleAsync(post, Now.AddMinutes(10))).Outcome);

        Assert.Equal(GapOutcome.Settled, (await SettleAsync(post)).Outcome);
        Assert.Equal(GapOutcome.Settled, (await SettleAsync(post)).Outcome);
        Assert.Equal(GapOutcome.Otherwise, (await SettleAsync(!post)).Outcome);

        var view = await ViewAsync(Later);
        Assert.Equal((posted, 0), (view.Posted.Nano, view.Leased.Nano));
        Assert.Empty(view.Gaps);
        Assert.Equal(
            [$"2|{posted - 30}|key:key_1|acme|alice|key_1"],
            await _ledger.RowsAsync("SELECT kind, cost_nano, gap_scope, tenant, user_id, key_id FROM ledger WHERE kind = 2"));
        Assert.Equal(["30"], await _ledger.RowsAsync("SELECT SUM(cost_nano) FROM usage_rollup"));
        await _ledger.Budgets.RemoveAsync(Scope);
        Assert.Equal(posted, (await PutAsync()).Posted.Nano);
    }

    [Fact]
    public async Task SettleGap_OfNobody_IsNotFound()
    {
        Assert.Equal(GapOutcome.NotFound, (await SettleAsync(post: true)).Outcome);
        await PutAsync();
        Assert.Equal(GapOutcome.NotFound, (await SettleAsync(post: true)).Outcome);
    }

    [Fact]
    public async Task Close_AGapWhoseGatewayCameBack_ReleasesIt()
    {
        await LendAsync();
        await _ledger.Store.AppendAsync([Row("late", 25)]);
        Assert.Equal(1, await _ledger.Budgets.CloseLeasesAsync("gw", 2));

        Assert.Equal(GapOutcome.Otherwise, (await SettleAsync(post: true)).Outcome);
        var view = await ViewAsync(Later);
        Assert.Equal((55, 0), (view.Posted.Nano, view.Leased.Nano));
    }

    [Fact]
    public async Task Append_AfterAGapWasPosted_BooksNothingTwice()
    {
        await LendAsync();
        await SettleAsync(post: true);

        await _ledger.Store.AppendAsync([Row("late", 25), Row("later", 40)]);
        await _ledger.Store.AppendAsync([Row("late", 25)]);
        Assert.Equal(100, (await ViewAsync(Later)).Posted.Nano);

        // Five nano-dollars of the posting were left; the rest is new.
        await _ledger.Store.AppendAsync([Row("last", 20)]);
        Assert.Equal(115, (await ViewAsync(Later)).Posted.Nano);
        Assert.Equal(["115"], await _ledger.RowsAsync("SELECT SUM(cost_nano) FROM ledger"));
    }

    [Fact]
    public async Task Append_AfterAGapWasVoided_IsBookedAllTheSame()
    {
        await LendAsync();
        await SettleAsync(post: false);

        await _ledger.Store.AppendAsync([Row("late", 25)]);

        Assert.Equal(55, (await ViewAsync(Later)).Posted.Nano);
    }

    // 100 lent on a budget of 110, of which 30 were spent before the gateway vanished.
    private async Task LendAsync()
    {
        await _ledger.Registry.AddKeyAsync("key_1", "00", TenantId.Parse("acme"), UserId.Parse("alice"), Now);
        await PutAsync();
        await _ledger.Budgets.LeaseAsync(Scope, Request("lost", 100), Now);
        await _ledger.Store.AppendAsync([Row("first", 30)]);
    }

    private async Task<BudgetView> PutAsync() => (await _ledger.Budgets.PutAsync(
        Scope, new BudgetDefinition { Limit = Money.FromNano(110), Period = BudgetPeriod.Total, Kind = BudgetKind.Hard }, Now)).View;

    private Task<LeaseGrant> AskAsync(long need, DateTimeOffset at) => _ledger.Budgets.LeaseAsync(Scope, Request(Guid.NewGuid().ToString("N"), need), at);

    private Task<GapSettlement> SettleAsync(bool post, DateTimeOffset? at = null) => _ledger.Budgets.SettleGapAsync(Scope, "lost", post, at ?? Later);

    private async Task<BudgetView> ViewAsync(DateTimeOffset at) => (await _ledger.Budgets.FindAsync(Scope, at))!;

    private static UsageRecord Row(string id, long cost) => LedgerFixture.Record(id) with
    {
        Cost = Money.FromNano(cost),
        Leases = [new LeaseUse { Scope = Scope.Text, LeaseId = "lost", Reserved = Money.FromNano(50) }],
    };

    private static LeaseRequest Request(string id, long need) =>
        new() { LeaseId = id, Gateway = "gw", Epoch = 1, Need = Money.FromNano(need), Want = Money.FromNano(need) };
}
