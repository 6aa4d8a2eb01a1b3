using System.Globalization;
using BeastOrleans.Contracts.Identity;
using BeastOrleans.Contracts.Metering;
using BeastOrleans.Contracts.Usage;
using BeastOrleans.Testing.Databases;
using Xunit;

namespace BeastOrleans.UnitTests.Ledger;

internal enum BudgetStepKind
{
    Put,
    Remove,
    Lease,
    Spend,
    Ship,
    Close,
    Crash,
    Recover,
    Wait,
    Settle,
}

internal sealed record BudgetStep(BudgetStepKind Kind, int Gateway, int Scope, int Amount, int Choice, bool Repeat);

/// <summary>Gateways as far as the store knows them, and the laws that must hold whatever they do.</summary>
internal sealed class BudgetModel(LedgerFixture ledger)
{
    public const int Gateways = 3;
    public const int Scopes = 3;

    private static readonly MeteredScope[] All =
    [
        MeteredScope.OfTenant(TenantId.Parse("acme")),
        MeteredScope.OfUser(TenantId.Parse("acme"), UserId.Parse("alice")),
        MeteredScope.OfKey("key_1"),
    ];

    private static readonly string[] Members = ["tenant = 'acme'", "tenant = 'acme' AND user_id = 'alice'", "key_id = 'key_1'"];

    private readonly Gateway[] _gateways = [.. Enumerable.Range(0, Gateways).Select(i => new Gateway($"gw{i}"))];
    private readonly Dictionary<string, (BudgetPeriod? Is, bool Changed)> _periods = new(StringComparer.Ordinal);
    private DateTimeOffset _now = LedgerFixture.Noon;
    private int _ids;

    public async Task StepAsync(BudgetStep step)
    {
        var exposed = await ExposureAsync();
        await DoAsync(step, exposed);
        await CheckSumsAsync();
    }

    private async Task DoAsync(BudgetStep step, Dictionary<string, long> exposed)
    {
        var gateway = _gateways[step.Gateway];
        var scope = All[step.Scope];
        switch (step.Kind)
        {
            case BudgetStepKind.Put:
                _periods.TryGetValue(scope.Text, out var period);
                _periods[scope.Text] = (DefinitionOf(step).Period, period.Changed || (period.Is is { } before && before != DefinitionOf(step).Period));
                await TwiceAsync(step, () => ledger.Budgets.PutAsync(scope, DefinitionOf(step), _now));
                break;
            case BudgetStepKind.Remove:
                await TwiceAsync(step, () => ledger.Budgets.RemoveAsync(scope));
                break;
            case BudgetStepKind.Lease:
                await LeaseAsync(step, gateway, scope, exposed);
                break;
            case BudgetStepKind.Spend:
                // Small beside a lease, so that most attempts find one to reserve from.
                gateway.Spend(RowOf(step), _now, 1 + (step.Amount / 10), overrun: step.Choice % 5 == 0);
                break;
            case BudgetStepKind.Ship:
                await ShipAsync(step, gateway, exposed);
                break;
            case BudgetStepKind.Close:
                foreach (var lease in gateway.TakeIdle(_now))
                {
                    await TwiceAsync(step, () => ledger.Budgets.CloseAsync(lease.Scope, lease.Id));
                }

                await CheckNoGrowthAsync(exposed);
                break;
            case BudgetStepKind.Crash:
                gateway.Crash();
                break;
            case BudgetStepKind.Recover when gateway.Spool.Count == 0:
                await TwiceAsync(step, () => ledger.Budgets.CloseLeasesAsync(gateway.Id, gateway.Epoch));
                await CheckNoGrowthAsync(exposed);
                break;
            case BudgetStepKind.Wait:
                _now += step.Choice % 3 == 0 ? TimeSpan.FromHours(step.Amount / 20) : TimeSpan.FromSeconds(step.Amount);
                break;
            case BudgetStepKind.Settle:
                await SettleAsync(step, scope, exposed);
                break;
        }
    }

    private static BudgetDefinition DefinitionOf(BudgetStep step) => new()
    {
        Limit = Money.FromNano(step.Amount * 10),
        Period = (BudgetPeriod)(step.Choice % 4),
        Kind = step.Choice % 5 == 0 ? BudgetKind.Soft : BudgetKind.Hard,
    };

    // Most are the one user's with the one key; some concern fewer of the scopes.
    private UsageRecord RowOf(BudgetStep step) => LedgerFixture.Record("r" + _ids++) with
    {
        User = step.Choice % 7 == 0 ? "bob" : "alice",
        KeyId = step.Choice % 11 == 0 ? "key_2" : "key_1",
        PriceVersion = step.Choice % 13 == 0 ? null : "v1",
    };

