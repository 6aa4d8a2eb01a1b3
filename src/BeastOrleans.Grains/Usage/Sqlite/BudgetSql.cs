namespace BeastOrleans.Grains.Usage.Sqlite;

/// <summary>
/// Every SQL text of budgets and leases on SQLite. SQLite has one writer, so the order of locks does not matter here; the
/// callers keep to one all the same (budget, leases by id, windows by scope and start), because another database will need it.
/// </summary>
internal static class BudgetSql
{
    private const string BudgetColumns = "scope, kind, period, limit_nano, counted_from";

    private const string LeaseColumns =
        "id, scope, starts_at, gateway, epoch, amount_nano, used_nano, settled_nano, state, granted_at, expires_at";

    public const string AnyBudget = "SELECT 1 FROM budgets LIMIT 1";

    public const string SelectBudget = $"SELECT {BudgetColumns} FROM budgets WHERE scope = $scope";

    public const string SelectBudgets = $"SELECT {BudgetColumns} FROM budgets WHERE scope > $after ORDER BY scope LIMIT $limit";

    public const string UpsertBudget =
        "INSERT INTO budgets (scope, kind, period, limit_nano, counted_from, created_at, changed_at) "
        + "VALUES ($scope, $kind, $period, $limit, $counted, $now, $now) "
        + "ON CONFLICT (scope) DO UPDATE SET kind = excluded.kind, period = excluded.period, limit_nano = excluded.limit_nano, "
        + "counted_from = excluded.counted_from, changed_at = excluded.changed_at";

    public const string DeleteBudget = "DELETE FROM budgets WHERE scope = $scope";

    public const string SelectWindow = "SELECT posted_nano, leased_nano FROM budget_windows WHERE scope = $scope AND starts_at = $start";

    public const string InsertWindow =
        "INSERT INTO budget_windows (scope, starts_at, ends_at, posted_nano, leased_nano) "
        + "VALUES ($scope, $start, $end, $posted, $leased) ON CONFLICT DO NOTHING";

    public const string DeleteWindows = "DELETE FROM budget_windows WHERE scope = $scope";

    // The guard: whatever else went wrong, this statement lends nothing that is not there.
    public const string Lend =
        "UPDATE budget_windows SET leased_nano = leased_nano + $amount WHERE scope = $scope AND starts_at = $start "
        + "AND posted_nano + leased_nano + $amount <= (SELECT limit_nano FROM budgets WHERE scope = $scope)";

    public const string Post =
        "UPDATE budget_windows SET posted_nano = posted_nano + $posted, leased_nano = leased_nano - $taken "
        + "WHERE scope = $scope AND starts_at = $start";

    public const string InsertLease =
        $"INSERT INTO leases ({LeaseColumns}) VALUES ($id, $scope, $start, $gateway, $epoch, $amount, 0, 0, 0, $now, $expires)";

    public const string SelectLease = $"SELECT {LeaseColumns} FROM leases WHERE id = $id";

    public const string SpendLease = "UPDATE leases SET used_nano = used_nano + $used, settled_nano = settled_nano - $refund WHERE id = $id";

    public const string EndLease = "UPDATE leases SET state = $state, settled_nano = $settled WHERE id = $id AND state = 0";

    public const string RaiseEpoch =
        "INSERT INTO lease_gateways (gateway, epoch) VALUES ($gateway, $epoch) ON CONFLICT (gateway) DO UPDATE SET epoch = max(epoch, excluded.epoch)";

    public const string SelectEpoch = "SELECT epoch FROM lease_gateways WHERE gateway = $gateway";

    public const string CloseLeasesOfScope = "UPDATE leases SET state = 1 WHERE scope = $scope AND state = 0";

    public const string MoveLeases = "UPDATE leases SET starts_at = $start WHERE scope = $scope AND state = 0";

    public const string SumOpenLeases = "SELECT COALESCE(SUM(amount_nano - used_nano), 0) FROM leases WHERE scope = $scope AND state = 0";

    public const string ForgetLeases = "DELETE FROM leases WHERE scope = $scope AND state = 1 AND expires_at < $before";

    public const string SelectLeasesOfGateway =
        $"SELECT {LeaseColumns} FROM leases WHERE gateway = $gateway AND epoch < $epoch AND state = 0 ORDER BY id";

    public const string SelectGaps =
        "SELECT id, amount_nano - used_nano, expires_at, starts_at FROM leases "
        + "WHERE scope = $scope AND state = 0 AND expires_at <= $before ORDER BY expires_at, id LIMIT $limit";

    public const string SumGapsOfWindow =
        "SELECT COALESCE(SUM(amount_nano - used_nano), 0) FROM leases "
        + "WHERE scope = $scope AND state = 0 AND expires_at <= $before AND starts_at = $start";

    public const string SumOfTenant =
        "SELECT COALESCE(SUM(cost_nano), 0) FROM usage_rollup WHERE tenant = $tenant AND hour >= $from AND hour < $to";

    public const string SumOfUser = SumOfTenant + " AND user_id = $user";

    public const string SumOfKey = "SELECT COALESCE(SUM(cost_nano), 0) FROM usage_rollup WHERE key_id = $key AND hour >= $from AND hour < $to";

    public const string SumOfGapRows = "SELECT COALESCE(SUM(cost_nano), 0) FROM ledger WHERE gap_scope = $scope AND at >= $from AND at < $to";

    public const string SelectKeyOwner = "SELECT tenant, user_id FROM registry WHERE kind = 'key' AND id = $id";
}
