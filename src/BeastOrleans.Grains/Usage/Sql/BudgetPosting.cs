using BeastOrleans.Contracts.Metering;
using BeastOrleans.Contracts.Usage;
using BeastOrleans.Core.Usage;
using BeastOrleans.Grains.Storage.Sql;

namespace BeastOrleans.Grains.Usage.Sql;

/// <summary>
/// Books the new rows of a batch on the budgets that they concern: each on its tenant's, its user's and its key's, in the
/// window of the open lease that it reserved from, else in that of its time. Runs before the rollups are written, because a
/// window that is made now begins with what they say of the rows before these.
/// </summary>
internal sealed class BudgetPosting
{
    private readonly SqlSession _session;
    private readonly LedgerRowWriter _rows;
    private readonly SortedDictionary<string, BudgetRow?> _budgets = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, LeaseSpending?> _leases = new(StringComparer.Ordinal);
    private readonly SortedDictionary<WindowKey, WindowSpending> _windows = [];

    private BudgetPosting(SqlSession session, LedgerRowWriter rows)
    {
        _session = session;
        _rows = rows;
    }

    /// <returns>The budgets that this batch brought over their limits.</returns>
    public static OverdrawnBudget[] Post(SqlSession session, IReadOnlyCollection<UsageRecord> added, LedgerRowWriter rows)
    {
        // Without a budget there is no open lease either: removing one closes its leases.
        if (added.Count == 0 || session.Prepare(BudgetSql.AnyBudget).ExecuteScalar() is null)
        {
            return [];
        }

        var posting = new BudgetPosting(session, rows);
        posting.Post(added);
        return posting.Overdrawn();
    }

    private void Post(IReadOnlyCollection<UsageRecord> added)
    {
        foreach (var record in added)
        {
            CollectNames(record);
        }

        var scopes = _budgets.Keys.ToArray();
        var budgets = BudgetTables.FindBudgets(_session, scopes);
        for (var i = 0; i < scopes.Length; i++)
        {
            _budgets[scopes[i]] = budgets[i];
        }

        var ids = _leases.Keys.ToArray();
        var leases = BudgetTables.FindLeasesForUpdate(_session, ids);
        for (var i = 0; i < ids.Length; i++)
        {
            _leases[ids[i]] = leases[i] is { } lease ? new LeaseSpending(lease) : null;
        }

        foreach (var record in added)
        {
            CollectWindows(record);
        }

        EnsureWindows();
        foreach (var record in added)
        {
            Spend(record);
        }

        Write();
    }

    private void CollectNames(UsageRecord record)
    {
        foreach (var scope in ScopesOf(record))
        {
            _budgets.TryAdd(scope, null);
        }

        foreach (var use in record.Leases ?? [])
        {
            _leases.TryAdd(use.LeaseId, null);
        }
    }

    private void CollectWindows(UsageRecord record)
    {
        foreach (var scope in ScopesOf(record))
        {
            if (_budgets[scope] is not { } budget)
            {
                continue;
            }

            Collect(budget, StartOf(record, scope) ?? record.At);
            foreach (var lease in LeasesOf(record, scope))
            {
                Collect(budget, lease.Row.State == LeaseState.Posted ? lease.Row.LentAt : lease.Row.WindowStart);
            }
        }
    }

    private void Collect(BudgetRow budget, DateTimeOffset moment)
    {
        var window = budget.WindowOf(moment);
        _windows.TryAdd(new WindowKey(budget.Scope.Text, window.Start), new WindowSpending(budget, window));
    }

    // Before anything is booked, for a window that is made begins with what was booked; in the order in which everybody locks them,
    // and kept locked, so that of several writers one sees the limit passed.
    private void EnsureWindows()
    {
        foreach (var spending in _windows.Values)
        {
            spending.Before = BudgetTables.EnsureWindowForUpdate(_session, spending.Budget, spending.Window).Posted;
        }
    }

    private void Spend(UsageRecord record)
    {
        // An unpriced row's cost says nothing.
        var cost = record.PriceVersion is null ? Money.Zero : record.Cost;
        foreach (var scope in ScopesOf(record))
        {
            SpendLeases(record, scope, cost);
            if (_budgets[scope] is { } budget)
            {
                WindowOf(budget, StartOf(record, scope) ?? record.At).Posted += cost;
            }
        }
    }

