using BeastOrleans.Grains.Usage.Sql;

namespace BeastOrleans.Grains.Usage.Reports;

/// <summary>What is posted on a budget beside what the rollups and the gap rows say was spent in its window.</summary>
internal static class BudgetCheckSql
{
    /// <summary>
    /// How long after a window's end a row may come that reserved from it: the longest attempt there is. Such a row is booked on
    /// the window of its reservation, and by the rollups on that of its end.
    /// </summary>
    public const long EdgeMilliseconds = 900_000;

    private const string Spent = "SELECT COALESCE(SUM(cost_nano), 0) FROM usage_rollup WHERE hour >= @from AND hour < @to AND ";

    private const string Edge =
        "SELECT CAST(COALESCE(SUM(cost_nano), 0) AS BIGINT) FROM ledger WHERE leases_json IS NOT NULL AND price_version IS NOT NULL AND kind <> 2 AND at >= @at AND at < @until AND ";

    /// <summary>Scope, period's start, its end (null for a total), posted: of budgets of one tenant, or of all.</summary>
    public static SqlText Windows(string? tenant, string afterScope, long afterStart, long now, int limit)
    {
        var of = tenant is null
            ? ""
            : "AND (w.scope = @whole OR (w.scope >= @users AND w.scope < @beyond) "
                + "OR w.scope IN (SELECT 'key:' || id FROM registry WHERE kind = 'key' AND tenant = @tenant)) ";
        List<(string, object)> parameters = [("@now", now), ("@scope", afterScope), ("@start", afterStart), ("@limit", (long)limit)];
        if (tenant is not null)
        {
            // '0' follows '/'.
            parameters.AddRange([("@whole", "tenant:" + tenant), ("@users", $"user:{tenant}/"), ("@beyond", $"user:{tenant}0"), ("@tenant", tenant)]);
        }

        return new SqlText(
            "SELECT w.scope, w.starts_at, w.ends_at FROM budget_windows AS w JOIN budgets AS b ON b.scope = w.scope "
            + $"WHERE w.starts_at <= @now AND (w.ends_at IS NULL OR w.ends_at > @now) AND (w.scope, w.starts_at) > (@scope, @start) {of}"
            + "ORDER BY w.scope, w.starts_at LIMIT @limit",
            parameters);
    }

    /// <summary>Posted, and what the rollups and gap rows come to, in one moment.</summary>
    public static SqlText Compare(BudgetOwner owner, string scope, long start, long? end)
    {
        var (condition, parameters) = Of(owner);
        parameters.AddRange(
        [
            ("@scope", scope), ("@start", start), ("@end", end ?? long.MaxValue),
            ("@from", start / 3_600_000), ("@to", end is { } last ? last / 3_600_000 : long.MaxValue),
        ]);
        return new SqlText(
            $"SELECT posted_nano, CAST(({Spent}{condition}) + (SELECT COALESCE(SUM(cost_nano), 0) FROM ledger WHERE gap_scope = @scope AND at >= @start AND at < @end) AS BIGINT) "
            + "FROM budget_windows WHERE scope = @scope AND starts_at = @start",
            parameters);
    }

    /// <summary>What rows with a reservation cost that ended just after a moment at which windows change.</summary>
    public static SqlText EdgeOf(BudgetOwner owner, long moment)
    {
        var (condition, parameters) = Of(owner);
        parameters.AddRange([("@at", moment), ("@until", moment + EdgeMilliseconds)]);
        return new SqlText(Edge + condition, parameters);
    }

    private static (string Condition, List<(string, object)> Parameters) Of(BudgetOwner owner) => owner switch
    {
        { Key: { } key } => ("key_id = @key", [("@key", key)]),
        { User: { } user } => ("tenant = @tenant AND user_id = @user", [("@tenant", owner.Tenant!), ("@user", user)]),
        _ => ("tenant = @tenant", [("@tenant", owner.Tenant!)]),
    };
}

/// <summary>Whose rows a budget counts.</summary>
internal readonly record struct BudgetOwner(string? Tenant, string? User, string? Key);
