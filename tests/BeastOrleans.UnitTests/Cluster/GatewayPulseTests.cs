using System.Net;
using BeastOrleans.Gateway;
using BeastOrleans.Host.Cluster;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace BeastOrleans.UnitTests.Cluster;

public sealed class GatewayPulseTests : IDisposable
{
    private static readonly IPEndPoint First = IPEndPoint.Parse("10.0.0.1:30000");
    private static readonly IPEndPoint Second = IPEndPoint.Parse("10.0.0.2:30000");

    private readonly FakeTimeProvider _time = new();
    private readonly SilentGateways _silent = new();
    private readonly HashSet<IPEndPoint> _frozen = [];
    private readonly List<IPEndPoint> _aborted = [];
    private readonly GatewayPulse _pulse;

    public GatewayPulseTests() => _pulse = new GatewayPulse(BeatAsync, _aborted.Add, _silent, new ClusterReach(), _time, NullLogger<GatewayPulse>.Instance);

    public void Dispose() => _pulse.Dispose();

    [Fact]
    public async Task Round_OfAFrozenGateway_LeavesItOutAfterTwo()
    {
        await RoundAsync();
        _frozen.Add(Second);
        await RoundAsync();
        Assert.False(_silent.Contains(Second));
        await RoundAsync();
        Assert.Equal((false, true), (_silent.Contains(First), _silent.Contains(Second)));

        // Its connection is ended, or the kernel would go on trying the same one.
        Assert.Equal([Second], _aborted);
    }

    [Fact]
    public async Task Round_OfOneSlowAnswer_LeavesNobodyOut()
    {
        await RoundAsync();
        for (var i = 0; i < 4; i++)
        {
            _frozen.Add(Second);
            await RoundAsync();
            _frozen.Clear();
            await RoundAsync();
        }

        Assert.False(_silent.Contains(Second));
    }

    [Fact]
    public async Task Round_OfOneThatAnswersAgain_TakesItBackAfterAWhile()
    {
        await RoundAsync();
        _frozen.Add(Second);
        await RoundAsync();
        await RoundAsync();
        _frozen.Clear();
        await RoundAsync();
        Assert.True(_silent.Contains(Second));

        _time.Advance(TimeSpan.FromSeconds(15));
        await RoundAsync();
        Assert.False(_silent.Contains(Second));
    }

    [Fact]
    public async Task Round_WithNobodyEverHeard_LeavesNobodyOut()
    {
        _frozen.Add(First);
        _frozen.Add(Second);
        for (var i = 0; i < 5; i++)
        {
            await RoundAsync();
        }

        Assert.Equal((false, false), (_silent.Contains(First), _silent.Contains(Second)));
    }

    // As Orleans spreads them: every other key over the other connection.
    private Task<string> BeatAsync(int key)
    {
        var gateway = key % 2 == 0 ? First : Second;
        return _frozen.Contains(gateway) ? new TaskCompletionSource<string>().Task : Task.FromResult(gateway.ToString());
    }

    private async Task RoundAsync()
    {
        var round = _pulse.RoundAsync();
        _time.Advance(TimeSpan.FromSeconds(1));
        await round;
    }
}
