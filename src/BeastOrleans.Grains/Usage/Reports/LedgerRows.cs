using System.Data.Common;
using System.Text.Json;
using BeastOrleans.Contracts.Endpoints;
using BeastOrleans.Contracts.Usage;

namespace BeastOrleans.Grains.Usage.Reports;

/// <summary>Reads the ledger's rows as reports show them: the attempt and its tags, without the request's summary.</summary>
internal static class LedgerRows
{
    public static UsageRecord Read(DbDataReader row) => new()
    {
        AttemptId = row.GetString(0),
        RequestId = row.GetString(1),
        AttemptNumber = (int)row.GetInt64(2),
        At = DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(3)),
        Tenant = row.GetString(4),
        User = row.GetString(5),
        KeyId = row.GetString(6),
        Endpoint = row.GetString(7),
        ModelId = row.GetString(8),
        Model = row.GetString(9),
        Type = (EndpointType)row.GetInt64(10),
        Outcome = (OutcomeClass)row.GetInt64(11),
        Reason = (FailureReason)row.GetInt64(12),
        Status = (int)row.GetInt64(13),
        Partial = row.GetInt64(14) != 0,
        FirstContentMs = row.IsDBNull(15) ? null : (int)row.GetInt64(15),
        DurationMs = (int)row.GetInt64(16),
        Tokens = new TokenUsage
        {
            Input = row.GetInt64(17),
            Output = row.GetInt64(18),
            CachedInput = row.GetInt64(19),
            CacheWrite = row.GetInt64(20),
            Reasoning = row.GetInt64(21),
            Source = (UsageSource)row.GetInt64(22),
        },
        Cost = Money.FromNano(row.GetInt64(23)),
        PriceVersion = row.IsDBNull(24) ? null : row.GetString(24),
        Kind = (RowKind)row.GetInt64(25),
        Overrun = Money.FromNano(row.GetInt64(26)),
        Tags = row.IsDBNull(27) ? null : JsonSerializer.Deserialize(row.GetString(27), LedgerJson.Default.StringArray),
    };
}
