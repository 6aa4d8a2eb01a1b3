using BeastOrleans.Simulator;
using BeastOrleans.Testing;
using Xunit;

namespace BeastOrleans.GatewayTests.Dialects;

/// <summary>A client that leaves frees its upstream within a second, whatever both speak and however it is answered; the upstream's own log tells.</summary>
[Collection(ContractCollection.Name)]
public sealed class DisconnectContractTests(GatewayFixture fixture)
{
    private const int Sent = 3;

    private static readonly TimeSpan Promised = TimeSpan.FromSeconds(1);

    public static TheoryData<string, string, string> Rows
    {
        get
        {
            var rows = new TheoryData<string, string, string>();
            foreach (var (client, upstream) in ContractScene.Pairs)
            {
                rows.Add(client, upstream, "whole");
                if (ClientDialect.All[client].CanSay(Ask.Of("text", stream: true)))
                {
                    rows.Add(client, upstream, "stream");
                    rows.Add(client, upstream, "buffered");
                }
            }

            return rows;
        }
    }

    [Theory]
    [MemberData(nameof(Rows))]
    public async Task TheUpstreamIsFreedWithinASecond(string client, string upstream, string mode)
    {
        var isStream = mode != "whole";
        await using var scene = await ContractScene.StartAsync(
            fixture.Server, client, upstream, isStream ? new SimulatorBehavior { StallAfter = Sent } : new SimulatorBehavior { Hang = true });
        using var request = scene.Request(Ask.Of("text", isStream));
        if (mode == "buffered")
        {
            request.Headers.Add("x-beast-stream", "buffered");
        }

        using var leaving = new CancellationTokenSource();
        using var limit = new CancellationTokenSource(Eventually.DefaultLimit);
        var reading = ReadAsync(scene, request, leaving.Token);
        var seen = await scene.Upstream.Requests.WaitForAsync(static _ => true, limit.Token);
        if (isStream)
        {
            await Eventually.IsTrueAsync("the upstream is in mid-answer", () => seen.EventsSent == Sent);
        }

        var left = TimeProvider.System.GetUtcNow();
        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading);
        await seen.WhenFinished.WaitAsync(limit.Token);

        Assert.True(seen.Aborted, seen.Outcome.ToString());
        Assert.InRange(seen.AbortedAt!.Value - left, TimeSpan.Zero, Promised);
        Assert.Single(scene.Upstream.Requests.Snapshot());
    }

    /// <summary>Cancelled while it reads: a response that is disposed is drained for a while by this client's own handler.</summary>
    private static async Task ReadAsync(ContractScene scene, HttpRequestMessage request, CancellationToken leaving)
    {
        using var response = await scene.OpenAsync(request, leaving);
        await response.Content.CopyToAsync(Stream.Null, leaving);
    }
}
