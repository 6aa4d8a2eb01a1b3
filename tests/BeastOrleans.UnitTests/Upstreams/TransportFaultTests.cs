using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using BeastOrleans.Contracts.Endpoints;
using BeastOrleans.Upstreams;
using BeastOrleans.Upstreams.Probing;
using Xunit;

namespace BeastOrleans.UnitTests.Upstreams;

/// <summary>Faults of real connections, on the loopback.</summary>
public sealed class TransportFaultTests
{
    [Fact]
    public async Task SendAsync_RefusedConnection_IsSickNetworkAndNotForTheSameEndpoint()
    {
        var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        listener.Stop();
        using var fixture = new UpstreamFixture("loopback");
        foreach (var guarded in (bool[])[false, true])
        {
            var failure = (await fixture.SendAsync(UpstreamFixture.Target(new Uri($"http://127.0.0.1:{port}/v1"), guarded: guarded))).Failure;
            Assert.Equal((OutcomeClass.Sick, FailureReason.Network), (failure?.Class, failure?.Reason));
            Assert.False(failure!.BeforeAnswer || failure.NotProcessed);
        }
    }

    [Fact]
    public async Task SendAsync_NameThatDoesNotResolve_IsSickNetwork()
    {
        using var fixture = new UpstreamFixture();
        foreach (var guarded in (bool[])[false, true])
        {
            var failure = (await fixture.SendAsync(UpstreamFixture.Target(new Uri("http://no-such-host.invalid/v1"), guarded: guarded))).Failure;
            Assert.Equal((OutcomeClass.Sick, FailureReason.Network), (failure?.Class, failure?.Reason));
        }
    }

    [Fact]
    public async Task SendAsync_ResetBeforeAnAnswer_MayBeTriedAgain()
    {
        await using var server = new ScriptedServer(async connection =>
        {
            await connection.ReadRequestAsync();
            connection.Reset();
        });
        using var fixture = new UpstreamFixture();
        var failure = (await fixture.SendAsync(UpstreamFixture.Target(server.BaseUrl))).Failure;
        Assert.Equal((OutcomeClass.Sick, FailureReason.Network, true, false), (failure?.Class, failure?.Reason, failure?.BeforeAnswer, failure?.NotProcessed));
    }

    [Fact]
    public async Task SendAsync_BodyShorterThanDeclared_IsSickNetwork()
    {
        await using var server = ScriptedServer.Answering(ScriptedServer.Head(200, "application/json", 5000) + OpenAIUpstreamTests.Answer);
        using var fixture = new UpstreamFixture();
        var failure = (await fixture.SendAsync(UpstreamFixture.Target(server.BaseUrl))).Failure;
        Assert.Equal((OutcomeClass.Sick, FailureReason.Network, false), (failure?.Class, failure?.Reason, failure?.BeforeAnswer));
    }

    [Fact]
    public async Task SendAsync_NotHttp_IsSickOther()
    {
        await using var server = ScriptedServer.Answering("SSH-2.0-OpenSSH\r\n\r\n");
        using var fixture = new UpstreamFixture();
        var failure = (await fixture.SendAsync(UpstreamFixture.Target(server.BaseUrl))).Failure;
        Assert.Equal((OutcomeClass.Sick, FailureReason.Other), (failure?.Class, failure?.Reason));
    }

    [Fact]
    public async Task ReadAsync_ResetInMidStream_IsFailed()
    {
        var read = new TaskCompletionSource();
        await using var server = new ScriptedServer(async connection =>
        {
            await connection.ReadRequestAsync();
            await connection.WriteAsync("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\n\r\ndata: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n\n");
            await read.Task;
            connection.Reset();
        });
        using var fixture = new UpstreamFixture();
        var reply = await fixture.SendAsync(UpstreamFixture.Target(server.BaseUrl), UpstreamFixture.Request(stream: true));
        await using var stream = reply.Stream!;
        Assert.Equal(StreamItemKind.Content, (await stream.ReadAsync(default)).Kind);
        read.SetResult();
        var item = await stream.ReadAsync(default);
        Assert.Equal((StreamItemKind.Failed, FailureReason.Network), (item.Kind, item.Failure?.Reason));
    }

