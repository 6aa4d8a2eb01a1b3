using System.Data.Common;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using BeastOrleans.Contracts.Endpoints;
using BeastOrleans.Contracts.Usage;

namespace BeastOrleans.Grains.Usage.Sql;

/// <summary>Reads rows back, in the column order of <see cref="LedgerSql"/>. The plan is stored apart and not read here.</summary>
internal static class LedgerRowReader
{
    public static UsageRecord Read(DbDataReader row) => ReadAttempt(row) with
    {
        Summary = row.IsDBNull(25) ? null : ReadSummary(row),
        Kind = (RowKind)row.GetInt32(43),
        Overrun = Money.FromNano(row.GetInt64(44)),
        Leases = Json(row, 45, LedgerJson.Default.LeaseUseArray),
        Tags = Json(row, 39, LedgerJson.Default.StringArray),
    };

    /// <summary>The first 25 columns: the attempt by itself.</summary>
    public static UsageRecord ReadAttempt(DbDataReader row)
    {
        return new UsageRecord
        {
            AttemptId = row.GetString(0),
            RequestId = row.GetString(1),
            AttemptNumber = row.GetInt32(2),
            At = DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(3)),
            Tenant = row.GetString(4),
            User = row.GetString(5),
            KeyId = row.GetString(6),
            Endpoint = row.GetString(7),
            ModelId = row.GetString(8),
            Model = row.GetString(9),
            Type = (EndpointType)row.GetInt32(10),
            Outcome = (OutcomeClass)row.GetInt32(11),
            Reason = (FailureReason)row.GetInt32(12),
            Status = row.GetInt32(13),
            Partial = row.GetInt64(14) != 0,
            FirstContentMs = Number(row, 15),
            DurationMs = row.GetInt32(16),
            Tokens = new TokenUsage
            {
                Input = row.GetInt64(17),
                Output = row.GetInt64(18),
                CachedInput = row.GetInt64(19),
                CacheWrite = row.GetInt64(20),
                Reasoning = row.GetInt64(21),
                Source = (UsageSource)row.GetInt32(22),
            },
            Cost = Money.FromNano(row.GetInt64(23)),
            PriceVersion = Text(row, 24),
        };
    }

    private static RequestSummary ReadSummary(DbDataReader row)
    {
        return new RequestSummary
        {
            Requested = row.GetString(25),
            Served = Text(row, 26),
            ServedType = (EndpointType?)Number(row, 27),
            HadCustom = row.GetInt64(28) != 0,
            Degraded = row.GetInt64(29) != 0,
            FallbackFrom = Text(row, 30),
            FallbackReason = (FailureReason)row.GetInt32(31),
            Abandoned = row.GetInt64(32) != 0,
            Status = row.GetInt32(33),
            Cost = Money.FromNano(row.GetInt64(34)),
            Baseline = row.IsDBNull(35) ? null : Money.FromNano(row.GetInt64(35)),
            BaselineModel = Text(row, 36),
            DurationMs = row.GetInt32(37),
            FirstContentMs = Number(row, 38),
            Tags = Json(row, 39, LedgerJson.Default.StringArray),
            PlanHash = Text(row, 40),
            Skipped = Json(row, 41, LedgerJson.Default.SkippedCandidateArray),
            Error = Text(row, 42),
            CustomCost = row.IsDBNull(47) ? null : Money.FromNano(row.GetInt64(47)),
        };
    }

    private static int? Number(DbDataReader row, int column) => row.IsDBNull(column) ? null : row.GetInt32(column);

    private static string? Text(DbDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);

    private static T? Json<T>(DbDataReader row, int column, JsonTypeInfo<T> type)
        where T : class
    {
        return row.IsDBNull(column) ? null : JsonSerializer.Deserialize(row.GetString(column), type);
    }
}
