using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Connections;

namespace BeastOrleans.Host.Cluster;

/// <summary>
/// The connections of this process's client. A network that swallows packets ends none of them: the kernel would try the same one
/// again for minutes, with ever longer pauses. Ended here, a new one is tried every two seconds and is there when the network is.
/// </summary>
internal sealed class GatewayConnections
{
    private readonly ConcurrentDictionary<ConnectionContext, IPEndPoint> _open = new();

    public async Task OnConnectionAsync(ConnectionContext context, ConnectionDelegate next)
    {
        if (context.RemoteEndPoint is IPEndPoint gateway)
        {
            _open[context] = gateway;
        }

        try
        {
            await next(context);
        }
        finally
        {
            _open.TryRemove(context, out _);
        }
    }

    public void Abort(IPEndPoint gateway)
    {
        foreach (var (context, peer) in _open)
        {
            if (peer.Equals(gateway) && _open.TryRemove(context, out _))
            {
                context.Abort(new ConnectionAbortedException("The silo behind it does not answer."));
            }
        }
    }
}
