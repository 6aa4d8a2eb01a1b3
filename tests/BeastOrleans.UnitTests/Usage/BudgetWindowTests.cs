using System.Globalization;
using BeastOrleans.Contracts.Metering;
using BeastOrleans.Core.Usage;
using CsCheck;
using Xunit;

namespace BeastOrleans.UnitTests.Usage;

public sealed class BudgetWindowTests
{
    [Theory]
    [InlineData(BudgetPeriod.Day, "2026-11-25T14:03:00Z", "2026-11-25", "2026-11-26")]
    [InlineData(BudgetPeriod.Day, "2024-02-29T00:00:00Z", "2024-02-29", "2024-03-01")]
    [InlineData(BudgetPeriod.Day, "2026-11-25T01:30:00+02:00", "2026-11-24", "2026-11-25")]
    [InlineData(BudgetPeriod.Week, "2026-11-25T14:03:00Z", "2026-11-23", "2026-11-30")]
    [InlineData(BudgetPeriod.Week, "2026-11-23T00:00:00Z", "2026-11-23", "2026-11-30")]
    [InlineData(BudgetPeriod.Week, "2026-11-22T23:59:59.999Z", "2026-11-16", "2026-11-23")]
    [InlineData(BudgetPeriod.Week, "2025-01-01T12:00:00Z", "2024-12-30", "2025-01-06")]
    [InlineData(BudgetPeriod.Week, "2024-02-29T12:00:00Z", "2024-02-26", "2024-03-04")]
    [InlineData(BudgetPeriod.Month, "2024-02-29T23:59:59Z", "2024-02-01", "2024-03-01")]
    [InlineData(BudgetPeriod.Month, "2100-02-28T12:00:00Z", "2100-02-01", "2100-03-01")]
    [InlineData(BudgetPeriod.Month, "2026-12-31T23:59:59.999Z", "2026-12-01", "2027-01-01")]
    [InlineData(BudgetPeriod.Month, "2026-12-31T23:59:59-01:00", "2027-01-01", "2027-02-01")]
    public void Of_AMoment_IsTheStretchThatHoldsIt(BudgetPeriod period, string moment, string start, string end)
    {
        Assert.Equal(new BudgetWindow(Utc(start), Utc(end)), BudgetWindow.Of(period, Utc(moment)));
    }

    [Fact]
    public void Of_ATotal_HasNoEnd() =>
        Assert.Equal(new BudgetWindow(DateTimeOffset.UnixEpoch, null), BudgetWindow.Of(BudgetPeriod.Total, Utc("2026-11-25")));

    [Fact]
    public void Of_AnyMoment_WindowsFollowEachOtherWithoutGapOrOverlap()
    {
        Gen.Select(Gen.Enum<BudgetPeriod>(), Gen.Long[0, 4_102_444_800_000]).Sample((period, at) =>
        {
            var moment = DateTimeOffset.FromUnixTimeMilliseconds(at);
            var window = BudgetWindow.Of(period, moment);
            Assert.True(window.Start <= moment);
            if (window.End is { } end)
            {
                Assert.True(moment < end);
                Assert.Equal(window, BudgetWindow.Of(period, window.Start));
                Assert.Equal(window, BudgetWindow.Of(period, end.AddMilliseconds(-1)));
                Assert.Equal(end, BudgetWindow.Of(period, end).Start);
                Assert.Equal(TimeSpan.Zero, window.Start.TimeOfDay);
            }
        });
    }

    private static DateTimeOffset Utc(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);
}
