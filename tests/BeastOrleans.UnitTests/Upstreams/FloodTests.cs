using System.Net.Sockets;
using System.Text;
using BeastOrleans.Contracts.Endpoints;
using BeastOrleans.Upstreams;
using Xunit;

namespace BeastOrleans.UnitTests.Upstreams;

/// <summary>Upstreams that send far more than an answer needs: the attempt ends early, whatever is still to come.</summary>
public sealed class FloodTests
{
    private const int Megabyte = 1024 * 1024;

    /// <summary>What the kernel's two socket buffers on the loopback may take beyond what was read.</summary>
    private const int Slack = 16 * Megabyte;

    private static readonly byte[] Chunk = Encoding.ASCII.GetBytes(new string('x', Megabyte));

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\ndata: ", 50, 1, "A line of the upstream's stream is longer than 1048576 bytes.")]
    [InlineData("HTTP/1.1 200 OK\r\nx-flood: ", 50, 1, "What the upstream sent is no valid HTTP answer.")]
    [InlineData("HTTP/1.1 500 X\r\nConnection: close\r\n\r\n", 50, 1, "The upstream answered with status 500.")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n", 100, 33, "The upstream's answer is longer than 33554432 bytes.")]
    public async Task SendAsync_AFlood_EndsAtTheBoundAndIsSick(string head, int megabytes, int readMegabytes, string message)
    {
        var (failure, sentBytes) = await FloodAsync(head, megabytes);

        Assert.Equal((OutcomeClass.Sick, FailureReason.Other, message), (failure.Class, failure.Reason, failure.Message));
        Assert.InRange(sentBytes, 1, (readMegabytes * Megabyte) + Slack);
    }

    [Fact]
    public async Task SendAsync_AFloodOfHeaders_EndsAtTheBoundAndIsSick()
    {
        var header = "x-flood: " + new string('x', 1000) + "\r\n";
        var (failure, sentBytes) = await FloodAsync("HTTP/1.1 200 OK\r\n", 50, Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat(header, 1000))));

        Assert.Equal((OutcomeClass.Sick, FailureReason.Other), (failure.Class, failure.Reason));
        Assert.InRange(sentBytes, 1, Megabyte + Slack);
    }

    private static async Task<(AttemptFailure Failure, long SentBytes)> FloodAsync(string head, int chunks, byte[]? chunk = null)
    {
        var sent = new TaskCompletionSource<long>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var server = new ScriptedServer(async connection =>
        {
            await connection.ReadRequestAsync();
            long bytes = 0;
            try
            {
                await connection.WriteAsync(head);
                for (var count = 0; count < chunks; count++)
                {
                    await connection.WriteAsync(chunk ?? Chunk);
                    bytes += (chunk ?? Chunk).Length;
                }
            }
            catch (Exception exception) when (exception is IOException or SocketException)
            {
                // The reader had enough: what counts is how much it let through.
            }
            finally
            {
                sent.SetResult(bytes);
            }
        });
        using var fixture = new UpstreamFixture();
        var reply = await fixture.SendAsync(UpstreamFixture.Target(server.BaseUrl), UpstreamFixture.Request(stream: !head.Contains("json", StringComparison.Ordinal)));
        var failure = reply.Failure ?? (await UpstreamFixture.DrainAsync(reply))[^1].Failure;
        return (failure!, await sent.Task.WaitAsync(TimeSpan.FromSeconds(30)));
    }
}
