using System.IO.Pipelines;
using System.Text;
using BeastOrleans.Gateway.Events;
using BeastOrleans.Testing;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace BeastOrleans.ObservabilityTests.Events;

/// <summary>One connection's queue and what is written of it, by a clock of the test's.</summary>
public sealed class EventStreamTests
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public async Task Who_reads_too_slowly_is_told_so_and_let_go()
    {
        var listener = new EventListener(user: null);
        for (var i = 0; i < EventListener.Capacity; i++)
        {
            Assert.True(listener.Offer(Request(i)));
        }

        Assert.False(listener.Offer(Request(-1)));
        Assert.False(listener.Offer(Request(-2)));

        var pipe = new Pipe(new PipeOptions(pauseWriterThreshold: 0));
        await new EventStream(listener, pipe.Writer, _time).RunAsync(CancellationToken.None);
        await pipe.Writer.CompleteAsync();
        var text = await new StreamReader(pipe.Reader.AsStream()).ReadToEndAsync();
        Assert.Equal(EventListener.Capacity, text.Split("event: request").Length - 1);
        Assert.Contains("event: dropped\ndata: {", text, StringComparison.Ordinal);
        Assert.Contains("\"missed\":2", text, StringComparison.Ordinal);
        Assert.EndsWith("}\n\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Silence_is_filled_with_pings_and_spending_is_told_every_few_seconds()
    {
        var listener = new EventListener(user: null);
        var output = new MemoryStream();
        using var stop = new CancellationTokenSource();
        var running = new EventStream(listener, PipeWriter.Create(output), _time).RunAsync(stop.Token);
        await SaysAsync(": connected");
        await AdvanceUntilAsync(": ping");
        Assert.DoesNotContain("event: spend", Said(), StringComparison.Ordinal);

        listener.Offer(Request(1) with { CostUsd = 0.25m, SavedUsd = 0.5m });
        listener.Offer(Request(2) with { CostUsd = 0.25m });
        await AdvanceUntilAsync("event: spend");
        Assert.Contains("\"requests\":2,\"costUsd\":0.50,\"savedUsd\":0.5", Said(), StringComparison.Ordinal);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);

        string Said() => Encoding.UTF8.GetString(output.ToArray());
        Task SaysAsync(string what) => Eventually.IsTrueAsync("the stream says " + what, () => Said().Contains(what, StringComparison.Ordinal));
        Task AdvanceUntilAsync(string what) => Eventually.IsTrueAsync("in time the stream says " + what, () =>
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            return Said().Contains(what, StringComparison.Ordinal);
        });
    }

    [Fact]
    public void A_users_listener_is_offered_that_users_and_the_tenants_events()
    {
        var listener = new EventListener("alice");
        Assert.True(listener.Offer(new FeedEvent("request", "bob", new { })));
        Assert.True(listener.Offer(new FeedEvent("request", "alice", new { })));
        Assert.True(listener.Offer(new FeedEvent("circuit", null, new { })));
        Assert.Equal(2, listener.Events.Count);
    }

    private static FeedEvent Request(int number) => new("request", "alice", new { number });
}
