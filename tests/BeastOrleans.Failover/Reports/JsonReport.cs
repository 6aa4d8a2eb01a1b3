using System.Text.Json;
using System.Text.Json.Serialization;

namespace BeastOrleans.Failover.Reports;

/// <summary>The rows for a program.</summary>
internal static class JsonReport
{
    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    public static async Task WriteAsync(string file, IReadOnlyList<Row> rows)
    {
        await using var stream = File.Create(file);
        await JsonSerializer.SerializeAsync(stream, new { rows, totals = ResultTable.Totals(rows) }, Options);
    }
}