    private async Task LeaseAsync(BudgetStep step, Gateway gateway, MeteredScope scope, Dictionary<string, long> exposed)
    {
        var request = new LeaseRequest
        {
            LeaseId = "lease" + _ids++,
            Gateway = gateway.Id,
            Epoch = gateway.Epoch,
            Need = Money.FromNano(step.Amount / 4),
            Want = Money.FromNano(step.Amount),
        };
        var grant = await TwiceAsync(step, () => ledger.Budgets.LeaseAsync(scope, request, _now));
        if (grant.Answer == LeaseAnswer.Granted)
        {
            Assert.True(grant.Amount >= request.Need);
            Assert.True(grant.ValidFor <= TimeSpan.FromMinutes(5));
            Assert.True(grant.Budget!.ResetsAt is not { } end || _now + grant.ValidFor <= end);
            gateway.Leases.Add(new HeldLease(scope, request.LeaseId, _now + grant.ValidFor) { Left = grant.Amount.Nano });
        }

        // What lends may fill a budget, never overfill it.
        foreach (var (name, after) in await ExposureAsync())
        {
            var before = exposed.GetValueOrDefault(name);
            var limit = name == scope.Text ? (await ledger.Budgets.FindAsync(scope, _now))!.Definition.Limit.Nano : 0;
            Assert.True(after <= Math.Max(limit, before), $"{name}: {after} of {limit}");
        }
    }

    private async Task ShipAsync(BudgetStep step, Gateway gateway, Dictionary<string, long> exposed)
    {
        var batch = gateway.Spool.Take(1 + (step.Choice % 8)).ToArray();
        var open = (await ledger.RowsAsync("SELECT id FROM leases WHERE state = 0")).ToHashSet(StringComparer.Ordinal);
        var known = (await ledger.RowsAsync("SELECT attempt_id FROM ledger")).ToHashSet(StringComparer.Ordinal);
        await TwiceAsync(step, () => ledger.Store.AppendAsync(batch));
        if (step.Choice % 4 != 0)
        {
            // Else the answer is lost, and the batch is sent again.
            gateway.Spool.RemoveRange(0, batch.Length);
        }

        // Only what no lease covers adds to a budget.
        foreach (var (name, after) in await ExposureAsync())
        {
            var uncovered = batch.Where(row => row.PriceVersion is not null && !known.Contains(row.AttemptId))
                .Sum(row => row.Cost.Nano - Math.Min(row.Cost.Nano, row.Leases!.Where(use => use.Scope == name && open.Contains(use.LeaseId)).Sum(use => use.Reserved.Nano)));
            var before = exposed.TryGetValue(name, out var sum) ? sum : after;
            Assert.True(after - before <= uncovered, $"{name}: {before} grew to {after}, {uncovered} were not covered");
        }
    }

    private async Task SettleAsync(BudgetStep step, MeteredScope scope, Dictionary<string, long> exposed)
    {
        if (await ledger.Budgets.FindAsync(scope, _now) is { Gaps: { Length: > 0 } gaps })
        {
            var lease = gaps[step.Choice % gaps.Length].LeaseId;
            await TwiceAsync(step, () => ledger.Budgets.SettleGapAsync(scope, lease, post: step.Amount % 2 == 0, _now));
            await CheckNoGrowthAsync(exposed);
        }
    }

    private async Task<T> TwiceAsync<T>(BudgetStep step, Func<Task<T>> act)
    {
        var answer = await act();
        await AgainAsync(step, act);
        return answer;
    }

    private async Task TwiceAsync(BudgetStep step, Func<Task> act)
    {
        await act();
        await AgainAsync(step, act);
    }

    private async Task AgainAsync(BudgetStep step, Func<Task> act)
    {
        if (step.Repeat)
        {
            var before = await EverythingAsync();
            await act();
            Assert.Equal(before, await EverythingAsync());
        }
    }

    private async Task<string[]> EverythingAsync() =>
    [
        .. await ledger.RowsAsync("SELECT * FROM budgets ORDER BY 1"),
        .. await ledger.RowsAsync("SELECT * FROM budget_windows ORDER BY 1, 2"),
        .. await ledger.RowsAsync("SELECT * FROM leases ORDER BY 1"),
        .. await ledger.RowsAsync("SELECT attempt_id, cost_nano FROM ledger ORDER BY 1"),
        .. await ledger.RowsAsync("SELECT * FROM usage_rollup ORDER BY 1, 2, 3, 4, 5, 6"),
    ];

    // Posted and leased, of the window that is now.
    private async Task<Dictionary<string, long>> ExposureAsync()
    {
        var views = await ledger.Budgets.ListAsync(after: null, limit: 10, _now);
        return views.ToDictionary(view => view.Scope, view => (view.Posted + view.Leased).Nano, StringComparer.Ordinal);
    }

    private async Task CheckNoGrowthAsync(Dictionary<string, long> exposed) =>
        Assert.All(await ExposureAsync(), pair => Assert.True(pair.Value <= exposed[pair.Key], $"{pair.Key} grew to {pair.Value}"));

    private static string HeldOf(string window) => window.Split('|') is [var start, _, var held] ? $"{start}|{held}" : window;

    private static long SpentOf(string window) => long.Parse(window.Split('|')[1], CultureInfo.InvariantCulture);

