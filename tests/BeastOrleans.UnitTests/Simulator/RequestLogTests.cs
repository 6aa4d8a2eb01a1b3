using BeastOrleans.Simulator;
using Xunit;
using static BeastOrleans.UnitTests.Simulator.SimulatorClient;

namespace BeastOrleans.UnitTests.Simulator;

public sealed class RequestLogTests
{
    [Fact]
    public async Task WaitForAsync_EntryAlreadyThere_ReturnsIt()
    {
        await using var sim = await StartAsync();
        await sim.PostAsync(Chat, Body(model: "early"));

        Assert.Equal("early", (await sim.Server.Requests.WaitForAsync(entry => entry.Model == "early", Deadline)).Model);
    }

    [Fact]
    public async Task WaitForAsync_Cancelled_Throws()
    {
        await using var sim = await StartAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sim.Server.Requests.WaitForAsync(_ => true, new CancellationToken(canceled: true)));
    }

    [Theory]
    [InlineData(4, 1_000_000)]
    [InlineData(100, 9_000)]
    public async Task Snapshot_MoreThanABound_DropsTheOldest(int maxEntries, long maxBytes)
    {
        await using var sim = await StartAsync(new SimulatorOptions { MaxLogEntries = maxEntries, MaxLogBytes = maxBytes });
        var padding = new string('x', 1_000);
        for (var index = 0; index < 5; index++)
        {
            // Two bytes a character: four bodies fit into 9,000 bytes, five do not.
            await sim.PostAsync(Chat, Body(extra: $",\"p\":\"{padding}\""));
        }

        Assert.Equal(1, sim.Server.Requests.Dropped);
        Assert.Equal([2L, 3L, 4L, 5L], sim.Server.Requests.Snapshot().Select(entry => entry.Number));
    }
}
