using BeastOrleans.Contracts.Identity;
using BeastOrleans.Contracts.Metering;
using BeastOrleans.Contracts.Tenants;
using BeastOrleans.Contracts.Usage;
using BeastOrleans.Testing;

namespace BeastOrleans.ClusterTests.Metering;

[Collection(ClusterCollection.Name)]
public sealed class BudgetGrainTests(ClusterFixture fixture)
{
    private BeastCluster Cluster => fixture.Cluster;

    [Fact]
    public async Task Gateways_at_every_silo_are_never_lent_more_than_there_is()
    {
        var scope = MeteredScope.OfUser(Make.Tenant(), UserId.Parse("a/b+c"));
        await Budget(0, scope).PutAsync(new BudgetDefinition { Limit = Money.FromNano(1_000), Period = BudgetPeriod.Total, Kind = BudgetKind.Hard });

        // Ended again and again under the calls: what a grain remembers must not matter.
        using var end = new CancellationTokenSource();
        var ending = EndActivationsAsync(scope, end.Token);
        var requests = Enumerable.Range(0, 300).Select(i => Request(1 + (i % 5))).ToArray();
        var grants = await Task.WhenAll(requests.Concat(requests).Select((request, i) => LeaseAsync(i % 3, scope, request)));
        await end.CancelAsync();
        await ending;

        var lent = requests.Select((request, i) => (First: grants[i], Again: grants[i + requests.Length])).ToArray();
        Assert.All(lent, pair => Assert.True(
            pair.First.Answer != LeaseAnswer.Granted || pair.Again.Answer != LeaseAnswer.Granted || pair.First.Amount == pair.Again.Amount));
        var sum = lent.Sum(pair => Math.Max(pair.First.Amount.Nano, pair.Again.Amount.Nano));
        var view = (await Budget(1, scope).GetAsync())!;
        Assert.Equal((0, sum), (view.Posted.Nano, view.Leased.Nano));
        Assert.InRange(sum, 990, 1_000);
    }

    [Fact]
    public async Task A_gap_of_a_vanished_gateway_is_shown_and_settled()
    {
        var scope = MeteredScope.OfTenant(Make.Tenant());
        var budget = Budget(0, scope);
        await budget.PutAsync(new BudgetDefinition { Limit = Money.FromNano(1_000), Period = BudgetPeriod.Total, Kind = BudgetKind.Hard });
        var request = Request(100);
        await budget.LeaseAsync(request);
        Assert.Equal(ConfigError.Conflict, (await budget.SettleGapAsync(request.LeaseId, post: true)).Error);
        fixture.Clock.Advance(TimeSpan.FromMinutes(16));

        Assert.Equal(request.LeaseId, Assert.Single((await budget.GetAsync())!.Gaps).LeaseId);
        var settled = await budget.SettleGapAsync(request.LeaseId, post: true);

        Assert.Equal((100, 0), (settled.Value!.Posted.Nano, settled.Value.Leased.Nano));
        Assert.Equal(ConfigError.NotFound, (await budget.SettleGapAsync("nobody", post: true)).Error);
        Assert.Equal(ConfigError.Conflict, (await budget.SettleGapAsync(request.LeaseId, post: false)).Error);
    }

    [Fact]
    public async Task A_budget_takes_no_nonsense()
    {
        var budget = Budget(0, MeteredScope.OfKey("key_" + Guid.NewGuid().ToString("N")));
        var definition = new BudgetDefinition { Limit = Money.FromNano(1), Period = BudgetPeriod.Total, Kind = BudgetKind.Hard };

        await Assert.ThrowsAnyAsync<ArgumentException>(() => budget.PutAsync(definition with { Limit = Money.FromNano(-1) }));
        await Assert.ThrowsAnyAsync<ArgumentException>(() => budget.PutAsync(definition with { Kind = BudgetKind.None }));
        await Assert.ThrowsAnyAsync<ArgumentException>(() => budget.LeaseAsync(Request(1) with { LeaseId = "" }));
        await Assert.ThrowsAnyAsync<ArgumentException>(() => budget.LeaseAsync(Request(1) with { Gateway = new string('g', 129) }));
        Assert.Null(await budget.GetAsync());
        Assert.False(await budget.RemoveAsync());
        Assert.Equal(LeaseAnswer.NoBudget, (await budget.LeaseAsync(Request(1))).Answer);
        await Assert.ThrowsAnyAsync<Exception>(() => Cluster.Client.GetGrain<IBudgetGrain>("b:nonsense").GetAsync());
    }

    private static LeaseRequest Request(long need) => new()
    {
        LeaseId = Guid.NewGuid().ToString("N"),
        Gateway = "gw",
        Epoch = 1,
        Need = Money.FromNano(need),
        Want = Money.FromNano(40),
    };

    private IBudgetGrain Budget(int silo, MeteredScope scope) => Cluster.At(silo).GetGrain<IBudgetGrain>(GrainKeys.Budget(scope));

    // Asked again when its activation went away under it: the lease id makes that safe.
    private async Task<LeaseGrant> LeaseAsync(int silo, MeteredScope scope, LeaseRequest request)
    {
        for (var i = 0; ; i++)
        {
            try
            {
                return await Budget(silo, scope).LeaseAsync(request);
            }
            catch (OrleansMessageRejectionException) when (i < 20)
            {
                await Task.Yield();
            }
        }
    }

    private async Task EndActivationsAsync(MeteredScope scope, CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            await Cluster.DeactivateAsync(Budget(0, scope));
        }
    }
}
