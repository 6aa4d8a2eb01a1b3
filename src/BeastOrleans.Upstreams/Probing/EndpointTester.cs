using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using BeastOrleans.Contracts.Endpoints;
using BeastOrleans.Upstreams.Failures;
using BeastOrleans.Upstreams.Http;
using BeastOrleans.Upstreams.OpenAI;

namespace BeastOrleans.Upstreams.Probing;

/// <summary>Tests an endpoint step by step for the person who registered it: through the same guard as its traffic, by connections of its own.</summary>
public sealed class EndpointTester
{
    private readonly UpstreamHttp _http;
    private readonly UpstreamRegistry _upstreams;
    private readonly TimeProvider _time;

    internal EndpointTester(UpstreamHttp http, UpstreamRegistry upstreams, TimeProvider time)
    {
        _http = http;
        _upstreams = upstreams;
        _time = time;
    }

    /// <summary>The limit of a whole test.</summary>
    public static TimeSpan Limit { get; } = TimeSpan.FromSeconds(10);

    /// <summary>Stops at the first step without which the next ones say nothing; healthy = every step is ok. Spends a few tokens.</summary>
    /// <exception cref="OperationCanceledException">The caller's token was cancelled, and only then: our own limit is a failed step.</exception>
    public async Task<IReadOnlyList<TestStep>> TestAsync(EndpointDescriptor endpoint, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(endpoint);
        using var limit = new CancellationTokenSource(Limit, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
        var run = new TestRun(_time);
        try
        {
            await RunAsync(endpoint, run, either.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            run.Fail(string.Create(CultureInfo.InvariantCulture, $"No answer within {Limit.TotalSeconds} s, the limit of the whole test."));
        }

        return run.Steps;
    }

    private async Task RunAsync(EndpointDescriptor endpoint, TestRun run, CancellationToken cancellationToken)
    {
        if (await ResolveAsync(endpoint, run, cancellationToken) is { } addresses
            && await ConnectAsync(endpoint, addresses, run, cancellationToken)
            && await AskModelsAsync(endpoint, run, cancellationToken)
            && await ChatAsync(endpoint, run, cancellationToken))
        {
            await StreamAsync(endpoint, run, cancellationToken);
        }
    }

    private async Task<IPAddress[]?> ResolveAsync(EndpointDescriptor endpoint, TestRun run, CancellationToken cancellationToken)
    {
        run.Begin("dns");
        try
        {
            var host = endpoint.BaseUrl.DnsSafeHost;
            var addresses = endpoint.AddressChosenByTenant
                ? await _http.Connector.ResolveAsync(host, endpoint.BaseUrl.Port, cancellationToken)
                : await GuardedConnector.ResolveAnyAsync(host, cancellationToken);
            run.Pass($"{addresses.Length} address(es)");
            return addresses;
        }
        catch (Exception exception) when (exception is SocketException or BlockedAddressException)
        {
            run.Fail(exception is BlockedAddressException ? exception.Message : "The name does not resolve.");
            return null;
        }
    }

    private static async Task<bool> ConnectAsync(
        EndpointDescriptor endpoint, IPAddress[] addresses, TestRun run, CancellationToken cancellationToken)
    {
        run.Begin("connect");
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(UpstreamHttp.ConnectTimeout);
        try
        {
            using var socket = await GuardedConnector.ConnectAnyAsync(addresses, endpoint.BaseUrl.Port, limit.Token);
            run.Pass("");
            if (endpoint.BaseUrl.Scheme != Uri.UriSchemeHttps)
            {
                return true;
            }

            run.Begin("tls");
            await using var tls = new SslStream(new NetworkStream(socket));
            await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = endpoint.BaseUrl.DnsSafeHost }, limit.Token);
            run.Pass(tls.SslProtocol.ToString());
            return true;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            run.Fail("Not accepted within 5 s.");
        }
        catch (Exception exception) when (exception is SocketException or AuthenticationException or IOException)
        {
            run.Fail(exception is SocketException
                ? "The connection was refused, or the host cannot be reached."
                : "TLS failed: " + new Scrubber(endpoint.ApiKey).Text(exception.Message));
        }

        return false;
    }

