using BeastOrleans.Host.Settings;
using BeastOrleans.Host.Shutdown;
using Xunit;

namespace BeastOrleans.UnitTests.Shutdown;

public sealed class ShutdownTimesTests
{
    [Theory]
    [InlineData(5, 60, 110, 120)]
    [InlineData(0, 60, 105, 115)]
    [InlineData(10, 300, 355, 365)]
    public void Times_FollowFromTheDrain(double wait, double drain, double host, double grace)
    {
        var times = new ShutdownTimes(TimeSpan.FromSeconds(wait), TimeSpan.FromSeconds(drain));
        Assert.Equal((host, grace), (times.HostTimeout.TotalSeconds, times.GracePeriod().TotalSeconds));
    }

    [Fact]
    public void GracePeriod_WithAPreStopHook_CountsIt() =>
        Assert.Equal(TimeSpan.FromSeconds(127), new ShutdownTimes(TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(60)).GracePeriod(TimeSpan.FromSeconds(7)));

    [Theory]
    [InlineData(true, null, 0)]
    [InlineData(false, null, 5)]
    [InlineData(true, 7.0, 7)]
    [InlineData(false, 0.0, 0)]
    public void Wait_IsSetOrFollowsFromWhoCanReachTheProcess(bool isLoopbackOnly, double? set, double expected) =>
        Assert.Equal(TimeSpan.FromSeconds(expected), ShutdownTimes.Of(new BeastOptions { PreStopSeconds = set }, isLoopbackOnly).Wait);

    /// <summary>The longest attempt of the default settings fits into the drain, and each later part into what the host leaves it.</summary>
    [Fact]
    public void Defaults_LeaveTheLongestAttemptItsTime()
    {
        var times = ShutdownTimes.Of(new BeastOptions(), isLoopbackOnly: false);
        Assert.True(times.Drain >= TimeSpan.FromSeconds(new BeastOrleans.Gateway.GatewayOptions().AttemptSeconds + 30));
        Assert.True(times.HostTimeout - times.Wait - times.Drain >= times.Cut + times.Books + times.Leave);
    }
}
