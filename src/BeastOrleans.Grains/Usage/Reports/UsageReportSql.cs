using BeastOrleans.Contracts.Usage;
using BeastOrleans.Grains.Usage.Sql;

namespace BeastOrleans.Grains.Usage.Reports;

/// <summary>
/// Usage from the smallest rollup that can answer: by model where users and keys do not matter, by tag, else by user and key;
/// each by hour or by day.
/// </summary>
internal static class UsageReportSql
{
    private const string Sums =
        "attempts, ok, abandoned, unknown, caller, failed_network, failed_overload, failed_timeout, failed_unhealthy, failed_other, "
        + "tokens_in, tokens_out, tokens_cached, tokens_cache_write, tokens_reasoning, cost_nano, unpriced";

    // PostgreSQL makes a numeric of a sum of bigints; no sum at all is 0.
    private static readonly string SelectSums = string.Join(
        ", ", Sums.Split(", ").Select(column => $"CAST(COALESCE(SUM({column}), 0) AS BIGINT) AS {column}"));

    private enum Source
    {
        Model,
        Tag,
        Owner,
    }

    /// <summary>The columns that tell rows apart, in the order in which they are paged.</summary>
    public static IReadOnlyList<string> OrderOf(UsageQuery query)
    {
        var order = new List<string>();
        var time = query.Step == ReportStep.Total ? null : BucketOf(query);
        var source = SourceOf(query);

        // A table is read in the order of its key, so that a page ends where it is full.
        if (source == Source.Model && time is not null)
        {
            order.Add(time);
        }

        AddIf(ReportGroup.Tenant, "tenant");
        if (source != Source.Model && time is not null)
        {
            order.Add(time);
        }

        AddIf(ReportGroup.Tag, "tag");
        AddIf(ReportGroup.User, "user_id");
        AddIf(ReportGroup.Key, "key_id");
        AddIf(ReportGroup.Provider, "provider");
        AddIf(ReportGroup.Model, "model_id");
        return order;

        void AddIf(ReportGroup group, string column)
        {
            if (query.Group.HasFlag(group))
            {
                order.Add(column);
            }
        }
    }

    /// <param name="after">The last row's values of <see cref="OrderOf"/>; null for the first page.</param>
    /// <param name="fromBucket">Inclusive.</param>
    /// <param name="toBucket">Exclusive.</param>
    public static SqlText Select(UsageQuery query, long fromBucket, long toBucket, IReadOnlyList<object>? after, int limit)
    {
        var order = OrderOf(query);
        var bucket = BucketOf(query);
        var parameters = new List<(string, object)> { ("@from", fromBucket), ("@to", toBucket), ("@limit", (long)limit) };
        var where = new List<string> { $"{bucket} >= @from", $"{bucket} < @to" };
        Filter("tenant", query.Tenant);
        Filter("user_id", query.User);
        Filter("key_id", query.Key);
        Filter("model_id", query.Model);
        Filter("provider", query.Provider);
        Filter("tag", query.Tag);
        if (query is { Key: not null, Tenant: null })
        {
            // A key has one tenant: with it the table's own order serves.
            where.Add("tenant = (SELECT tenant FROM registry WHERE kind = 'key' AND id = @key_id)");
        }

        if (after is not null)
        {
            var names = order.Select((_, i) => $"@after{i}").ToArray();
            where.Add($"({string.Join(", ", order)}) > ({string.Join(", ", names)})");
            parameters.AddRange(names.Select((name, i) => (name, after[i])));
        }

        var columns = order.Count == 0 ? "" : string.Join(", ", order) + ", ";
        var grouped = order.Count == 0 ? "" : $" GROUP BY {string.Join(", ", order)} ORDER BY {string.Join(", ", order)}";
        return new SqlText(
            $"SELECT {columns}{SelectSums} FROM {TableOf(query)} WHERE {string.Join(" AND ", where)}{grouped} LIMIT @limit", parameters);

        void Filter(string column, string? value)
        {
            if (value is not null)
            {
                where.Add($"{column} = @{column}");
                parameters.Add(("@" + column, value));
            }
        }
    }

    private static Source SourceOf(UsageQuery query) =>
        query.Tag is not null || query.Group.HasFlag(ReportGroup.Tag) ? Source.Tag
        : query.User is not null || query.Key is not null || (query.Group & (ReportGroup.User | ReportGroup.Key)) != 0 ? Source.Owner
        : Source.Model;

    private static string TableOf(UsageQuery query) => (SourceOf(query), query.Step) switch
    {
        (Source.Model, ReportStep.Hour) => "usage_model_hour",
        (Source.Model, _) => "usage_model_day",
        (Source.Tag, ReportStep.Hour) => "usage_tag_hour",
        (Source.Tag, _) => "usage_tag_day",
        (_, ReportStep.Hour) => "usage_rollup",
        _ => "usage_day",
    };

    // The oldest table has another name for it.
    private static string BucketOf(UsageQuery query) => SourceOf(query) == Source.Owner && query.Step == ReportStep.Hour ? "hour" : "bucket";
}
