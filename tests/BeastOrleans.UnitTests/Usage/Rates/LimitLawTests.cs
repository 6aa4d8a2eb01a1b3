using BeastOrleans.Contracts.Metering;
using BeastOrleans.Core.Usage.Rates;
using CsCheck;
using Xunit;

namespace BeastOrleans.UnitTests.Usage.Rates;

/// <summary>What holds of rate limits over several gateways, whatever becomes of messages and gateways.</summary>
public sealed class LimitLawTests
{
    [Fact]
    public void Gcra_AgreesWithTheReference() => Gen.Select(Gen.Int[1, 100_000], Gen.Int[0, 2_000].Array[1, 300]).Sample((limit, gaps) =>
    {
        var reference = new ReferenceGcra(limit, Gcra.BurstOf(limit));
        var gcra = new Gcra(limit, TimeSpan.Zero);
        var now = TimeSpan.Zero;
        foreach (var gap in gaps)
        {
            now += TimeSpan.FromMilliseconds(gap) + TimeSpan.FromTicks(gap % 7);
            gcra.Advance(now);
            var admitted = gcra.Available >= 1;
            if (!admitted)
            {
                var later = gcra;
                later.Advance(now + gcra.TimeUntil(1) - TimeSpan.FromTicks(1));
                Assert.True(later.Available < 1);
                later.Advance(now + gcra.TimeUntil(1));
                Assert.Equal(1, later.Available);
            }
            else
            {
                gcra.Take(1);
            }

            Assert.Equal(reference.Conforms(now), admitted);
        }
    });

    [Fact]
    public void Gcra_OverdrawnPaysFirst()
    {
        var gcra = new Gcra(600, TimeSpan.Zero);
        gcra.Take(100);
        Assert.Equal((-40, TimeSpan.FromSeconds(4.1)), (gcra.Available, gcra.TimeUntil(1)));
        gcra.Advance(TimeSpan.FromSeconds(4.1));
        Assert.Equal(1, gcra.Available);
        gcra.Advance(TimeSpan.FromDays(400));
        Assert.Equal(60, gcra.Available);
    }

    [Fact]
    public void Rate_IsNeverAboveLimitAndBurst_WhateverIsLostLateOrDead() => Gen.Int.Sample(seed =>
    {
        var cluster = new SimulatedLimits(seed, gateways: 1 + (Math.Abs(seed % 5)), limit: 1 + Math.Abs(seed / 5 % 3_000), parallel: null, lossPercent: 30);
        cluster.Run(TimeSpan.FromSeconds(40), killPerMille: 2);
        Assert.Equal(0, cluster.AboveTheLaw);
    }, iter: 300);

    [Fact]
    public void Slots_AreNeverMoreThanThereAre_WhateverIsLostLateOrDead() => Gen.Int.Sample(seed =>
    {
        var cluster = new SimulatedLimits(seed, gateways: 1 + Math.Abs(seed % 5), limit: null, parallel: 1 + Math.Abs(seed / 5 % 50), lossPercent: 30);
        cluster.Run(TimeSpan.FromSeconds(30), killPerMille: 0);
        Assert.InRange(cluster.MostInFlight, 1, 1 + Math.Abs(seed / 5 % 50));
    }, iter: 300);

    [Theory]
    [InlineData(60)]
    [InlineData(600)]
    [InlineData(6_000)]
    [InlineData(60_000)]
    public void Rate_IsUsedUnderDemand(int limit)
    {
        var cluster = new SimulatedLimits(seed: 7, gateways: 4, limit, parallel: null, lossPercent: 0, requestsPerStep: 1 + (limit / 6_000));
        cluster.Run(TimeSpan.FromSeconds(10), killPerMille: 0);
        var before = cluster.Admitted;
        cluster.Run(TimeSpan.FromSeconds(60), killPerMille: 0);
        Assert.Equal(0, cluster.AboveTheLaw);
        Assert.InRange(cluster.Admitted - before, limit * 95 / 100, limit + Gcra.BurstOf(limit));

        // What the dead had is the survivor's within three seconds.
        cluster.KillAllButOne();
        cluster.Run(LimitState.SilentAfter, killPerMille: 0);
        before = cluster.Admitted;
        cluster.Run(TimeSpan.FromSeconds(30), killPerMille: 0);
        Assert.InRange(cluster.Admitted - before, limit / 2 * 95 / 100, (limit / 2) + Gcra.BurstOf(limit));
    }

    [Fact]
    public void Slots_OfTheDeadComeBackWithinThreeSeconds()
    {
        var cluster = new SimulatedLimits(seed: 3, gateways: 4, limit: null, parallel: 10, lossPercent: 0);
        cluster.Run(TimeSpan.FromSeconds(10), killPerMille: 0);
        Assert.Equal(10, cluster.MostInFlight);
        cluster.KillAllButOne();
        Assert.True(cluster.InFlight < 10);
        cluster.Run(LimitState.SilentAfter + LimitState.ReportEvery, killPerMille: 0);
        cluster.ForgetMost();
        cluster.Run(TimeSpan.FromSeconds(1), killPerMille: 0);
        Assert.Equal(10, cluster.MostInFlight);
    }

    [Fact]
    public void Successor_DoesNotLendTheBurstAgain()
    {
        var state = new LimitState("second", TimeSpan.Zero);
        var ask = new LimitAsk
        {
            Gateway = "g",
            Number = 5,
            Limits = new RateLimits { RequestsPerMinute = 600 },
            Requests = new RateAsk { Demand = 60, Need = 1 },
            Heard = "first",
        };
        Assert.Equal(0, state.Ask(ask, TimeSpan.Zero).Requests.Amount);
        Assert.Equal(10, state.Ask(ask with { Number = 6, Heard = "second" }, TimeSpan.FromSeconds(1)).Requests.Amount);
        Assert.Equal(0, state.Ask(ask with { Number = 6 }, TimeSpan.FromSeconds(2)).Requests.Amount);
    }

    [Fact]
    public void Share_WithoutAnAnswer_GoesOnWithItsLastPart()
    {
        var share = new RateShare(600, TimeSpan.Zero);
        Assert.False(share.CanTake(1, TimeSpan.Zero));
        share.Missed(1, again: false);
        Assert.Equal(new RateAsk { Demand = 1, Need = 1 }, share.BeginAsk(TimeSpan.Zero));
        share.OnGrant(new RateGrant { Amount = 1, ShareMillionths = 500_000 }, TimeSpan.Zero);
        Assert.True(share.CanTake(1, TimeSpan.FromSeconds(2)));
        share.OnSilence(TimeSpan.FromSeconds(2.5));

        // Lent units end after three seconds; from then on half of ten a second is its own.
        Assert.False(share.IsAlone);
        Assert.True(share.CanTake(5, TimeSpan.FromSeconds(3)));
        Assert.True(share.IsAlone);
        share.Take(5);
        Assert.False(share.CanTake(1, TimeSpan.FromSeconds(3.1)));
        Assert.True(share.CanTake(1, TimeSpan.FromSeconds(3.2)));
    }
}