    // Several leases of one scope are used up one after the other.
    private void SpendLeases(UsageRecord record, string scope, Money cost)
    {
        var left = cost;
        foreach (var use in record.Leases ?? [])
        {
            if (LeaseOf(use, scope) is not { } lease)
            {
                continue;
            }

            left -= lease.Row.State switch
            {
                LeaseState.Open => Take(lease, Least(left, use.Reserved, lease.Rest)),
                LeaseState.Posted => TakeBack(record, lease, Least(left, use.Reserved, lease.Settled)),
                _ => Money.Zero,
            };
        }
    }

    // The first open lease's window is the row's.
    private DateTimeOffset? StartOf(UsageRecord record, string scope) =>
        LeasesOf(record, scope).FirstOrDefault(lease => lease.Row.State == LeaseState.Open)?.Row.WindowStart;

    private IEnumerable<LeaseSpending> LeasesOf(UsageRecord record, string scope) =>
        (record.Leases ?? []).Select(use => LeaseOf(use, scope)).OfType<LeaseSpending>();

    private LeaseSpending? LeaseOf(LeaseUse use, string scope) =>
        use.Scope == scope && _leases[use.LeaseId] is { } lease && lease.Row.Scope == scope ? lease : null;

    private Money Take(LeaseSpending lease, Money amount)
    {
        if (amount > Money.Zero && _budgets[lease.Row.Scope] is { } budget)
        {
            lease.Taken += amount;
            WindowOf(budget, lease.Row.WindowStart).Taken += amount;
        }

        return amount;
    }

    private Money TakeBack(UsageRecord record, LeaseSpending lease, Money amount)
    {
        if (amount > Money.Zero && _budgets[lease.Row.Scope] is { } budget)
        {
            lease.Refunded += amount;
            WindowOf(budget, lease.Row.LentAt).Posted -= amount;
            GapSettling.TakeBack(_session, _rows, budget.Scope, lease.Row, record.AttemptId, amount);
        }

        return amount;
    }

    private WindowSpending WindowOf(BudgetRow budget, DateTimeOffset moment) =>
        _windows[new WindowKey(budget.Scope.Text, budget.WindowOf(moment).Start)];

    private void Write()
    {
        var leases = _session.Rows(BudgetSql.SpendLease);
        foreach (var lease in _leases.Values)
        {
            if (lease is not null && (lease.Taken > Money.Zero || lease.Refunded > Money.Zero))
            {
                leases.Number(lease.Taken.Nano).Number(lease.Refunded.Nano).Text(lease.Row.Id).Add();
            }
        }

        leases.Run();
        var windows = _session.Rows(BudgetSql.Post);
        foreach (var (key, spending) in _windows)
        {
            BudgetTables.AddPost(windows, key.Scope, key.Start, spending.Posted, spending.Taken);
        }

        windows.Run();
    }

    private OverdrawnBudget[] Overdrawn() =>
    [
        .. from spending in _windows.Values
           let limit = spending.Budget.Definition.Limit
           let after = spending.Before + spending.Posted
           where spending.Before <= limit && after > limit
           select new OverdrawnBudget(spending.Budget.Scope.Text, spending.Budget.Definition.Kind, after, limit),
    ];

    private static Money Least(Money a, Money b, Money c) => Money.FromNano(Math.Max(0, Math.Min(a.Nano, Math.Min(b.Nano, c.Nano))));

    // In the ordinal order of their first letters, as the windows are sorted.
    private static string[] ScopesOf(UsageRecord record) =>
        ["key:" + record.KeyId, "tenant:" + record.Tenant, $"user:{record.Tenant}/{record.User}"];

    private sealed class LeaseSpending(LeaseRow row)
    {
        public LeaseRow Row => row;

        public Money Taken { get; set; }

        public Money Refunded { get; set; }

        public Money Rest => row.Rest - Taken;

        public Money Settled => row.Settled - Refunded;
    }

    private sealed class WindowSpending(BudgetRow budget, BudgetWindow window)
    {
        public BudgetRow Budget => budget;

        public BudgetWindow Window => window;

        public Money Before { get; set; }

        public Money Posted { get; set; }

        public Money Taken { get; set; }
    }

    private readonly record struct WindowKey(string Scope, DateTimeOffset Start) : IComparable<WindowKey>
    {
        public int CompareTo(WindowKey other)
        {
            var order = string.CompareOrdinal(Scope, other.Scope);
            return order != 0 ? order : Start.CompareTo(other.Start);
        }
    }
}

/// <summary>A budget that has just been spent beyond its limit: a soft one, or by an attempt that cost more than it had reserved.</summary>
internal readonly record struct OverdrawnBudget(string Scope, BudgetKind Kind, Money Posted, Money Limit);
