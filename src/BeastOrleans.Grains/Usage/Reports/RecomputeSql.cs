using BeastOrleans.Grains.Usage.Sql;

namespace BeastOrleans.Grains.Usage.Reports;

/// <summary>
/// The ledger summed afresh beside what is stored of it. Each comparison is one statement, so both sides are of one moment:
/// rows that arrive meanwhile are in both or in neither.
/// </summary>
internal static class RecomputeSql
{
    private const string Failed = "kind = 0 AND outcome BETWEEN 1 AND 6 AND reason";

    /// <summary>The columns of <c>usage_rollup</c> and how a row of the ledger adds to each.</summary>
    public static readonly (string Column, string OfRow)[] Usage =
    [
        ("attempts", "1"),
        ("ok", One("kind = 0 AND outcome = 0")),
        ("abandoned", One("kind = 0 AND outcome = 8")),
        ("unknown", One("kind = 1")),
        ("caller", One("kind = 0 AND outcome = 7")),
        ("failed_network", One($"{Failed} = 1")),
        ("failed_overload", One($"{Failed} = 2")),
        ("failed_timeout", One($"{Failed} = 3")),
        ("failed_unhealthy", One($"{Failed} = 4")),
        ("failed_other", One($"{Failed} NOT IN (1, 2, 3, 4)")),
        ("tokens_in", "tokens_in"),
        ("tokens_out", "tokens_out"),
        ("tokens_cached", "tokens_cached"),
        ("tokens_cache_write", "tokens_cache_write"),
        ("tokens_reasoning", "tokens_reasoning"),
        ("cost_nano", "CASE WHEN price_version IS NULL THEN 0 ELSE cost_nano END"),
        ("unpriced", One("price_version IS NULL")),
    ];

    private const string Answered = "served IS NOT NULL AND partial = 0";

    private const string Why = "(CASE WHEN fallback_reason <> 0 THEN fallback_reason ELSE reason END)";

    private const string NoPrice = "served IS NOT NULL AND (price_version IS NULL OR baseline_nano IS NULL)";

    private const string Success = $"{Answered} AND served_type = 0";

    private const string Fallback = $"{Answered} AND served_type = 1";

    // served_type is null where nothing is served, and so is a comparison with it.
    private const string Failure = $"NOT ({Answered} AND COALESCE(served_type, 1) = 0)";

    private const string Premium = $"{Fallback} AND price_version IS NOT NULL AND custom_nano IS NOT NULL AND {Why}";

    /// <summary>Likewise of <c>routing_rollup</c>, without its histograms.</summary>
    public static readonly (string Column, string OfRow)[] Routing =
    [
        ("total", "1"),
        ("success", One(Success)),
        ("failures", One(Failure)),
        ("fallbacks", One(Fallback)),
        ("network", One($"{Failure} AND {Why} = 1")),
        ("overload", One($"{Failure} AND {Why} = 2")),
        ("timeout", One($"{Failure} AND {Why} = 3")),
        ("unhealthy", One($"{Failure} AND {Why} = 4")),
        ("other", One($"{Failure} AND {Why} NOT IN (1, 2, 3, 4)")),
        ("actual_nano", $"CASE WHEN {NoPrice} THEN 0 ELSE total_cost_nano END"),
        ("baseline_nano", $"CASE WHEN {NoPrice} THEN 0 ELSE COALESCE(baseline_nano, 0) END"),
        ("unpriced", One(NoPrice)),
        ("premium_network", Extra($"{Premium} = 1")),
        ("premium_overload", Extra($"{Premium} = 2")),
        ("premium_timeout", Extra($"{Premium} = 3")),
        ("premium_unhealthy", Extra($"{Premium} = 4")),
        ("premium_other", Extra($"{Premium} NOT IN (1, 2, 3, 4)")),
        ("premium_unpriced", One($"{Fallback} AND (price_version IS NULL OR custom_nano IS NULL)")),
    ];

    private static readonly string CompareUsage = Compare(
        Usage,
        "user_id, key_id, model_id, type",
        "FROM ledger WHERE tenant = @tenant AND at >= @at AND at < @until AND attempt_number > 0 AND kind <> 2",
        "FROM usage_rollup WHERE tenant = @tenant AND hour >= @from AND hour < @to");

