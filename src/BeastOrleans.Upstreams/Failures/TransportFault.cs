using System.Net.Sockets;
using System.Security.Authentication;
using BeastOrleans.Upstreams.Http;

namespace BeastOrleans.Upstreams.Failures;

/// <summary>What the connection did, before anybody looks at what was said over it.</summary>
internal enum TransportFault
{
    None = 0,

    /// <summary>The name does not resolve.</summary>
    Dns = 1,

    /// <summary>Refused, unreachable: no connection was made.</summary>
    Connect = 2,

    /// <summary>Our connect limit fired.</summary>
    ConnectTimeout = 3,

    Tls = 4,

    /// <summary>The guard refused every address of the name.</summary>
    BlockedAddress = 5,

    /// <summary>Reset or closed in mid-conversation.</summary>
    Reset = 6,

    /// <summary>What came is no HTTP, or breaks a bound or an encoding.</summary>
    Garbled = 7,
}

internal static class TransportFaults
{
    /// <summary>
    /// Is this one of the exceptions that a conversation over HTTP ends in? Anything else is a defect of ours and passes.
    /// An <see cref="OperationCanceledException"/> counts only as the handler's connect limit (the caller's own token is looked at before).
    /// </summary>
    public static bool IsTransport(Exception exception) =>
        exception is HttpRequestException or IOException or SocketException or AuthenticationException or InvalidDataException
            or BlockedAddressException or OperationCanceledException { InnerException: TimeoutException };

    /// <summary>What a cancelled conversation may end in: the connection is torn down under whoever reads it.</summary>
    public static bool IsCancellation(Exception exception) => exception is OperationCanceledException or ObjectDisposedException || IsTransport(exception);

    public static TransportFault Of(Exception exception)
    {
        for (var current = exception; current is not null; current = current.InnerException)
        {
            switch (current)
            {
                case BlockedAddressException:
                    return TransportFault.BlockedAddress;
                case OperationCanceledException or TimeoutException:
                    return TransportFault.ConnectTimeout;
                case AuthenticationException:
                    return TransportFault.Tls;
                case InvalidDataException:
                    return TransportFault.Garbled;
                case SocketException socket when IsDns(socket.SocketErrorCode):
                    return TransportFault.Dns;
            }
        }

        return exception switch
        {
            HttpRequestException http => OfRequestError(http.HttpRequestError),
            HttpIOException http => OfRequestError(http.HttpRequestError),
            SocketException socket => OfSocket(socket.SocketErrorCode),
            _ => TransportFault.Reset,
        };
    }

    private static TransportFault OfRequestError(HttpRequestError error) => error switch
    {
        HttpRequestError.NameResolutionError => TransportFault.Dns,
        HttpRequestError.ConnectionError or HttpRequestError.ProxyTunnelError => TransportFault.Connect,
        HttpRequestError.SecureConnectionError => TransportFault.Tls,
        HttpRequestError.InvalidResponse or HttpRequestError.ConfigurationLimitExceeded
            or HttpRequestError.VersionNegotiationError or HttpRequestError.ExtendedConnectNotSupported => TransportFault.Garbled,
        _ => TransportFault.Reset,
    };

    private static TransportFault OfSocket(SocketError error) =>
        error is SocketError.ConnectionReset or SocketError.ConnectionAborted or SocketError.Shutdown
            ? TransportFault.Reset
            : TransportFault.Connect;

    private static bool IsDns(SocketError error) =>
        error is SocketError.HostNotFound or SocketError.TryAgain or SocketError.NoData or SocketError.NoRecovery;
}
