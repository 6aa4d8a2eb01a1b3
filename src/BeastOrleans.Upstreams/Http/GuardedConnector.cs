using System.Net;
using System.Net.Sockets;

namespace BeastOrleans.Upstreams.Http;

/// <summary>
/// Resolves, checks and connects, in that order and on the same addresses: no second look-up stands between the check
/// and the connection, so a name that changes its mind (DNS rebinding) gains nothing.
/// </summary>
internal sealed class GuardedConnector(AddressGuard guard)
{
    /// <summary>How many addresses of one name are tried, within the handler's connect timeout.</summary>
    private const int MaxAddresses = 4;

    /// <exception cref="BlockedAddressException">No address of the name is allowed.</exception>
    /// <exception cref="SocketException">The name does not resolve.</exception>
    public async ValueTask<IPAddress[]> ResolveAsync(string host, int port, CancellationToken cancellationToken)
    {
        var addresses = await ResolveAnyAsync(host, cancellationToken);
        var allowed = Array.FindAll(addresses, address => guard.Allows(address, port));
        return allowed.Length > 0
            ? allowed
            : throw new BlockedAddressException(
                "The endpoint's address is not public and not among the networks that the operator allows (Beast:Upstreams:AllowedNetworks).");
    }

    public static async ValueTask<IPAddress[]> ResolveAnyAsync(string host, CancellationToken cancellationToken) =>
        IPAddress.TryParse(host, out var literal) ? [literal] : await Dns.GetHostAddressesAsync(host, cancellationToken);

    public async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        var target = context.DnsEndPoint;
        var addresses = await ResolveAsync(target.Host, target.Port, cancellationToken);
        return new NetworkStream(await ConnectAnyAsync(addresses, target.Port, cancellationToken), ownsSocket: true);
    }

    /// <summary>The first address that accepts.</summary>
    public static async ValueTask<Socket> ConnectAnyAsync(IPAddress[] addresses, int port, CancellationToken cancellationToken)
    {
        SocketException? last = null;
        foreach (var address in addresses.AsSpan(0, Math.Min(addresses.Length, MaxAddresses)).ToArray())
        {
            var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            try
            {
                await socket.ConnectAsync(new IPEndPoint(address, port), cancellationToken);
                return socket;
            }
            catch (SocketException exception)
            {
                socket.Dispose();
                last = exception;
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        }

        throw last ?? new SocketException((int)SocketError.HostNotFound);
    }
}