    private async Task<bool> AskModelsAsync(EndpointDescriptor endpoint, TestRun run, CancellationToken cancellationToken)
    {
        run.Begin("auth");
        var (status, fault) = await EndpointHealthCheck.AskModelsAsync(_http, endpoint, cancellationToken);
        if (status is 401 or 403)
        {
            run.Fail(endpoint.ApiKey is null ? $"A key is needed (status {status})." : $"The key was refused (status {status}).");
            return false;
        }

        if (status == 0)
        {
            run.Fail($"No answer: {fault}.");
            return false;
        }

        run.Pass("");
        run.Begin("models");
        if (status >= 500)
        {
            run.Fail($"The model list failed with status {status}.");
            return true;
        }

        run.Pass(status is >= 200 and < 300 ? "" : $"No model list is offered (status {status}): not needed.");
        return true;
    }

    private async Task<bool> ChatAsync(EndpointDescriptor endpoint, TestRun run, CancellationToken cancellationToken)
    {
        run.Begin("chat");
        var reply = await AskAsync(endpoint, stream: false, cancellationToken);
        if (reply.Failure is { } failure)
        {
            run.Fail(Describe(failure));
            return false;
        }

        run.Pass("");
        return true;
    }

    private async Task StreamAsync(EndpointDescriptor endpoint, TestRun run, CancellationToken cancellationToken)
    {
        run.Begin("stream");
        var reply = await AskAsync(endpoint, stream: true, cancellationToken);
        if (reply.Stream is null)
        {
            run.Fail(Describe(reply.Failure!));
            return;
        }

        await using var stream = reply.Stream;
        while (true)
        {
            var item = await stream.ReadAsync(cancellationToken);
            if (item.Kind == StreamItemKind.Failed)
            {
                run.Fail(Describe(item.Failure!));
                return;
            }

            if (item.Kind is StreamItemKind.Finish or StreamItemKind.End)
            {
                run.Pass("");
                return;
            }
        }
    }

    /// <summary>The least that a chat can cost. Newer OpenAI models know only the second name of the limit.</summary>
    private async Task<UpstreamReply> AskAsync(EndpointDescriptor endpoint, bool stream, CancellationToken cancellationToken)
    {
        var upstream = _upstreams.For(endpoint.Dialect);
        var reply = await upstream.SendAsync(NewCall(endpoint, stream, "max_tokens", askUsage: true), cancellationToken);
        if (reply.Failure is { RefusedStreamOptions: true })
        {
            reply = await upstream.SendAsync(NewCall(endpoint, stream, "max_tokens", askUsage: false), cancellationToken);
        }

        return reply.Failure is { Class: OutcomeClass.Config or OutcomeClass.Caller, Status: 400 }
            ? await upstream.SendAsync(NewCall(endpoint, stream, "max_completion_tokens", askUsage: true), cancellationToken)
            : reply;
    }

    private static UpstreamCall NewCall(EndpointDescriptor endpoint, bool stream, string limitName, bool askUsage)
    {
        var body = System.Text.Encoding.UTF8.GetBytes(
            $$"""{"model":"test","messages":[{"role":"user","content":"Say ok."}],"{{limitName}}":16,"stream":{{(stream ? "true" : "false")}}}""");
        return ChatRequestReader.TryRead(body, out var request, out var defect)
            ? new UpstreamCall { Target = endpoint, Request = request, AskUsageInStream = askUsage }
            : throw new InvalidOperationException(defect.Message);
    }

    private static string Describe(AttemptFailure failure) =>
        failure.Status == 0 ? failure.Message : string.Create(CultureInfo.InvariantCulture, $"Status {failure.Status}: {failure.Message}");
}
