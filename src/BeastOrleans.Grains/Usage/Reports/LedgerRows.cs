using System.Data.Common;
using System.Text.Json;
using BeastOrleans.Contracts.Usage;
using BeastOrleans.Grains.Usage.Sql;

namespace BeastOrleans.Grains.Usage.Reports;

/// <summary>Reads the ledger's rows as reports show them: the attempt and its tags, without the request's summary.</summary>
internal static class LedgerRows
{
    public static UsageRecord Read(DbDataReader row) => LedgerRowReader.ReadAttempt(row) with
    {
        Kind = (RowKind)row.GetInt64(25),
        Overrun = Money.FromNano(row.GetInt64(26)),
        Tags = row.IsDBNull(27) ? null : JsonSerializer.Deserialize(row.GetString(27), LedgerJson.Default.StringArray),
    };
}
