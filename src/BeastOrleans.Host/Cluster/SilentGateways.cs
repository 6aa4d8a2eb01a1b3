using System.Collections.Concurrent;
using System.Net;

namespace BeastOrleans.Host.Cluster;

/// <summary>Client gateways that are connected and do not answer: frozen silos, half-open connections.</summary>
internal sealed class SilentGateways
{
    private readonly ConcurrentDictionary<IPEndPoint, byte> _silent = new();

    public bool Contains(IPEndPoint gateway) => _silent.ContainsKey(gateway);

    /// <returns>Whether that is news.</returns>
    public bool Add(IPEndPoint gateway) => _silent.TryAdd(gateway, 0);

    /// <returns>Whether that is news.</returns>
    public bool Remove(IPEndPoint gateway) => _silent.TryRemove(gateway, out _);
}
