using System.Text.Json;
using BeastOrleans.Contracts.Selection;
using BeastOrleans.Contracts.Usage;
using BeastOrleans.Grains.Storage.Sql;

namespace BeastOrleans.Grains.Usage.Sql;

/// <summary>Appends rows, in the column order of <see cref="LedgerSql"/>.</summary>
internal sealed class LedgerRowWriter(SqlSession session)
{
    private readonly SqlRows _insert = session.Rows(LedgerSql.InsertLedger);

    /// <summary>Rows of attempts that are there already are left as they are.</summary>
    /// <returns>The rows that were new.</returns>
    public List<UsageRecord> Append(IReadOnlyList<UsageRecord> records)
    {
        foreach (var record in records)
        {
            BindAttempt(record);
            BindSummary(record);
            BindMoney(record);
            _insert.Add();
        }

        var added = Added(records, _insert.Run());
        AppendPlans(added);
        return added;
    }

    private static List<UsageRecord> Added(IReadOnlyList<UsageRecord> records, IReadOnlyList<bool> isNew)
    {
        var added = new List<UsageRecord>(records.Count);
        for (var i = 0; i < records.Count; i++)
        {
            if (isNew[i])
            {
                added.Add(records[i]);
            }
        }

        return added;
    }

    private void AppendPlans(List<UsageRecord> added)
    {
        SortedDictionary<string, (PlanEntry[] Plan, DateTimeOffset SeenAt)> plans = new(StringComparer.Ordinal);
        foreach (var record in added)
        {
            if (record.Summary is { PlanHash: { } hash, Plan: { } plan } && (!plans.TryGetValue(hash, out var known) || known.SeenAt < record.At))
            {
                plans[hash] = (plan, record.At);
            }
        }

        if (plans.Count == 0)
        {
            return;
        }

        var rows = session.Rows(LedgerSql.InsertPlan);
        foreach (var (hash, (plan, seenAt)) in plans)
        {
            rows.Text(hash)
                .Text(JsonSerializer.Serialize(LedgerBounds.Cut(plan, LedgerBounds.PlanEntries), LedgerJson.Default.PlanEntryArray))
                .Number(seenAt.ToUnixTimeMilliseconds())
                .Add();
        }

        rows.Run();
    }

    private void BindAttempt(UsageRecord record)
    {
        _insert
            .Text(record.AttemptId)
            .Text(record.RequestId)
            .Number(record.AttemptNumber)
            .Number(record.At.ToUnixTimeMilliseconds())
            .Text(record.Tenant)
            .Text(record.User)
            .Text(record.KeyId)
            .Text(record.Endpoint)
            .Text(record.ModelId)
            .Text(record.Model)
            .Number((long)record.Type)
            .Number((long)record.Outcome)
            .Number((long)record.Reason)
            .Number(record.Status)
            .Flag(record.Partial)
            .Number((long?)record.FirstContentMs)
            .Number(record.DurationMs)
            .Number(record.Tokens.Input)
            .Number(record.Tokens.Output)
            .Number(record.Tokens.CachedInput)
            .Number(record.Tokens.CacheWrite)
            .Number(record.Tokens.Reasoning)
            .Number((long)record.Tokens.Source)
            .Number(record.Cost.Nano)
            .Text(record.PriceVersion);
    }

    private void BindSummary(UsageRecord record)
    {
        var summary = record.Summary;
        var tags = record.Tags is not null || summary?.Tags is not null
            ? JsonSerializer.Serialize(LedgerBounds.TagsOf(record), LedgerJson.Default.StringArray)
            : null;
        var skipped = summary?.Skipped is { } candidates
            ? JsonSerializer.Serialize(LedgerBounds.Cut(candidates, LedgerBounds.Skipped), LedgerJson.Default.SkippedCandidateArray)
            : null;
        _insert
            .Text(summary?.Requested)
            .Text(summary?.Served)
            .Number((long?)summary?.ServedType)
            .Flag(summary?.HadCustom)
            .Flag(summary?.Degraded)
            .Text(summary?.FallbackFrom)
            .Number((long?)summary?.FallbackReason)
            .Flag(summary?.Abandoned)
            .Number((long?)summary?.Status)
            .Number(summary?.Cost.Nano)
            .Number(summary?.Baseline?.Nano)
            .Text(summary?.BaselineModel)
            .Number((long?)summary?.DurationMs)
            .Number((long?)summary?.FirstContentMs)
            .Text(tags)
            .Text(summary?.PlanHash)
            .Text(skipped)
            .Text(LedgerBounds.Cut(summary?.Error, LedgerBounds.ErrorLength));
    }

    private void BindMoney(UsageRecord record)
    {
        _insert
            .Number((long)record.Kind)
            .Number(record.Overrun.Nano)
            .Text(record.Leases is { } leases
                ? JsonSerializer.Serialize(LedgerBounds.Cut(leases, LedgerBounds.Leases), LedgerJson.Default.LeaseUseArray)
                : null)
            .Text(record is { Kind: RowKind.Gap, Leases: [{ } lease, ..] } ? lease.Scope : null)
            .Number(record.Summary?.CustomCost?.Nano);
    }

    /// <summary>Puts aside rows from before the time that the ledger keeps.</summary>
    /// <returns>Those that were not put aside before.</returns>
    public List<UsageRecord> AppendLate(IReadOnlyList<UsageRecord> records)
    {
        var rows = session.Rows(LedgerSql.InsertLate);
        foreach (var record in records)
        {
            rows.Text(record.AttemptId)
                .Number(record.At.ToUnixTimeMilliseconds())
                .Text(record.Tenant)
                .Text(JsonSerializer.Serialize(record, LedgerJson.Default.UsageRecord))
                .Add();
        }

        return Added(records, rows.Run());
    }
}
