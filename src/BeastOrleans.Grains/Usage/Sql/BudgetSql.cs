namespace BeastOrleans.Grains.Usage.Sql;

/// <summary>
/// Every SQL text of budgets and leases, for both databases. Locks are taken in one order: usage rollup, gateway, budget, leases
/// by id, windows by scope and start.
/// </summary>
internal static class BudgetSql
{
    private const string BudgetColumns = "scope, kind, period, limit_nano, counted_from";

    private const string LeaseColumns =
        "id, scope, starts_at, gateway, epoch, amount_nano, used_nano, settled_nano, state, granted_at, expires_at";

    public const string AnyBudget = "SELECT 1 FROM budgets LIMIT 1";

    public const string SelectBudget = $"SELECT {BudgetColumns} FROM budgets WHERE scope = @id";

    public const string SelectBudgets = $"SELECT {BudgetColumns} FROM budgets WHERE scope > @after ORDER BY scope LIMIT @limit";

    public const string UpsertBudget =
        "INSERT INTO budgets (scope, kind, period, limit_nano, counted_from, created_at, changed_at) "
        + "VALUES (@scope, @kind, @period, @limit, @counted, @now, @now) "
        + "ON CONFLICT (scope) DO UPDATE SET kind = excluded.kind, period = excluded.period, limit_nano = excluded.limit_nano, "
        + "counted_from = excluded.counted_from, changed_at = excluded.changed_at";

    public const string DeleteBudget = "DELETE FROM budgets WHERE scope = @scope";

    public const string SelectWindow = "SELECT posted_nano, leased_nano FROM budget_windows WHERE scope = @scope AND starts_at = @start";

    public const string InsertWindow =
        "INSERT INTO budget_windows (scope, starts_at, ends_at, posted_nano, leased_nano) "
        + "VALUES (@scope, @start, @end, @posted, @leased) ON CONFLICT DO NOTHING";

    public const string DeleteWindows = "DELETE FROM budget_windows WHERE scope = @scope";

    // The guard: whatever else went wrong, this statement lends nothing that is not there.
    public const string Lend =
        "UPDATE budget_windows SET leased_nano = leased_nano + @amount WHERE scope = @scope AND starts_at = @start "
        + "AND posted_nano + leased_nano + @amount <= (SELECT limit_nano FROM budgets WHERE scope = @scope)";

    public const string Post =
        "UPDATE budget_windows SET posted_nano = posted_nano + $1, leased_nano = leased_nano - $2 WHERE scope = $3 AND starts_at = $4";

    public const string InsertLease =
        $"INSERT INTO leases ({LeaseColumns}) VALUES (@id, @scope, @start, @gateway, @epoch, @amount, 0, 0, 0, @now, @expires)";

    public const string SelectLease = $"SELECT {LeaseColumns} FROM leases WHERE id = @id";

    public const string SpendLease = "UPDATE leases SET used_nano = used_nano + $1, settled_nano = settled_nano - $2 WHERE id = $3";

    public const string EndLease = "UPDATE leases SET state = @state, settled_nano = @settled WHERE id = @id AND state = 0";

    public const string RaiseEpoch =
        "INSERT INTO lease_gateways (gateway, epoch) VALUES (@gateway, @epoch) ON CONFLICT (gateway) DO UPDATE SET epoch = "
        + "CASE WHEN excluded.epoch > lease_gateways.epoch THEN excluded.epoch ELSE lease_gateways.epoch END";

    /// <summary>A question of an earlier start of a gateway is answered before or after that start's leases are closed, not meanwhile.</summary>
    public const string AskForGateway = "SELECT pg_advisory_xact_lock_shared(hashtextextended(@gateway, 0))";

    public const string CloseForGateway = "SELECT pg_advisory_xact_lock(hashtextextended(@gateway, 0))";

    /// <summary>Whoever adds to the rollups first says so: a budget that begins waits for them, or they wait and find it.</summary>
    public const string AddToRollups = "LOCK TABLE usage_rollup IN ROW EXCLUSIVE MODE";

    public const string ReadRollupsAlone = "LOCK TABLE usage_rollup IN SHARE MODE";

    public const string SelectEpoch = "SELECT epoch FROM lease_gateways WHERE gateway = @gateway";

    public const string CloseLeasesOfScope = "UPDATE leases SET state = 1 WHERE scope = @scope AND state = 0";

    public const string MoveLeases = "UPDATE leases SET starts_at = @start WHERE scope = @scope AND state = 0";

    public const string SumOpenLeases = "SELECT CAST(COALESCE(SUM(amount_nano - used_nano), 0) AS BIGINT) FROM leases WHERE scope = @scope AND state = 0";

    public const string ForgetLeases = "DELETE FROM leases WHERE scope = @scope AND state = 1 AND expires_at < @before";

    public const string SelectLeasesOfGateway =
        $"SELECT {LeaseColumns} FROM leases WHERE gateway = @gateway AND epoch < @epoch AND state = 0 ORDER BY id";

    public const string SelectGaps =
        "SELECT id, amount_nano - used_nano, expires_at, starts_at FROM leases "
        + "WHERE scope = @scope AND state = 0 AND expires_at <= @before ORDER BY expires_at, id LIMIT @limit";

    public const string SumGapsOfWindow =
        "SELECT CAST(COALESCE(SUM(amount_nano - used_nano), 0) AS BIGINT) FROM leases "
        + "WHERE scope = @scope AND state = 0 AND expires_at <= @before AND starts_at = @start";

    public const string SumOfTenant =
        "SELECT CAST(COALESCE(SUM(cost_nano), 0) AS BIGINT) FROM usage_rollup WHERE tenant = @tenant AND hour >= @from AND hour < @to";

    public const string SumOfUser = SumOfTenant + " AND user_id = @user";

    public const string SumOfKey = "SELECT CAST(COALESCE(SUM(cost_nano), 0) AS BIGINT) FROM usage_rollup WHERE key_id = @key AND hour >= @from AND hour < @to";

    public const string SumOfGapRows = "SELECT CAST(COALESCE(SUM(cost_nano), 0) AS BIGINT) FROM ledger WHERE gap_scope = @scope AND at >= @from AND at < @to";

    public const string SelectKeyOwner = "SELECT tenant, user_id FROM registry WHERE kind = 'key' AND id = @id";
}
