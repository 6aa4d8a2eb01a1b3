using System.Globalization;
using System.Net;
using BeastOrleans.Host.Startup;

namespace BeastOrleans.Host.Cluster;

/// <summary>An entry of <c>Beast:SiloGateways</c>: a name or an address, and a port.</summary>
internal sealed record SiloGateway(string Host, int Port)
{
    private const int MaxEntries = 256;

    /// <summary>Null when the host is a name.</summary>
    public IPAddress? Address { get; } = IPAddress.TryParse(Host, out var address) ? address : null;

    /// <summary>Nothing leaves this machine on the way there.</summary>
    public bool IsLoopback => Address is { } address ? IPAddress.IsLoopback(address) : Host.Equals("localhost", StringComparison.OrdinalIgnoreCase);

    /// <exception cref="StartupException">An entry is no <c>host:port</c>.</exception>
    public static SiloGateway[] ParseList(string text)
    {
        var entries = text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return entries.Length is > 0 and <= MaxEntries
            ? Array.ConvertAll(entries, Parse)
            : throw new StartupException($"Beast:SiloGateways holds 1 to {MaxEntries} entries like silo-0.beast:30000.");
    }

    private static SiloGateway Parse(string entry)
    {
        var colon = entry.LastIndexOf(':');
        var host = colon < 0 ? "" : entry[..colon];
        var bare = host.StartsWith('[') && host.EndsWith(']') ? host[1..^1] : host;

        // An IPv6 address without brackets would lose its last group to the port.
        var isHost = Uri.CheckHostName(bare) is UriHostNameType.Dns or UriHostNameType.IPv4 or UriHostNameType.IPv6 && bare.Contains(':', StringComparison.Ordinal) == (bare.Length != host.Length);
        return isHost && int.TryParse(entry[(colon + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port is >= 1 and <= 65535
            ? new SiloGateway(bare, port)
            : throw new StartupException($"Beast:SiloGateways takes host:port, e.g. silo-0.beast:30000 or [fd00::1]:30000: '{entry}' is none.");
    }

    public override string ToString() => Host.Contains(':', StringComparison.Ordinal) ? $"[{Host}]:{Port}" : $"{Host}:{Port}";
}
