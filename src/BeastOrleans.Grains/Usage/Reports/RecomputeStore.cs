using System.Data.Common;
using BeastOrleans.Contracts.Identity;
using BeastOrleans.Contracts.Usage;
using BeastOrleans.Grains.Usage.Sql;

namespace BeastOrleans.Grains.Usage.Reports;

/// <inheritdoc cref="IRecomputeStore"/>
internal sealed class RecomputeStore(SqlRunner sql) : IRecomputeStore
{
    private const int HoursPerDay = 24;

    public async Task<long> CountLateAsync(string? tenant, CancellationToken cancellationToken)
    {
        var text = tenant is null
            ? new SqlText("SELECT COUNT(*) FROM ledger_late", [])
            : new SqlText("SELECT COUNT(*) FROM ledger_late WHERE tenant = @tenant", [("@tenant", tenant)]);
        return (await sql.QueryAsync(text, row => row.GetInt64(0), cancellationToken))[0];
    }

    public async Task<string[]> ListTenantsAsync(long fromDay, long toDay, string after, int limit, CancellationToken cancellationToken) =>
        [.. await sql.QueryAsync(RecomputeSql.Tenants(fromDay, toDay, after, limit), row => row.GetString(0), cancellationToken)];

    public async Task<DayComparison> CompareDayAsync(string tenant, long day, CancellationToken cancellationToken)
    {
        var (from, to) = (day * HoursPerDay, (day + 1) * HoursPerDay);
        var usage = new Sums(RecomputeSql.Usage, "usage_rollup", tenant);
        var routing = new Sums(RecomputeSql.Routing, "routing_rollup", tenant);
        await sql.QueryAsync(RecomputeSql.UsageOf(tenant, from, to), row => usage.Add(row, firstSum: 5), cancellationToken);
        await sql.QueryAsync(RecomputeSql.RoutingOf(tenant, from, to), row => routing.Add(row, firstSum: 2), cancellationToken);
        var reports = await sql.QueryAsync(RecomputeSql.ReportsOf(tenant, day), row => ReadReport(row, tenant, RollupHour.Start(from)), cancellationToken);
        UsageDifference[] others = [.. reports.SelectMany(found => found)];
        return new DayComparison
        {
            Ledger = Totals(usage.Ledger, routing.Ledger),
            Stored = Totals(usage.Stored, routing.Stored),
            Differences = [.. usage.Differences.Concat(routing.Differences).Concat(others).Take(IReportGrain.MaxDifferences)],
            DifferenceCount = usage.Count + routing.Count + others.Length,
        };
    }

    public async Task<(int Compared, UsageDifference[] Differences, BudgetPosition? Last)> CompareBudgetsAsync(
        string? tenant, BudgetPosition? after, int limit, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var start = after ?? new BudgetPosition("", 0);
        var windows = await sql.QueryAsync(
            BudgetCheckSql.Windows(tenant, start.Scope, start.Start, now.ToUnixTimeMilliseconds(), limit),
            row => (Scope: row.GetString(0), Start: row.GetInt64(1), End: row.IsDBNull(2) ? (long?)null : row.GetInt64(2)),
            cancellationToken);
        var differences = new List<UsageDifference>();
        foreach (var window in windows)
        {
            if (await CompareAsync(window.Scope, window.Start, window.End, cancellationToken) is { } difference)
            {
                differences.Add(difference);
            }
        }

        return (windows.Count, [.. differences], windows.Count == limit ? new BudgetPosition(windows[^1].Scope, windows[^1].Start) : null);
    }

