using BeastOrleans.Contracts.Usage;

namespace BeastOrleans.Grains.Usage.Reports;

/// <summary>A report's window in whole hours or days.</summary>
internal static class ReportWindow
{
    private const long HoursPerDay = 24;

    /// <summary>First bucket, inclusive, and last, exclusive.</summary>
    public static (long From, long To) Buckets(UsageQuery query)
    {
        var (from, to) = (RollupHour.Of(query.From), RollupHour.Ceiling(query.To));
        return query.Step == ReportStep.Hour ? (from, to) : (RollupHour.DayOf(from), RollupHour.DayOf(to + HoursPerDay - 1));
    }

    public static DateTimeOffset Start(ReportStep step, long bucket) => RollupHour.Start(step == ReportStep.Hour ? bucket : bucket * HoursPerDay);

    public static (DateTimeOffset From, DateTimeOffset To) Of(UsageQuery query)
    {
        var (from, to) = Buckets(query);
        return (Start(query.Step, from), Start(query.Step, to));
    }
}
