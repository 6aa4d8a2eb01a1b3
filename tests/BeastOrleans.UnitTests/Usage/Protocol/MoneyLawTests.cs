using System.Globalization;
using Xunit;
using Xunit.Abstractions;

namespace BeastOrleans.UnitTests.Usage.Protocol;

/// <summary>Nothing lost, nothing twice, never over: the laws of ledger and budgets under crashes at every step.</summary>
public sealed class MoneyLawTests(ITestOutputHelper output)
{
    private const int QuickSchedules = 20_000;

    // The long proof asks for more.
    private static int Schedules =>
        int.TryParse(Environment.GetEnvironmentVariable("BEAST_MONEY_SCHEDULES"), CultureInfo.InvariantCulture, out var asked) ? asked : QuickSchedules;

    [Fact]
    public void Laws_HoldUnderRandomSchedulesOfCrashesAndLosses()
    {
        var schedules = Schedules;
        string? broken = null;
        Parallel.For(0, schedules, (seed, loop) =>
        {
            if (MoneySimulation.Run(seed, MoneyBug.None) is { } law)
            {
                Interlocked.CompareExchange(ref broken, $"schedule {seed}: {law}", null);
                loop.Stop();
            }
        });
        output.WriteLine($"{schedules} schedules");
        Assert.True(broken is null, broken);
    }

    [Theory]
    [InlineData(MoneyBug.NoIntent)]
    [InlineData(MoneyBug.AckBeforeCommit)]
    [InlineData(MoneyBug.NonIdempotentShip)]
    [InlineData(MoneyBug.UnconditionalGrant)]
    [InlineData(MoneyBug.EarlyLeaseClose)]
    [InlineData(MoneyBug.NoRecovery)]
    public void Laws_CatchAPlantedBug(MoneyBug bug)
    {
        for (var seed = 0; seed < QuickSchedules; seed++)
        {
            if (MoneySimulation.Run(seed, bug) is { } broken)
            {
                output.WriteLine($"{bug} found by schedule {seed}: {broken}");
                return;
            }
        }

        Assert.Fail($"{QuickSchedules} schedules did not find {bug}.");
    }
}
