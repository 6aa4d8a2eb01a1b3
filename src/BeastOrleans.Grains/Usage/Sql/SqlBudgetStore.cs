using BeastOrleans.Contracts.Identity;
using BeastOrleans.Contracts.Metering;
using BeastOrleans.Contracts.Usage;
using BeastOrleans.Grains.Storage.Sql;

namespace BeastOrleans.Grains.Usage.Sql;

/// <summary>Budgets, on either database. Their writes are small and many at once: they share commits.</summary>
internal sealed class SqlBudgetStore(ISqlDatabase database) : IBudgetStore
{
    public Task<BudgetChange> PutAsync(MeteredScope scope, BudgetDefinition definition, DateTimeOffset now) =>
        database.WriteAsync(session => Put(session, scope, definition, now), groupable: true);

    public Task<BudgetView?> FindAsync(MeteredScope scope, DateTimeOffset now) => database.ReadAsync(session =>
    {
        session.BeginSnapshot();
        return BudgetTables.FindBudget(session, scope.Text) is { } budget ? BudgetTables.View(session, budget, now) : null;
    });

    public Task<BudgetView[]> ListAsync(string? after, int limit, DateTimeOffset now) => database.ReadAsync<BudgetView[]>(session =>
    {
        session.BeginSnapshot();
        var budgets = session.Prepare(BudgetSql.SelectBudgets, ("@after", after ?? ""), ("@limit", limit)).ReadAll(BudgetTables.ReadBudget);
        return [.. budgets.Select(budget => BudgetTables.View(session, budget, now))];
    });

    public Task<bool> RemoveAsync(MeteredScope scope) => database.WriteAsync(
        session =>
        {
            BudgetTables.FindBudgetForUpdate(session, scope.Text);
            session.Prepare(BudgetSql.CloseLeasesOfScope, ("@scope", scope.Text)).ExecuteNonQuery();
            session.Prepare(BudgetSql.DeleteWindows, ("@scope", scope.Text)).ExecuteNonQuery();
            return session.Prepare(BudgetSql.DeleteBudget, ("@scope", scope.Text)).ExecuteNonQuery() > 0;
        },
        groupable: true);

    public Task<LeaseGrant> LeaseAsync(MeteredScope scope, LeaseRequest request, DateTimeOffset now) =>
        database.WriteAsync(session => Lease(session, scope, request, now), groupable: true);

    public Task CloseAsync(MeteredScope scope, string leaseId) => database.WriteAsync(
        session => BudgetTables.FindLeaseForUpdate(session, leaseId) is { State: LeaseState.Open } lease
            && lease.Scope == scope.Text
            && BudgetTables.EndLease(session, lease, LeaseState.Closed, posted: Money.Zero),
        groupable: true);

    public Task<int> CloseLeasesAsync(string gateway, long beforeEpoch) => database.WriteAsync(session =>
    {
        session.Lock(BudgetSql.CloseForGateway, ("@gateway", gateway));
        session.Prepare(BudgetSql.RaiseEpoch, ("@gateway", gateway), ("@epoch", beforeEpoch)).ExecuteNonQuery();
        var leases = session.Prepare(BudgetSql.SelectLeasesOfGateway + session.ForUpdate, ("@gateway", gateway), ("@epoch", beforeEpoch)).ReadAll(BudgetTables.ReadLease);
        foreach (var lease in leases.OrderBy(lease => lease.Scope, StringComparer.Ordinal).ThenBy(lease => lease.WindowStart))
        {
            BudgetTables.EndLease(session, lease, LeaseState.Closed, posted: Money.Zero);
        }

        return leases.Count;
    });

    public Task<GapSettlement> SettleGapAsync(MeteredScope scope, string leaseId, bool post, DateTimeOffset now) => database.WriteAsync(session =>
    {
        if (BudgetTables.FindBudget(session, scope.Text) is not { } budget)
        {
            return new GapSettlement(GapOutcome.NotFound, View: null);
        }

        var outcome = GapSettling.Settle(session, scope, leaseId, post, now);
        return new GapSettlement(outcome, outcome == GapOutcome.Settled ? BudgetTables.View(session, budget, now) : null);
    });

    private static BudgetChange Put(SqlSession session, MeteredScope scope, BudgetDefinition definition, DateTimeOffset now)
    {
        // Rows of which the rollups do not tell yet would be in no sum of a budget that begins now.
        session.Lock(BudgetSql.ReadRollupsAlone);
        var before = BudgetTables.FindBudgetForUpdate(session, scope.Text);
        if (before?.Definition == definition)
        {
            return new BudgetChange(BudgetTables.View(session, before, now), Changed: false);
        }

        var samePeriod = before?.Definition.Period == definition.Period;
        var budget = new BudgetRow(scope, definition, samePeriod ? before!.CountedFrom : now);
        session.Prepare(
            BudgetSql.UpsertBudget,
            ("@scope", scope.Text),
            ("@kind", (long)definition.Kind),
            ("@period", (long)definition.Period),
            ("@limit", definition.Limit.Nano),
            ("@counted", budget.CountedFrom.ToUnixTimeMilliseconds()),
            ("@now", now.ToUnixTimeMilliseconds())).ExecuteNonQuery();
        if (!samePeriod)
        {
            StartCounting(session, budget, now);
        }

        return new BudgetChange(BudgetTables.View(session, budget, now), Changed: true);
    }

