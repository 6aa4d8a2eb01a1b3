using BeastOrleans.Grains.Storage.Sql;

namespace BeastOrleans.Grains.Usage.Sql;

/// <summary>Adds a batch's sums to the rollups, in the column order of <see cref="LedgerSql"/>.</summary>
internal static class RollupWriter
{
    public static void Write(SqlSession session, LedgerTally tally)
    {
        var usage = session.Rows(LedgerSql.UpsertUsage);
        foreach (var (key, sum) in tally.Usage)
        {
            Bind(usage, key, sum).Add();
        }

        usage.Run();

        var routing = session.Rows(LedgerSql.UpsertRouting);
        foreach (var (key, sum) in tally.Routing)
        {
            Bind(routing, key, sum).Add();
        }

        routing.Run();
        ReportRollupWriter.Write(session, tally);
    }

    private static SqlRows Bind(SqlRows row, UsageRollupKey key, UsageTally sum)
    {
        return BindSums(row.Text(key.Tenant).Number(key.Hour).Text(key.User).Text(key.KeyId).Text(key.ModelId).Number((long)key.Type), sum);
    }

    /// <summary>In the order of <see cref="LedgerSql.UsageSums"/>.</summary>
    internal static SqlRows BindSums(SqlRows row, UsageTally sum)
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

    private static SqlRows Bind(SqlRows row, RoutingRollupKey key, RoutingTally sum)
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

    private static SqlRows Bind(SqlRows row, ReasonCounts reasons)
    {
        return row
            .Number(reasons.Network)
            .Number(reasons.Overload)
            .Number(reasons.Timeout)
            .Number(reasons.Unhealthy)
            .Number(reasons.Other);
    }

    private static SqlRows Bind(SqlRows row, LatencyHistogram histogram)
    {
        for (var i = 0; i < LatencyHistogram.Buckets; i++)
        {
            row.Number(histogram[i]);
        }

        return row;
    }
}
