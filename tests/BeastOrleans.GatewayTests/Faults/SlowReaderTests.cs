using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using BeastOrleans.GatewayTests.Forwarding;
using BeastOrleans.Simulator;
using BeastOrleans.Testing;
using Xunit;

namespace BeastOrleans.GatewayTests.Faults;

[Collection(FaultCollection.Name)]
public sealed class SlowReaderTests(FaultFixture fixture)
{
    private const double IdleSeconds = 0.4;

    /// <summary>Some 9 MB on the wire: more than all socket buffers on the way to the client hold.</summary>
    private const int Tokens = 40_000;

    /// <summary>The idle limit measures the upstream's silence, not the client's.</summary>
    [Fact]
    public async Task AClientThatReadsNothingForLongerThanTheIdleLimitBlamesNobody()
    {
        await using var scene = await Scene.StartAsync(fixture.Server, new { model = "llama-3", timeouts = new { idleSeconds = IdleSeconds } });
        scene.Custom.Script(new SimulatorBehavior { Tokens = Tokens });
        using var client = new TcpClient { ReceiveBufferSize = 4096 };
        await client.ConnectAsync(IPAddress.Loopback, fixture.Server.Url.Port);
        await client.GetStream().WriteAsync(RequestOf(scene));
        using var limit = new CancellationTokenSource(Eventually.DefaultLimit);
        var seen = await scene.Custom.Requests.WaitForAsync(_ => true, limit.Token);

        await StandsStillAsync(seen, TimeSpan.FromSeconds(3 * IdleSeconds));
        using var reader = new StreamReader(client.GetStream(), Encoding.UTF8);
        var answer = await reader.ReadToEndAsync(limit.Token);

        Assert.Contains("data: [DONE]", answer, StringComparison.Ordinal);
        Assert.DoesNotContain("upstream_stream_interrupted", answer, StringComparison.Ordinal);
        const string IdHeader = "x-beast-request-id: ";
        var id = answer.Split("\r\n").First(line => line.StartsWith(IdHeader, StringComparison.OrdinalIgnoreCase))[IdHeader.Length..];
        var attempt = Assert.Single((await scene.DecisionAsync(id)).GetProperty("attempts").EnumerateArray());
        Assert.Equal("ok", attempt.GetProperty("outcome").GetString());
        Assert.Equal(Tokens, attempt.GetProperty("tokens").GetProperty("output").GetInt32());

        // It really was held up by its client for so long: the upstream alone needs far less.
        Assert.True(attempt.GetProperty("ms").GetInt32() > 3 * IdleSeconds * 1000, attempt.GetRawText());
        Assert.Equal(0, (await scene.CircuitAsync()).GetProperty("failures").GetInt32());
        Assert.Empty(scene.Provider.Requests.Snapshot());
    }

    private static byte[] RequestOf(Scene scene)
    {
        var body = JsonSerializer.Serialize(Scene.ChatBody(streaming: true));
        return Encoding.ASCII.GetBytes(string.Create(
            CultureInfo.InvariantCulture,
            $"POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAuthorization: Bearer {scene.Tenant.Key}\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\n\r\n{body}"));
    }

    /// <summary>Waits until the upstream has not got rid of one more event for so long.</summary>
    private static async Task StandsStillAsync(SimulatedRequest seen, TimeSpan during)
    {
        var (events, since) = (-1, TimeProvider.System.GetTimestamp());
        await Eventually.IsTrueAsync("nothing moves", () =>
        {
            if (seen.EventsSent != events)
            {
                (events, since) = (seen.EventsSent, TimeProvider.System.GetTimestamp());
            }

            return events > 0 && TimeProvider.System.GetElapsedTime(since) > during;
        });
    }
}
