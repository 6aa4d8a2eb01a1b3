using System.Globalization;
using BeastOrleans.Grains.Storage.Sql;

namespace BeastOrleans.Grains.Usage.Sql;

/// <summary>
/// Every SQL text of the ledger and the registry, for both databases (<see cref="SqlSession"/> says how they are written). Each
/// is one constant, so each is prepared once per connection.
/// </summary>
internal static class LedgerSql
{
    /// <summary>The order in which rows are bound and read.</summary>
    private static readonly string[] LedgerColumns =
    [
        "attempt_id", "request_id", "attempt_number", "at", "tenant", "user_id", "key_id", "endpoint", "model_id", "model",
        "type", "outcome", "reason", "status", "partial", "first_content_ms", "duration_ms",
        "tokens_in", "tokens_out", "tokens_cached", "tokens_cache_write", "tokens_reasoning", "usage_source", "cost_nano", "price_version",
        "requested", "served", "served_type", "had_custom", "degraded", "fallback_from", "fallback_reason", "abandoned", "http_status",
        "total_cost_nano", "baseline_nano", "baseline_model", "total_ms", "total_first_content_ms", "tags", "plan_hash", "skipped_json", "error",
        "kind", "overrun_nano", "leases_json", "gap_scope", "custom_nano",
    ];

    private static readonly string[] UsageKey = ["tenant", "hour", "user_id", "key_id", "model_id", "type"];

    internal static readonly string[] UsageSums =
    [
        "attempts", "ok", "abandoned", "unknown", "caller", "failed_network", "failed_overload", "failed_timeout", "failed_unhealthy", "failed_other",
        "tokens_in", "tokens_out", "tokens_cached", "tokens_cache_write", "tokens_reasoning", "cost_nano", "unpriced",
    ];

    private static readonly string[] RoutingKey = ["tenant", "hour", "user_id"];

    private static readonly string[] RoutingSums =
    [
        "total", "success", "failures", "fallbacks", "network", "overload", "timeout", "unhealthy", "other",
        "actual_nano", "baseline_nano", "unpriced",
        "premium_network", "premium_overload", "premium_timeout", "premium_unhealthy", "premium_other", "premium_unpriced",
        .. BucketColumns("c"), .. BucketColumns("p"),
    ];

    private static readonly string SumRouting =
        $"SELECT MIN(hour), MAX(hour), {string.Join(", ", RoutingSums.Select(column => $"CAST(COALESCE(SUM({column}), 0) AS BIGINT)"))} "
        + "FROM routing_rollup WHERE hour >= @from AND hour < @to";

    // Named where that can be said, because SQLite's planner takes the index of all rows for as good as the few that are fallbacks.
    private const string SelectFallbacks = "SELECT at, attempt_id, request_id FROM ledger";

    private const string AreFallbacks = " WHERE fallback_from IS NOT NULL AND tenant = @tenant AND (at, attempt_id) < (@at, @attempt)";

    private const string FallbackOrder = " ORDER BY at DESC, attempt_id DESC LIMIT @limit";

    public static string InsertLedger { get; } = Insert("ledger", LedgerColumns) + " ON CONFLICT DO NOTHING RETURNING attempt_id";

    public static string InsertPlan { get; } =
        "INSERT INTO plans (hash, json, seen_at) VALUES ($1, $2, $3) "
        + "ON CONFLICT (hash) DO UPDATE SET seen_at = excluded.seen_at WHERE excluded.seen_at > plans.seen_at";

    public static string SelectKeptFrom { get; } = "SELECT kept_from FROM ledger_retention WHERE id = 1";

    public static string InsertLate { get; } =
        "INSERT INTO ledger_late (attempt_id, at, tenant, json) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING RETURNING attempt_id";

    public static string UpsertUsage { get; } = Upsert("usage_rollup", UsageKey, UsageSums);

    public static string UpsertRouting { get; } = Upsert("routing_rollup", RoutingKey, RoutingSums);

    public static string SelectRequest { get; } =
        $"SELECT {string.Join(", ", LedgerColumns)} FROM ledger WHERE tenant = @tenant AND request_id = @request "
        + "ORDER BY attempt_number, at, attempt_id LIMIT @limit";

    public static string SelectPlan { get; } = "SELECT json FROM plans WHERE hash = @hash";

    public static string SumRoutingOfAll { get; } = SumRouting;

    public static string SumRoutingOfTenant { get; } = SumRouting + " AND tenant = @tenant";

    public static string SumRoutingOfTenantUser { get; } = SumRoutingOfTenant + " AND user_id = @user";

    public static string SumRoutingOfUser { get; } = SumRouting + " AND user_id = @user";

    /// <param name="session">Says how an index is named, where it can be.</param>
    public static string SelectFallbacksOfTenant(SqlSession session) =>
        SelectFallbacks + session.IndexedBy("ix_ledger_fallback") + AreFallbacks + FallbackOrder;

    /// <inheritdoc cref="SelectFallbacksOfTenant"/>
    public static string SelectFallbacksOfUser(SqlSession session) =>
        SelectFallbacks + session.IndexedBy("ix_ledger_user_fallback") + AreFallbacks + " AND user_id = @user" + FallbackOrder;


    // A line that is there keeps its first date and stays revoked, whatever repeats it.
    public static string UpsertRegistry { get; } =
        "INSERT INTO registry (kind, id, tenant, user_id, detail, created_at, revoked) "
        + "VALUES (@kind, @id, @tenant, @user, @detail, @created, 0) "
        + "ON CONFLICT (kind, id) DO UPDATE SET tenant = excluded.tenant, user_id = excluded.user_id, detail = excluded.detail";

    public static string RevokeRegistry { get; } = "UPDATE registry SET revoked = 1 WHERE kind = @kind AND id = @id";

    public static string DeleteRegistry { get; } = "DELETE FROM registry WHERE kind = @kind AND id = @id";

    public static string SelectRegistry { get; } =
        "SELECT id, tenant, user_id, created_at, revoked FROM registry WHERE kind = @kind AND id > @after ORDER BY id LIMIT @limit";

    public static string SelectRegistryOfTenant { get; } =
        "SELECT id, tenant, user_id, created_at, revoked FROM registry WHERE kind = @kind AND tenant = @tenant AND id > @after "
        + "ORDER BY id LIMIT @limit";

    public static string SelectRegistryDetail { get; } = "SELECT detail FROM registry WHERE kind = @kind AND id = @id";

    private static string Insert(string table, string[] columns) =>
        $"INSERT INTO {table} ({string.Join(", ", columns)}) VALUES ({string.Join(", ", Enumerable.Range(1, columns.Length).Select(Place))})";

    internal static string Upsert(string table, string[] key, string[] sums)
    {
        var added = sums.Select(column => $"{column} = {table}.{column} + excluded.{column}");
        return $"{Insert(table, [.. key, .. sums])} ON CONFLICT ({string.Join(", ", key)}) DO UPDATE SET {string.Join(", ", added)}";
    }

    private static IEnumerable<string> BucketColumns(string prefix) =>
        Enumerable.Range(0, LatencyHistogram.Buckets).Select(bucket => prefix + bucket.ToString(CultureInfo.InvariantCulture));

    private static string Place(int number) => "$" + number.ToString(CultureInfo.InvariantCulture);
}