    // What is lent stays lent: it moves into the new period's window, or that one could lend the same money again.
    private static void StartCounting(SqlSession session, BudgetRow budget, DateTimeOffset now)
    {
        var window = budget.WindowOf(now);
        session.Prepare(BudgetSql.DeleteWindows, ("@scope", budget.Scope.Text)).ExecuteNonQuery();
        session.Prepare(BudgetSql.MoveLeases, ("@start", window.Start.ToUnixTimeMilliseconds()), ("@scope", budget.Scope.Text)).ExecuteNonQuery();
        var leased = BudgetTables.Sum(session.Prepare(BudgetSql.SumOpenLeases, ("@scope", budget.Scope.Text)));
        BudgetTables.InsertWindow(session, budget, window, leased);
    }

    private static LeaseGrant Lease(SqlSession session, MeteredScope scope, LeaseRequest request, DateTimeOffset now)
    {
        session.Lock(BudgetSql.AskForGateway, ("@gateway", request.Gateway));
        if (BudgetTables.FindBudgetForUpdate(session, scope.Text) is not { Definition.Kind: BudgetKind.Hard } budget)
        {
            return new LeaseGrant { Answer = LeaseAnswer.NoBudget };
        }

        if (BudgetTables.FindLeaseForUpdate(session, request.LeaseId) is { } known)
        {
            return Repeat(session, budget, known, now);
        }

        if (session.Prepare(BudgetSql.SelectEpoch, ("@gateway", request.Gateway)).ExecuteScalar() is long epoch && request.Epoch < epoch)
        {
            // A question of a process that is gone, on its way for longer than it lived: nobody would give that lease back.
            return new LeaseGrant { Answer = LeaseAnswer.Exceeded, Budget = BudgetTables.View(session, budget, now) };
        }

        session.Prepare(BudgetSql.ForgetLeases, ("@scope", scope.Text), ("@before", (now - LeaseTerms.RememberFor).ToUnixTimeMilliseconds())).ExecuteNonQuery();
        var window = budget.WindowOf(now);
        var sums = BudgetTables.EnsureWindow(session, budget, window);
        var free = budget.Definition.Limit - sums.Posted - sums.Leased;

        // Nothing is lent to who needs nothing, nor is less than nothing.
        var need = Money.FromNano(Math.Max(request.Need.Nano, 1));
        if (need > free)
        {
            return Refuse(session, budget, request, window.Start, sums, need, now);
        }

        var amount = LeaseTerms.AmountOf(need, request.Want, free);
        if (session.Prepare(
            BudgetSql.Lend,
            ("@amount", amount.Nano),
            ("@scope", scope.Text),
            ("@start", window.Start.ToUnixTimeMilliseconds())).ExecuteNonQuery() == 0)
        {
            return Refuse(session, budget, request, window.Start, sums, need, now);
        }

        var expires = LeaseTerms.EndOf(now, window.End);
        Insert(session, scope, request, window.Start, amount, now, expires);
        return new LeaseGrant
        {
            Answer = LeaseAnswer.Granted,
            Amount = amount,
            ValidFor = expires - now,
            Budget = BudgetTables.View(session, budget, now),
        };
    }

    // The same lease; one that has ended is good for nothing any more.
    private static LeaseGrant Repeat(SqlSession session, BudgetRow budget, LeaseRow lease, DateTimeOffset now)
    {
        if (lease.Scope != budget.Scope.Text)
        {
            throw new InvalidOperationException("A lease id names a lease of another budget: ids are made anew for each lease.");
        }

        return new LeaseGrant
        {
            Answer = LeaseAnswer.Granted,
            Amount = lease.Amount,
            ValidFor = lease.State == LeaseState.Open && lease.ExpiresAt > now ? lease.ExpiresAt - now : TimeSpan.Zero,
            Budget = BudgetTables.View(session, budget, now),
        };
    }

    private static void Insert(
        SqlSession session, MeteredScope scope, LeaseRequest request, DateTimeOffset start, Money amount, DateTimeOffset now, DateTimeOffset expires) =>
        session.Prepare(
            BudgetSql.InsertLease,
            ("@id", request.LeaseId),
            ("@scope", scope.Text),
            ("@start", start.ToUnixTimeMilliseconds()),
            ("@gateway", request.Gateway),
            ("@epoch", request.Epoch),
            ("@amount", amount.Nano),
            ("@now", now.ToUnixTimeMilliseconds()),
            ("@expires", expires.ToUnixTimeMilliseconds())).ExecuteNonQuery();

    // Money of a gateway that never came back is not in flight: no request in a second's time will find it free.
    private static LeaseGrant Refuse(
        SqlSession session, BudgetRow budget, LeaseRequest request, DateTimeOffset start, WindowSums sums, Money need, DateTimeOffset now)
    {
        if (request.IsRepeat)
        {
            // Its gateway forgets the id now: a first question that arrives after this one must find it used.
            Insert(session, budget.Scope, request, start, Money.Zero, now, now);
            session.Prepare(BudgetSql.EndLease, ("@state", (long)LeaseState.Closed), ("@settled", 0L), ("@id", request.LeaseId)).ExecuteNonQuery();
        }

        var stuck = BudgetTables.Sum(session.Prepare(
            BudgetSql.SumGapsOfWindow,
            ("@scope", budget.Scope.Text),
            ("@before", BudgetTables.GapsBefore(now)),
            ("@start", start.ToUnixTimeMilliseconds())));
        return new LeaseGrant
        {
            Answer = budget.Definition.Limit - sums.Posted - stuck >= need ? LeaseAnswer.InFlight : LeaseAnswer.Exceeded,
            Budget = BudgetTables.View(session, budget, now),
        };
    }
}
