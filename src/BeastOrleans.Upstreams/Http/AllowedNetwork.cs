using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;

namespace BeastOrleans.Upstreams.Http;

/// <summary>A network that the operator allows beside public addresses; <paramref name="Port"/> null = every port.</summary>
internal readonly record struct AllowedNetwork(IPNetwork Network, int? Port)
{
    /// <summary>The most entries taken.</summary>
    public const int MaxCount = 256;

    private const string Loopback = "loopback";

    public bool Contains(IPAddress address, int port) => (Port is null || Port == port) && Network.Contains(address);

    /// <summary>
    /// Takes <c>10.0.0.0/8</c>, <c>127.0.0.1/32:9001</c>, <c>127.0.0.1:9001</c>, <c>fd00::/8</c>, <c>[::1]/128:9001</c>,
    /// <c>[::1]:9001</c> and <c>loopback</c> with or without a port (which stands for two networks).
    /// </summary>
    public static bool TryParse(
        string? text,
        [NotNullWhen(true)] out AllowedNetwork[]? networks,
        [NotNullWhen(false)] out string? problem)
    {
        networks = null;
        problem = null;
        var rest = (text ?? "").Trim();
        if (!TryTakePort(ref rest, out var port))
        {
            problem = $"'{text}' has a port that is not between 1 and 65535.";
            return false;
        }

        if (rest.Equals(Loopback, StringComparison.OrdinalIgnoreCase))
        {
            networks = [new(new(IPAddress.Parse("127.0.0.0"), 8), port), new(new(IPAddress.IPv6Loopback, 128), port)];
            return true;
        }

        var cidr = rest.Replace("[", "", StringComparison.Ordinal).Replace("]", "", StringComparison.Ordinal);
        if (!cidr.Contains('/', StringComparison.Ordinal) && IPAddress.TryParse(cidr, out var single))
        {
            networks = [new(new(single, single.GetAddressBytes().Length * 8), port)];
            return true;
        }

        // The framework masks host bits away in silence: 10.0.0.1/8 would open far more than whoever wrote it meant.
        var slash = cidr.IndexOf('/', StringComparison.Ordinal);
        if (!IPNetwork.TryParse(cidr, out var network)
            || !IPAddress.TryParse(cidr.AsSpan(0, slash), out var written) || !written.Equals(network.BaseAddress))
        {
            problem = $"'{text}' is not a network such as 10.0.0.0/8, 127.0.0.1/32:9001 or [::1]/128:9001 (host bits must be zero).";
            return false;
        }

        networks = [new(network, port)];
        return true;
    }

    /// <summary>Cuts <c>:port</c> off the end. A bare IPv6 network has colons of its own: a port needs the brackets there.</summary>
    private static bool TryTakePort(ref string rest, out int? port)
    {
        port = null;
        var colon = rest.LastIndexOf(':');
        var bracket = rest.LastIndexOf(']');
        var bracketed = rest.StartsWith('[') && bracket > 0;
        if (colon < 0 || (bracketed ? colon < bracket : rest.IndexOf(':', StringComparison.Ordinal) != colon))
        {
            return true;
        }

        if (!int.TryParse(rest.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            || number is < 1 or > 65535)
        {
            return false;
        }

        port = number;
        rest = rest[..colon];
        return true;
    }
}
