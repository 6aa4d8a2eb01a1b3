using System.Text.Json;
using BeastOrleans.Contracts.Usage;
using BeastOrleans.Grains.Storage;

namespace BeastOrleans.Grains.Usage.Sqlite;

/// <summary>Appends rows, in the column order of <see cref="LedgerSql"/>.</summary>
internal sealed class LedgerRowWriter(SqliteSession session)
{
    private readonly RowBinder _insert = new(session, LedgerSql.InsertLedger);
    private readonly HashSet<string> _plans = new(StringComparer.Ordinal);

    /// <summary>False when a row of that attempt is there already; it is left as it is.</summary>
    public bool TryAppend(UsageRecord record)
    {
        BindAttempt(record);
        BindSummary(record);
        BindMoney(record);
        if (!_insert.ExecuteReturnsRow())
        {
            return false;
        }

        if (record.Summary is { PlanHash: { } hash, Plan: { } plan } && _plans.Add(hash))
        {
            AppendPlan(record.At, hash, JsonSerializer.Serialize(LedgerBounds.Cut(plan, LedgerBounds.PlanEntries), LedgerJson.Default.PlanEntryArray));
        }

        return true;
    }

    private void BindAttempt(UsageRecord record)
    {
        _insert.Row()
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

    /// <summary>Puts aside a row from before the time that the ledger keeps. False when it is there already.</summary>
    public bool TryAppendLate(UsageRecord record) =>
        new RowBinder(session, LedgerSql.InsertLate).Row()
            .Text(record.AttemptId)
            .Number(record.At.ToUnixTimeMilliseconds())
            .Text(record.Tenant)
            .Text(JsonSerializer.Serialize(record, LedgerJson.Default.UsageRecord))
            .ExecuteReturnsRow();

    private void AppendPlan(DateTimeOffset at, string hash, string json)
    {
        new RowBinder(session, LedgerSql.InsertPlan).Row().Text(hash).Text(json).Number(at.ToUnixTimeMilliseconds()).Execute();
    }
}
