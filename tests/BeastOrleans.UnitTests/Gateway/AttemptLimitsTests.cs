using BeastOrleans.Contracts.Endpoints;
using BeastOrleans.Gateway;
using BeastOrleans.Gateway.Forwarding;
using Xunit;

namespace BeastOrleans.UnitTests.Gateway;

public sealed class AttemptLimitsTests
{
    private static readonly StreamHold Live = new(false, TimeSpan.Zero);
    private static readonly StreamHold Buffered = new(true, TimeSpan.Zero);

    [Theory]
    [InlineData(true, false, 10)]
    [InlineData(false, false, 30)]
    [InlineData(true, true, 30)]
    public void Of_LiveStream_FirstContentDependsOnWhoStandsReady(bool another, bool cold, double firstContent)
    {
        var limits = Of(EndpointTimeouts.Default, true, Live, another, cold);
        Assert.Null(limits.Whole);
        Assert.Equal((firstContent, 30), (limits.FirstContent.TotalSeconds, limits.Idle.TotalSeconds));
    }

    [Fact]
    public void Of_NotStreamed_HasOneLimit() =>
        Assert.Equal(TimeSpan.FromSeconds(30), Of(EndpointTimeouts.Default, false, Buffered, true, false).Whole);

    [Theory]
    [InlineData(true, 10)]
    [InlineData(false, 30)]
    public void Of_Buffered_BoundsTheWholeAndNeedNotWaitOutSilence(bool another, double held)
    {
        var limits = Of(EndpointTimeouts.Default, true, Buffered, another, false);
        Assert.Equal((30, held), (limits.Whole!.Value.TotalSeconds, limits.Held.TotalSeconds));
    }

    [Fact]
    public void Of_EndpointsOwnLimits_Win()
    {
        var own = new EndpointTimeouts { AttemptSeconds = 1, FirstContentSeconds = 2, IdleSeconds = 3 };
        Assert.Equal(
            new AttemptLimits(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(3)),
            Of(own, true, Buffered, true, false));
    }

    private static AttemptLimits Of(EndpointTimeouts own, bool stream, StreamHold hold, bool another, bool cold) =>
        AttemptLimits.Of(own, new GatewayOptions(), stream, hold, another, cold);
}
