using BeastOrleans.Core.Circuit;
using CsCheck;
using Xunit;

namespace BeastOrleans.UnitTests.Circuit;

public sealed class RetryBudgetTests
{
    private static readonly DateTimeOffset Start = new(2026, 11, 1, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void TryTake_WithoutRequests_GivesThreeASecond()
    {
        var budget = new RetryBudget(Start);
        Assert.Equal([true, true, true, false], Enumerable.Range(0, 4).Select(_ => budget.TryTake(Start)));
        Assert.False(budget.TryTake(Start.AddMilliseconds(300)));
        Assert.True(budget.TryTake(Start.AddMilliseconds(334)));
        Assert.Equal(3, Enumerable.Range(0, 10).Count(_ => budget.TryTake(Start.AddHours(1))));
    }

    [Fact]
    public void TryTake_FiveRequests_EarnOne()
    {
        var budget = new RetryBudget(Start);
        for (var i = 0; i < 5; i++)
        {
            budget.OnRequest();
        }

        Assert.Equal(4, Enumerable.Range(0, 10).Count(_ => budget.TryTake(Start)));
    }

    [Fact]
    public void Retries_NeverExceedTwentyPercentPlusThreeASecond() =>
        Gen.Select(Gen.Int[0, 500], Gen.Int[0, 20], Gen.Int[0, 20]).List[1, 100].Sample(steps =>
        {
            var budget = new RetryBudget(Start);
            var now = Start;
            double requests = 0;
            var retries = 0;
            foreach (var (ms, asked, tried) in steps)
            {
                now += TimeSpan.FromMilliseconds(ms);
                for (var i = 0; i < asked; i++)
                {
                    budget.OnRequest();
                }

                requests += asked;
                retries += Enumerable.Range(0, tried).Count(_ => budget.TryTake(now));
            }

            return retries <= (0.2 * requests) + (3 * (now - Start).TotalSeconds) + 3 + 1e-6;
        });
}