    private async Task<UsageDifference?> CompareAsync(string scope, long start, long? end, CancellationToken cancellationToken)
    {
        if (!MeteredScope.TryParse(scope, out var parsed))
        {
            throw new InvalidOperationException($"'{scope}' is stored as a budget's scope and is none.");
        }

        var owner = parsed.TryGetOwner(out var tenant, out var user)
            ? new BudgetOwner(tenant.Value, user?.Value, Key: null)
            : new BudgetOwner(null, null, scope[(scope.IndexOf(':', StringComparison.Ordinal) + 1)..]);
        var found = await sql.QueryAsync(BudgetCheckSql.Compare(owner, scope, start, end), row => (Posted: row.GetInt64(0), Spent: row.GetInt64(1)), cancellationToken);
        if (found is not [var sums] || sums.Posted == sums.Spent)
        {
            return null;
        }

        // Less is posted by what was reserved in the window before and ended in this one: looked for only where it can explain.
        if (sums.Posted < sums.Spent && end is not null
            && sums.Spent - sums.Posted <= (await sql.QueryAsync(BudgetCheckSql.EdgeOf(owner, start), row => row.GetInt64(0), cancellationToken))[0])
        {
            return null;
        }

        return new UsageDifference
        {
            Table = "budget_windows",
            Column = "posted_nano",
            At = DateTimeOffset.FromUnixTimeMilliseconds(start),
            Scope = scope,
            Ledger = sums.Spent,
            Stored = sums.Posted,
        };
    }

    private static List<UsageDifference> ReadReport(DbDataReader row, string tenant, DateTimeOffset at)
    {
        var differences = new List<UsageDifference>();
        foreach (var (column, hours, stored) in new[] { ("attempts", row.GetInt64(1), row.GetInt64(3)), ("cost_nano", row.GetInt64(2), row.GetInt64(4)) })
        {
            if (hours != stored)
            {
                differences.Add(new UsageDifference { Table = row.GetString(0), Column = column, At = at, Tenant = tenant, Ledger = hours, Stored = stored });
            }
        }

        return differences;
    }

    private static RecomputedTotals Totals(Dictionary<string, long> usage, Dictionary<string, long> routing) => new()
    {
        Attempts = usage["attempts"],
        TokensIn = usage["tokens_in"],
        TokensOut = usage["tokens_out"],
        Cost = Money.FromNano(usage["cost_nano"]),
        Unpriced = usage["unpriced"],
        Requests = routing["total"],
        Actual = Money.FromNano(routing["actual_nano"]),
        Baseline = Money.FromNano(routing["baseline_nano"]),
    };

    /// <summary>Both sides of one comparison, added up, and where they differ.</summary>
    private sealed class Sums((string Column, string OfRow)[] columns, string table, string tenant)
    {
        public Dictionary<string, long> Ledger { get; } = columns.ToDictionary(column => column.Column, _ => 0L, StringComparer.Ordinal);

        public Dictionary<string, long> Stored { get; } = columns.ToDictionary(column => column.Column, _ => 0L, StringComparer.Ordinal);

        public List<UsageDifference> Differences { get; } = [];

        public long Count { get; private set; }

        // What is returned is not wanted: the rows are summed as they are read.
        public bool Add(DbDataReader row, int firstSum)
        {
            for (var i = 0; i < columns.Length; i++)
            {
                var (ledger, stored) = (row.GetInt64(firstSum + i), row.GetInt64(firstSum + columns.Length + i));
                Ledger[columns[i].Column] = checked(Ledger[columns[i].Column] + ledger);
                Stored[columns[i].Column] = checked(Stored[columns[i].Column] + stored);
                if (ledger == stored)
                {
                    continue;
                }

                Count++;
                if (Differences.Count < IReportGrain.MaxDifferences)
                {
                    Differences.Add(new UsageDifference
                    {
                        Table = table,
                        Column = columns[i].Column,
                        At = RollupHour.Start(row.GetInt64(0)),
                        Tenant = tenant,
                        User = row.GetString(1),
                        Key = firstSum > 2 ? row.GetString(2) : null,
                        Model = firstSum > 2 ? row.GetString(3) : null,
                        Ledger = ledger,
                        Stored = stored,
                    });
                }
            }

            return true;
        }
    }
}
