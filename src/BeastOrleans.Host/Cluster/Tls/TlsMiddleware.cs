using System.IO.Pipelines;
using System.Net.Security;
using System.Security.Authentication;
using Microsoft.AspNetCore.Connections;
using Orleans.Runtime.Messaging;

namespace BeastOrleans.Host.Cluster.Tls;

/// <summary>
/// TLS under Orleans' own connections, both sides with a certificate. In shape it follows Orleans.Connections.Security
/// (https://github.com/dotnet/orleans, MIT), which does not restore here; what is left out is all that has a choice in it.
/// </summary>
internal sealed partial class TlsMiddleware(ClusterCertificates certificates, bool isServer, ILogger<TlsMiddleware> logger) : IConnectionMiddleware
{
    /// <summary>Whoever connects and then says nothing holds a socket for no longer.</summary>
    private static readonly TimeSpan HandshakeLimit = TimeSpan.FromSeconds(5);

    private static readonly StreamPipeReaderOptions Reading = new(bufferSize: 32 * 1024, minimumReadSize: 4 * 1024, leaveOpen: true);
    private static readonly StreamPipeWriterOptions Writing = new(minimumBufferSize: 16 * 1024, leaveOpen: true);

    public async Task OnConnectionAsync(ConnectionContext context, ConnectionDelegate next)
    {
        var plain = context.Transport;
        await using var stream = new SslStream(new PipeStream(plain), leaveInnerStreamOpen: true);
        if (!await TryShakeHandsAsync(context, stream))
        {
            context.Abort();
            return;
        }

        var secure = new Transport(PipeReader.Create(stream, Reading), PipeWriter.Create(stream, Writing));
        context.Transport = secure;
        try
        {
            await next(context);
        }
        finally
        {
            await secure.Input.CompleteAsync();
            await secure.Output.CompleteAsync();
            context.Transport = plain;
        }
    }

    private async Task<bool> TryShakeHandsAsync(ConnectionContext context, SslStream stream)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(context.ConnectionClosed);
        limit.CancelAfter(HandshakeLimit);
        try
        {
            await (isServer
                ? stream.AuthenticateAsServerAsync(certificates.ForServer(), limit.Token)
                : stream.AuthenticateAsClientAsync(certificates.ForClient(), limit.Token));
            return true;
        }
        catch (Exception e) when (e is AuthenticationException or IOException or OperationCanceledException or InvalidOperationException)
        {
            LogRefused(isServer ? "from" : "to", context.RemoteEndPoint?.ToString() ?? "?", e.InnerException?.Message ?? e.Message);
            return false;
        }
    }

    private sealed record Transport(PipeReader Input, PipeWriter Output) : IDuplexPipe;

    [LoggerMessage(Level = LogLevel.Warning, Message = "A cluster connection {Direction} {Peer} was refused: {Why}")]
    private partial void LogRefused(string direction, string peer, string why);
}
