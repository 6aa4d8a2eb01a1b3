using System.Globalization;
using BeastOrleans.Failover.Clients;

namespace BeastOrleans.Failover.Reports;

/// <summary>The rows as a Markdown table, and the totals under it.</summary>
internal static class ResultTable
{
    private static readonly string[] Titles = ["fault", "mode", "verdict", "client saw", "latency", "primary attempts", "fallback attempts", "note"];

    public static IEnumerable<string> Lines(IReadOnlyList<Row> rows)
    {
        string[][] cells = [Titles, .. rows.Select(Cells)];
        var widths = Enumerable.Range(0, Titles.Length).Select(i => cells.Max(c => c[i].Length)).ToArray();
        yield return Line(cells[0], widths);
        yield return "|" + string.Concat(widths.Select(w => new string('-', w + 2) + "|"));
        foreach (var row in cells.Skip(1))
        {
            yield return Line(row, widths);
        }
    }

    /// <summary>What the public benchmark counts, per mode, then everything else in one line.</summary>
    public static IEnumerable<string> Totals(IReadOnlyList<Row> rows)
    {
        foreach (var (mode, name) in new[] { (Mode.Stream, "plain stream"), (Mode.Buffered, "buffered"), (Mode.Plain, "not streaming") })
        {
            Row[] counted = [.. rows.Where(r => r.IsPublic && r.Mode == mode)];
            if (counted.Length > 0)
            {
                yield return $"{counted.Length} {(counted.Length == 1 ? "fault" : "faults")} {name}: {Count(counted)}";
            }
        }

        Row[] further = [.. rows.Where(r => !r.IsPublic)];
        if (further.Length > 0)
        {
            yield return $"{further.Length} further rows: {Count(further)}";
        }
    }

    private static string Count(Row[] rows) => string.Join(", ", Enum.GetValues<Verdict>()
        .Select(v => string.Create(CultureInfo.InvariantCulture, $"{rows.Count(r => r.Verdict == v)} {Name(v)}")));

    private static string[] Cells(Row row) =>
    [
        row.Fault,
        row.Mode is { } mode ? Name(mode) : "",
        Name(row.Verdict).ToUpperInvariant() + (row.IsAsExpected ? "" : $" (expected {Name(row.Expected)})"),
        row.ClientSaw,
        row.Latency is { } latency ? Time(latency) : "",
        Number(row.PrimaryAttempts),
        Number(row.FallbackAttempts),
        row.Note,
    ];

    private static string Line(string[] cells, int[] widths) => "| " + string.Join(" | ", cells.Select((c, i) => c.PadRight(widths[i]))) + " |";

    private static string Time(TimeSpan latency) => latency.TotalSeconds < 1
        ? string.Create(CultureInfo.InvariantCulture, $"{latency.TotalMilliseconds:0} ms")
        : string.Create(CultureInfo.InvariantCulture, $"{latency.TotalSeconds:0.0} s");

    private static string Number(int? value) => value?.ToString(CultureInfo.InvariantCulture) ?? "";

    private static string Name<T>(T value)
        where T : struct, Enum
    {
        var name = value.ToString();
        return char.ToLowerInvariant(name[0]) + name[1..];
    }
}
