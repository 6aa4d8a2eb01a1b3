using BeastOrleans.Grains.Usage.Sql;

namespace BeastOrleans.Grains.Usage.Retention;

/// <inheritdoc cref="IRetentionStore"/>
internal sealed class RetentionStore(SqlRunner sql) : IRetentionStore
{
    private const string Raise = "UPDATE ledger_retention SET kept_from = @from WHERE id = 1 AND kept_from < @from";

    private const string DeleteRows =
        "DELETE FROM ledger WHERE attempt_id IN (SELECT attempt_id FROM ledger "
        + "WHERE at < (SELECT kept_from FROM ledger_retention WHERE id = 1) AND kind <> 2 ORDER BY at, attempt_id LIMIT @most)";

    private const string DeletePlans =
        "DELETE FROM plans WHERE hash IN (SELECT hash FROM plans WHERE seen_at < @since ORDER BY seen_at LIMIT @most) AND seen_at < @since";

    public async Task<DateTimeOffset?> KeptFromAsync(CancellationToken cancellationToken)
    {
        var rows = await sql.QueryAsync(new SqlText(LedgerSql.SelectKeptFrom, []), row => row.GetInt64(0), cancellationToken);
        return rows is [> 0 and var at] ? DateTimeOffset.FromUnixTimeMilliseconds(at) : null;
    }

    public Task RaiseAsync(DateTimeOffset keptFrom, CancellationToken cancellationToken) =>
        sql.ExecuteAsync([new SqlText(Raise, [("@from", keptFrom.ToUnixTimeMilliseconds())])], cancellationToken);

    public Task<int> RemoveRowsAsync(int most, CancellationToken cancellationToken) =>
        sql.ExecuteAsync([new SqlText(DeleteRows, [("@most", (long)most)])], cancellationToken);

    public Task<int> RemovePlansAsync(DateTimeOffset notSeenSince, int most, CancellationToken cancellationToken) =>
        sql.ExecuteAsync([new SqlText(DeletePlans, [("@since", notSeenSince.ToUnixTimeMilliseconds()), ("@most", (long)most)])], cancellationToken);
}
