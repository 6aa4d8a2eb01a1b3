using BeastOrleans.Contracts.Endpoints;
using BeastOrleans.Gateway.Directory;
using Xunit;

namespace BeastOrleans.UnitTests.Gateway;

public sealed class EndpointEntryTests
{
    private readonly EndpointEntry _entry = new(EndpointViews.View(1, Circuit(epoch: 7, version: 5)), usedAt: 0);

    [Fact]
    public void Merge_NewerOfTheSameEpoch_IsTaken()
    {
        _entry.Merge(Circuit(7, 6, CircuitState.Open));
        Assert.Equal((CircuitState.Open, 6), (_entry.Circuit.State, _entry.Circuit.Version));
    }

    [Theory]
    [InlineData(5)]
    [InlineData(4)]
    public void Merge_OlderOrEqualOfTheSameEpoch_IsDropped(long version)
    {
        _entry.Merge(Circuit(7, version, CircuitState.Open));
        Assert.Equal(CircuitState.Closed, _entry.Circuit.State);
    }

    [Theory]
    [InlineData(6)]
    [InlineData(8)]
    public void Merge_AnotherEpoch_IsTakenWhateverItsVersion(long epoch)
    {
        _entry.Merge(Circuit(epoch, 1, CircuitState.Isolated));
        Assert.Equal((CircuitState.Isolated, epoch), (_entry.Circuit.State, _entry.Circuit.Epoch));
    }

    [Fact]
    public void Merge_LeavesTheDescriptor()
    {
        _entry.Merge(Circuit(7, 6));
        Assert.Equal(1, _entry.Descriptor.Version);
    }

    [Fact]
    public void Replace_TakesBothAndForgetsWhatWasLearned()
    {
        _entry.RememberStreamOptionsRefused();
        Assert.True(_entry.RefusesStreamOptions);
        _entry.Replace(EndpointViews.View(2, Circuit(7, 9)));
        Assert.Equal((2, 9, false), (_entry.Descriptor.Version, _entry.Circuit.Version, _entry.RefusesStreamOptions));
    }

    [Fact]
    public void Successes_AreTakenOnceWithTheirGeneration()
    {
        Assert.Equal(default, _entry.TakeSuccesses());
        _entry.AddSuccess(3);
        _entry.AddSuccess(3);
        Assert.Equal((3L, 2), _entry.TakeSuccesses());
        Assert.Equal(default, _entry.TakeSuccesses());
    }

    [Fact]
    public void Successes_OfAnOlderGenerationChangeNothing()
    {
        _entry.AddSuccess(4);
        _entry.AddSuccess(3);
        Assert.Equal((4L, 1), _entry.TakeSuccesses());
        _entry.AddSuccess(3);
        Assert.Equal(0, _entry.TakeSuccesses().Count);
    }

    [Fact]
    public void Successes_OfANewerGenerationStartAnew()
    {
        _entry.AddSuccess(4);
        _entry.AddSuccess(5);
        Assert.Equal((5L, 1), _entry.TakeSuccesses());
    }

    [Fact]
    public async Task Successes_CountedTogether_AreNeitherLostNorDoubled()
    {
        var taken = 0;
        var adders = Enumerable.Range(0, 4).Select(_ => Task.Run(() =>
        {
            for (var i = 0; i < 25_000; i++)
            {
                _entry.AddSuccess(1);
            }
        })).ToArray();
        var all = Task.WhenAll(adders);
        while (!all.IsCompleted)
        {
            taken += _entry.TakeSuccesses().Count;
        }

        await all;
        Assert.Equal(100_000, taken + _entry.TakeSuccesses().Count);
    }

    private static CircuitSnapshot Circuit(long epoch, long version, CircuitState state = CircuitState.Closed) =>
        new() { Epoch = epoch, Version = version, State = state };
}
