using System.Data.Common;
using BeastOrleans.Contracts.Usage;
using BeastOrleans.Grains.Usage.Sql;

namespace BeastOrleans.Grains.Usage.Reports;

/// <inheritdoc cref="IUsageReportStore"/>
internal sealed class UsageReportStore(SqlRunner sql) : IUsageReportStore
{
    public async Task<UsageReportRow[]> SumUsageAsync(UsageQuery query, IReadOnlyList<object>? after, int limit, CancellationToken cancellationToken)
    {
        var (from, to) = ReportWindow.Buckets(query);
        var order = UsageReportSql.OrderOf(query);
        var rows = await sql.QueryAsync(UsageReportSql.Select(query, from, to, after, limit), row => Read(query, order, row), cancellationToken);

        // Without a group there is always one row; one of nothing is none.
        return rows is [{ Row.Attempts: 0 }] ? [] : [.. rows];
    }

    public async Task<UsageRecord[]> ListLedgerAsync(LedgerQuery query, LedgerPosition? after, int limit, CancellationToken cancellationToken) =>
        [.. await sql.QueryAsync(LedgerPageSql.Select(query, after, limit), LedgerRows.Read, cancellationToken)];

    private static UsageReportRow Read(UsageQuery query, IReadOnlyList<string> order, DbDataReader row)
    {
        var position = new object[order.Count];
        long? bucket = null;
        string? tenant = null, user = null, key = null, model = null, provider = null, tag = null;
        for (var i = 0; i < order.Count; i++)
        {
            if (order[i] is "bucket" or "hour")
            {
                position[i] = bucket = row.GetInt64(i);
                continue;
            }

            var text = row.GetString(i);
            position[i] = text;
            switch (order[i])
            {
                case "tenant": tenant = text; break;
                case "user_id": user = text; break;
                case "key_id": key = text; break;
                case "model_id": model = text; break;
                case "provider": provider = text; break;
                default: tag = text; break;
            }
        }

        var sum = order.Count;
        return new UsageReportRow(
            new UsageRow
            {
                At = bucket is { } one ? ReportWindow.Start(query.Step, one) : ReportWindow.Of(query).From,
                Tenant = tenant,
                User = user,
                Key = key,
                Model = model,
                Provider = provider,
                Tag = tag,
                Attempts = row.GetInt64(sum++),
                Ok = row.GetInt64(sum++),
                Abandoned = row.GetInt64(sum++),
                Unknown = row.GetInt64(sum++),
                Caller = row.GetInt64(sum++),
                Network = row.GetInt64(sum++),
                Overload = row.GetInt64(sum++),
                Timeout = row.GetInt64(sum++),
                Unhealthy = row.GetInt64(sum++),
                Other = row.GetInt64(sum++),
                Tokens = new TokenUsage
                {
                    Input = row.GetInt64(sum++),
                    Output = row.GetInt64(sum++),
                    CachedInput = row.GetInt64(sum++),
                    CacheWrite = row.GetInt64(sum++),
                    Reasoning = row.GetInt64(sum++),
                },
                Cost = Money.FromNano(row.GetInt64(sum++)),
                Unpriced = row.GetInt64(sum),
            },
            position);
    }
}