    /// <summary>A client that hangs up must stop the generation it no longer waits for.</summary>
    [Theory]
    [InlineData("before the head")]
    [InlineData("in the stream, cancelled")]
    [InlineData("in the stream, disposed")]
    public async Task Cancel_HangingUpstream_SeesTheDisconnectWithinASecond(string when)
    {
        var asked = new TaskCompletionSource();
        var closed = new TaskCompletionSource();
        await using var server = new ScriptedServer(async connection =>
        {
            await connection.ReadRequestAsync();
            if (when != "before the head")
            {
                await connection.WriteAsync("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n\n");
            }

            asked.SetResult();
            await connection.WaitForCloseAsync();
            closed.SetResult();
        });
        using var fixture = new UpstreamFixture();
        using var cancel = new CancellationTokenSource();
        var sending = fixture.SendAsync(UpstreamFixture.Target(server.BaseUrl), UpstreamFixture.Request(stream: true), cancellationToken: cancel.Token);
        await asked.Task;
        var since = Stopwatch.GetTimestamp();
        if (when == "before the head")
        {
            await cancel.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sending);
        }
        else
        {
            var stream = (await sending).Stream!;
            await stream.ReadAsync(cancel.Token);
            if (when.EndsWith("cancelled", StringComparison.Ordinal))
            {
                var reading = stream.ReadAsync(cancel.Token);
                await cancel.CancelAsync();
                await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await reading);
            }

            await stream.DisposeAsync();
        }

        await closed.Task.WaitAsync(TimeSpan.FromSeconds(10));
        Assert.InRange(Stopwatch.GetElapsedTime(since), TimeSpan.Zero, TimeSpan.FromSeconds(1));
    }

    [Fact]
    public async Task SendAsync_GuardedAddress_IsNeverConnectedTo()
    {
        await using var server = ScriptedServer.AnsweringBody(OpenAIUpstreamTests.Answer);
        using var closed = new UpstreamFixture();
        foreach (var host in (string[])["127.0.0.1", "localhost"])
        {
            var target = UpstreamFixture.Target(new Uri($"http://{host}:{server.Port}/v1"), guarded: true);
            Assert.Equal(OutcomeClass.Config, (await closed.SendAsync(target)).Failure?.Class);
            Assert.False(await closed.Get<EndpointHealthCheck>().ProbeAsync(target, default));
            using var open = new UpstreamFixture($"127.0.0.1/32:{server.Port}");
            Assert.Null((await open.SendAsync(target)).Failure);
        }

        Assert.Equal(2, server.Requests.Count);
    }

    [Theory]
    [InlineData(200, true)]
    [InlineData(404, true)]
    [InlineData(429, true)]
    [InlineData(401, false)]
    [InlineData(403, false)]
    [InlineData(500, false)]
    public async Task ProbeAsync_Status_TellsHealth(int status, bool healthy)
    {
        await using var server = ScriptedServer.AnsweringBody("{}", status);
        using var fixture = new UpstreamFixture();
        Assert.Equal(healthy, await fixture.Get<EndpointHealthCheck>().ProbeAsync(UpstreamFixture.Target(server.BaseUrl), default));
        Assert.StartsWith("GET /v1/models ", server.Requests.Single(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task TestAsync_HealthyEndpoint_PassesEveryStep()
    {
        await using var server = new ScriptedServer(async connection =>
        {
            var request = await connection.ReadRequestAsync();
            await connection.WriteAsync(
                request.Contains("\"stream\":true", StringComparison.Ordinal)
                    ? "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\ndata: {\"choices\":[{\"delta\":{\"content\":\"a\"},\"finish_reason\":\"stop\"}]}\n\n"
                    : ScriptedServer.Head(200, "application/json", OpenAIUpstreamTests.Answer.Length) + OpenAIUpstreamTests.Answer);
        });
        using var fixture = new UpstreamFixture("loopback");
        var steps = await fixture.Get<EndpointTester>().TestAsync(UpstreamFixture.Target(server.BaseUrl, guarded: true), default);
        Assert.Equal("dns connect auth models chat stream", string.Join(' ', steps.Select(static step => step.Step)));
        Assert.All(steps, static step => Assert.True(step.Ok, step.Detail));
    }

    [Fact]
    public async Task TestAsync_RefusedKeyOrAddress_StopsThereAndSaysSo()
    {
        await using var server = ScriptedServer.AnsweringBody("{}", 401);
        using var fixture = new UpstreamFixture();
        var tester = fixture.Get<EndpointTester>();
        var steps = await tester.TestAsync(UpstreamFixture.Target(server.BaseUrl), default);
        Assert.Equal(("auth", false), (steps[^1].Step, steps[^1].Ok));
        var blocked = Assert.Single(await tester.TestAsync(UpstreamFixture.Target(server.BaseUrl, guarded: true), default));
        Assert.Equal(("dns", false), (blocked.Step, blocked.Ok));
    }
}
