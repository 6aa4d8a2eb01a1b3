using BeastOrleans.Grains.Storage;

namespace BeastOrleans.Grains.Usage.Sqlite;

/// <summary>Adds a batch's sums to the rollups, in the column order of <see cref="LedgerSql"/>.</summary>
internal static class RollupWriter
{
    public static void Write(SqliteSession session, LedgerTally tally)
    {
        var usage = new RowBinder(session, LedgerSql.UpsertUsage);
        foreach (var (key, sum) in tally.Usage)
        {
            Bind(usage.Row(), key, sum).Execute();
        }

        var routing = new RowBinder(session, LedgerSql.UpsertRouting);
        foreach (var (key, sum) in tally.Routing)
        {
            Bind(routing.Row(), key, sum).Execute();
        }

        ReportRollupWriter.Write(session, tally);
    }

    private static RowBinder Bind(RowBinder row, UsageRollupKey key, UsageTally sum)
    {
        return BindSums(row.Text(key.Tenant).Number(key.Hour).Text(key.User).Text(key.KeyId).Text(key.ModelId).Number((long)key.Type), sum);
    }

    /// <summary>In the order of <see cref="LedgerSql.UsageSums"/>.</summary>
    internal static RowBinder BindSums(RowBinder row, UsageTally sum)
    {
        row.Number(sum.Attempts)
            .Number(sum.Ok)
            .Number(sum.Abandoned)
            .Number(sum.Unknown)
            .Number(sum.Caller);
        return Bind(row, sum.Failed)
            .Number(sum.Tokens.Input)
            .Number(sum.Tokens.Output)
            .Number(sum.Tokens.CachedInput)
            .Number(sum.Tokens.CacheWrite)
            .Number(sum.Tokens.Reasoning)
            .Number(sum.Cost.Nano)
            .Number(sum.Unpriced);
    }

    private static RowBinder Bind(RowBinder row, RoutingRollupKey key, RoutingTally sum)
    {
        row.Text(key.Tenant).Number(key.Hour).Text(key.User)
            .Number(sum.Total)
            .Number(sum.Success)
            .Number(sum.Failures)
            .Number(sum.Fallbacks);
        Bind(row, sum.Reasons)
            .Number(sum.Actual.Nano)
            .Number(sum.Baseline.Nano)
            .Number(sum.Unpriced);
        Bind(row, sum.PremiumNano).Number(sum.PremiumUnpriced);
        return Bind(Bind(row, sum.Custom), sum.Provider);
    }

    private static RowBinder Bind(RowBinder row, ReasonCounts reasons)
    {
        return row
            .Number(reasons.Network)
            .Number(reasons.Overload)
            .Number(reasons.Timeout)
            .Number(reasons.Unhealthy)
            .Number(reasons.Other);
    }

    private static RowBinder Bind(RowBinder row, LatencyHistogram histogram)
    {
        for (var i = 0; i < LatencyHistogram.Buckets; i++)
        {
            row.Number(histogram[i]);
        }

        return row;
    }
}