    private static readonly string CompareRouting = Compare(
        Routing,
        "user_id",
        "FROM ledger WHERE tenant = @tenant AND at >= @at AND at < @until AND requested IS NOT NULL AND kind = 0 AND had_custom = 1 AND abandoned = 0 "
        + "AND NOT (attempt_number > 0 AND outcome = 7) AND (attempt_number > 0 OR served IS NOT NULL OR fallback_reason <> 0)",
        "FROM routing_rollup WHERE tenant = @tenant AND hour >= @from AND hour < @to");

    /// <summary>hour, user, key, model, type; then each sum of the ledger; then each that is stored.</summary>
    public static SqlText UsageOf(string tenant, long fromHour, long toHour) => new(CompareUsage, Window(tenant, fromHour, toHour));

    /// <summary>hour, user; then as <see cref="UsageOf"/>.</summary>
    public static SqlText RoutingOf(string tenant, long fromHour, long toHour) => new(CompareRouting, Window(tenant, fromHour, toHour));

    /// <summary>
    /// The three tables that reports use beside usage_rollup, each against it, over one day: name, attempts and cost by it,
    /// attempts and cost stored.
    /// </summary>
    public static SqlText ReportsOf(string tenant, long day)
    {
        const string OfDay = "tenant = @tenant AND hour >= @from AND hour < @to";
        const string Stored = "CAST(COALESCE(SUM(attempts), 0) AS BIGINT), CAST(COALESCE(SUM(cost_nano), 0) AS BIGINT)";
        const string Hours = $"(SELECT CAST(COALESCE(SUM(attempts), 0) AS BIGINT) FROM usage_rollup WHERE {OfDay}), (SELECT CAST(COALESCE(SUM(cost_nano), 0) AS BIGINT) FROM usage_rollup WHERE {OfDay})";
        return new SqlText(
            $"SELECT 'usage_day', {Hours}, {Stored} FROM usage_day WHERE tenant = @tenant AND bucket = @day "
            + $"UNION ALL SELECT 'usage_model_day', {Hours}, {Stored} FROM usage_model_day WHERE tenant = @tenant AND bucket = @day "
            + $"UNION ALL SELECT 'usage_model_hour', {Hours}, {Stored} FROM usage_model_hour WHERE tenant = @tenant AND bucket >= @from AND bucket < @to",
            [("@tenant", tenant), ("@day", day), ("@from", day * 24), ("@to", (day + 1) * 24)]);
    }

    /// <summary>Tenants that have usage in these days or are registered, by name.</summary>
    public static SqlText Tenants(long fromDay, long toDay, string after, int limit) => new(
        "SELECT tenant FROM usage_model_day WHERE bucket >= @from AND bucket < @to AND tenant > @after "
        + "UNION SELECT id FROM registry WHERE kind = 'tenant' AND id > @after ORDER BY 1 LIMIT @limit",
        [("@from", fromDay), ("@to", toDay), ("@after", after), ("@limit", (long)limit)]);

    private static List<(string, object)> Window(string tenant, long fromHour, long toHour) =>
        [("@tenant", tenant), ("@at", fromHour * 3_600_000), ("@until", toHour * 3_600_000), ("@from", fromHour), ("@to", toHour)];

    private static string Compare((string Column, string OfRow)[] sums, string keys, string ledger, string stored)
    {
        var fresh = string.Join(", ", sums.Select(sum => $"{sum.OfRow} AS l_{sum.Column}"));
        var none = string.Join(", ", sums.Select(sum => $"0 AS s_{sum.Column}"));
        var noneFresh = string.Join(", ", sums.Select(sum => $"0 AS l_{sum.Column}"));
        var kept = string.Join(", ", sums.Select(sum => $"{sum.Column} AS s_{sum.Column}"));
        var totals = string.Join(", ", sums.Select(sum => Sum("l_" + sum.Column)).Concat(sums.Select(sum => Sum("s_" + sum.Column))));
        return $"SELECT hour, {keys}, {totals} FROM ("
            + $"SELECT at / 3600000 AS hour, {keys}, {fresh}, {none} {ledger} "
            + $"UNION ALL SELECT hour, {keys}, {noneFresh}, {kept} {stored}) AS sides GROUP BY hour, {keys} ORDER BY hour, {keys}";
    }

    private static string Sum(string column) => $"CAST(COALESCE(SUM({column}), 0) AS BIGINT)";

    private static string One(string condition) => $"CASE WHEN {condition} THEN 1 ELSE 0 END";

    private static string Extra(string condition) => $"CASE WHEN {condition} THEN total_cost_nano - custom_nano ELSE 0 END";
}