    private async Task CheckSumsAsync()
    {
        for (var i = 0; i < Scopes; i++)
        {
            var name = All[i].Text;
            var stored = await ledger.RowsAsync(string.Create(CultureInfo.InvariantCulture, $"SELECT starts_at, posted_nano, leased_nano FROM budget_windows WHERE scope = '{name}' ORDER BY 1"));
            var fresh = await ledger.RowsAsync(string.Create(CultureInfo.InvariantCulture, $"""
                SELECT w.starts_at,
                    (SELECT COALESCE(SUM(cost_nano), 0) FROM ledger l WHERE l.at >= w.starts_at AND l.at < COALESCE(w.ends_at, l.at + 1)
                        AND CASE WHEN l.kind = 2 THEN l.gap_scope = '{name}' ELSE l.price_version IS NOT NULL AND {Members[i]} END),
                    (SELECT COALESCE(SUM(amount_nano - used_nano), 0) FROM leases e WHERE e.scope = '{name}' AND e.state = 0 AND e.starts_at = w.starts_at)
                FROM budget_windows w WHERE w.scope = '{name}' ORDER BY 1
                """));

            // A row is booked in the window of its lease, which a change of the period may have moved beyond the row's time, and
            // beyond the time of every window: so what is held agrees window by window, and what is spent over all of them where
            // the period stayed.
            Assert.Equal(fresh.Select(HeldOf), stored.Select(HeldOf));
            if (_periods.TryGetValue(name, out var period) && period.Changed)
            {
                Assert.True(stored.Sum(SpentOf) >= fresh.Sum(SpentOf), $"{name}: less is posted than its windows' rows say");
            }
            else
            {
                Assert.Equal(fresh.Sum(SpentOf), stored.Sum(SpentOf));
            }

            // Each attempt uses up what it cost, and no more than it had reserved: the rest is for those still in flight.
            Assert.Equal(
                await ledger.RowsAsync($"""
                    SELECT e.id, COALESCE((SELECT SUM(CASE WHEN l.cost_nano < {ReservedOf} THEN l.cost_nano ELSE {ReservedOf} END)
                        FROM ledger l, {LeasesOf} j
                        WHERE l.kind = 0 AND l.price_version IS NOT NULL AND {Members[i]} AND {LeaseOf} = e.id), 0)
                    FROM leases e WHERE e.scope = '{name}' AND e.state = 0 ORDER BY 1
                    """),
                await ledger.RowsAsync($"SELECT id, used_nano FROM leases WHERE scope = '{name}' AND state = 0 ORDER BY 1"));

            // No lease is lost between two windows.
            Assert.Equal(
                await ledger.RowsAsync($"SELECT COALESCE(SUM(amount_nano - used_nano), 0) FROM leases WHERE scope = '{name}' AND state = 0"),
                await ledger.RowsAsync($"SELECT COALESCE(SUM(leased_nano), 0) FROM budget_windows WHERE scope = '{name}'"));
        }
    }

    // Of the one text of a row's leases, in either database's words for JSON.
    private static string LeasesOf => TestDatabase.IsPostgres ? "json_array_elements(CAST(l.leases_json AS JSON))" : "json_each(l.leases_json)";

    private static string ReservedOf => TestDatabase.IsPostgres ? "CAST(j.value -> 'reserved' ->> 'nano' AS BIGINT)" : "json_extract(j.value, '$.reserved.nano')";

    private static string LeaseOf => TestDatabase.IsPostgres ? "j.value ->> 'leaseId'" : "json_extract(j.value, '$.leaseId')";

    private sealed record HeldLease(MeteredScope Scope, string Id, DateTimeOffset End)
    {
        public long Left { get; set; }
    }

    private sealed class Gateway(string id)
    {
        public string Id => id;

        public long Epoch { get; private set; } = 1;

        public List<HeldLease> Leases { get; } = [];

        /// <summary>Rows that the ledger has not acknowledged. It survives a crash.</summary>
        public List<UsageRecord> Spool { get; } = [];

        /// <summary>One attempt: reserves from whatever leases it holds, and is settled at once.</summary>
        public void Spend(UsageRecord row, DateTimeOffset now, long reserved, bool overrun)
        {
            List<LeaseUse> uses = [];
            foreach (var scope in All)
            {
                if (Leases.Find(lease => lease.Scope == scope && lease.End > now && lease.Left >= reserved) is { } held)
                {
                    held.Left -= reserved;
                    uses.Add(new LeaseUse { Scope = scope.Text, LeaseId = held.Id, Reserved = Money.FromNano(reserved) });
                }
            }

            Spool.Add(row with { At = now, Cost = Money.FromNano(overrun ? reserved + 5 : reserved * 3 / 4), Leases = [.. uses] });
        }

        public HeldLease[] TakeIdle(DateTimeOffset now)
        {
            var idle = Leases.FindAll(lease => !Spool.Exists(row => Array.Exists(row.Leases!, use => use.LeaseId == lease.Id)));
            Leases.RemoveAll(idle.Contains);
            Leases.RemoveAll(lease => lease.End <= now);
            return [.. idle];
        }

        public void Crash()
        {
            Epoch++;
            Leases.Clear();
        }
    }
}
