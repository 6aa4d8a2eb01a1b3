using BeastOrleans.Contracts.Usage;
using BeastOrleans.Grains.Usage.Sql;

namespace BeastOrleans.Grains.Usage.Reports;

/// <summary>Pages of the ledger's own rows, newest first.</summary>
internal static class LedgerPageSql
{
    /// <summary>In the order of <see cref="LedgerRows"/>.</summary>
    public const string Columns =
        "attempt_id, request_id, attempt_number, at, tenant, user_id, key_id, endpoint, model_id, model, type, outcome, reason, status, partial, "
        + "first_content_ms, duration_ms, tokens_in, tokens_out, tokens_cached, tokens_cache_write, tokens_reasoning, usage_source, cost_nano, "
        + "price_version, kind, overrun_nano, tags";

    public static SqlText Select(LedgerQuery query, LedgerPosition? after, int limit)
    {
        var parameters = new List<(string, object)> { ("@limit", (long)limit) };
        var where = new List<string>();
        Filter("tenant = @tenant", "@tenant", query.Tenant);
        Filter("user_id = @user", "@user", query.User);
        Filter("key_id = @key", "@key", query.Key);
        Filter("model_id = @model", "@model", query.Model);
        Filter("at >= @from", "@from", query.From?.ToUnixTimeMilliseconds());
        Filter("at < @to", "@to", query.To?.ToUnixTimeMilliseconds());
        if (after is { } last)
        {
            Filter("(at, attempt_id) < (@at, @attempt)", "@at", last.AtMilliseconds);
            parameters.Add(("@attempt", last.AttemptId));
        }

        var filter = where.Count == 0 ? "" : $" WHERE {string.Join(" AND ", where)}";
        return new SqlText($"SELECT {Columns} FROM ledger{filter} ORDER BY at DESC, attempt_id DESC LIMIT @limit", parameters);

        void Filter(string condition, string name, object? value)
        {
            if (value is not null)
            {
                where.Add(condition);
                parameters.Add((name, value));
            }
        }
    }
}
