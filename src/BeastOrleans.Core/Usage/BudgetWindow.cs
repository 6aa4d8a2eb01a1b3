using BeastOrleans.Contracts.Metering;

namespace BeastOrleans.Core.Usage;

/// <summary>The stretch of time that a moment belongs to. Computed, so that no job has to reset a budget.</summary>
/// <param name="Start">Inclusive, midnight UTC; the epoch for a total.</param>
/// <param name="End">Exclusive; null for a total.</param>
public readonly record struct BudgetWindow(DateTimeOffset Start, DateTimeOffset? End)
{
    /// <summary>The window of <paramref name="period"/> that holds <paramref name="moment"/>.</summary>
    public static BudgetWindow Of(BudgetPeriod period, DateTimeOffset moment)
    {
        var midnight = new DateTimeOffset(moment.UtcDateTime.Date, TimeSpan.Zero);
        return period switch
        {
            BudgetPeriod.Day => new(midnight, midnight.AddDays(1)),
            BudgetPeriod.Week => Week(midnight),
            BudgetPeriod.Month => Month(midnight),
            _ => new(DateTimeOffset.UnixEpoch, null),
        };
    }

    private static BudgetWindow Week(DateTimeOffset midnight)
    {
        // DayOfWeek counts from Sunday; weeks here begin on Monday, as ISO 8601 has it.
        var start = midnight.AddDays(-(((int)midnight.DayOfWeek + 6) % 7));
        return new(start, start.AddDays(7));
    }

    private static BudgetWindow Month(DateTimeOffset midnight)
    {
        var start = midnight.AddDays(1 - midnight.Day);
        return new(start, start.AddMonths(1));
    }
}
