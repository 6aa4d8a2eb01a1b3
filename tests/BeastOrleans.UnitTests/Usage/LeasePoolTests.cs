using BeastOrleans.Contracts.Metering;
using BeastOrleans.Contracts.Usage;
using BeastOrleans.Core.Usage;
using BeastOrleans.Core.Usage.Leases;
using Xunit;

namespace BeastOrleans.UnitTests.Usage;

public sealed class LeasePoolTests
{
    private static readonly TimeSpan Now = TimeSpan.FromMinutes(1);

    private readonly LeasePool _pool;
    private int _ids;

    public LeasePoolTests() => _pool = new LeasePool(() => $"lease-{++_ids}");

    [Fact]
    public void NextAsk_AfterOneTooLargeWasRefused_AsksAheadForWhatIsUsual()
    {
        Answer(_pool.NextAsk(Money.FromUsd(0.01m), Now)!, LeaseAnswer.Granted);
        Answer(_pool.NextAsk(Money.FromUsd(200m), Now)!, LeaseAnswer.Exceeded);
        Assert.Null(_pool.NextAsk(Money.Zero, Now));

        var ahead = _pool.NextAsk(Money.Zero, LeaseRules.RenewAt(Now, TimeSpan.FromMinutes(5)));
        Assert.Equal(Money.FromUsd(0.01m), ahead!.Need);
    }

    [Fact]
    public void NextAsk_MoreWaitsThanMoneyCanCount_AsksForABoundedAmount()
    {
        var dearest = new PriceQuote { Version = "test:1", InputPerMTok = Money.FromUsd(10_000), OutputPerMTok = Money.FromUsd(10_000), PerRequest = Money.FromUsd(10_000) };
        var worst = WorstCost.Of(long.MaxValue / 2, choices: 128, asked: int.MaxValue, modelMax: null, dearest).Cost;
        Assert.Equal(Money.FromUsd(2_010_000), worst);
        for (var i = 0; i < 100_000; i++)
        {
            _pool.Wait(worst);
        }

        var ask = _pool.NextAsk(worst, Now)!;
        Assert.InRange(ask.Want.Nano, worst.Nano, long.MaxValue / 64);
        for (var i = 0; i < 100_000; i++)
        {
            _pool.StopWaiting(worst);
        }

        Answer(ask, LeaseAnswer.Exceeded);
        Assert.Equal(Money.FromUsd(16), _pool.NextAsk(Money.FromUsd(1), Now)!.Want);
    }

    private void Answer(LeaseAsk ask, LeaseAnswer answer) => _pool.Answered(new LeaseGrant
    {
        Answer = answer,
        Amount = answer == LeaseAnswer.Granted ? ask.Want : Money.Zero,
        ValidFor = TimeSpan.FromMinutes(5),
    });
}
