using System.Net;
using System.Net.Sockets;

namespace BeastOrleans.Upstreams.Http;

/// <summary>
/// Which addresses an endpoint that a tenant registered may be reached at: public ones, and what the operator allows.
/// Pure. Judges addresses, never names: a name resolves to what its owner likes, at any time.
/// </summary>
internal sealed class AddressGuard(IReadOnlyList<AllowedNetwork> allowed)
{
    /// <summary>IPv4 networks that are not public (IANA special-purpose registry, and one cloud's metadata address).</summary>
    private static readonly IPNetwork[] DeniedV4 =
    [
        IPNetwork.Parse("0.0.0.0/8"),        // this network
        IPNetwork.Parse("10.0.0.0/8"),       // private
        IPNetwork.Parse("100.64.0.0/10"),    // carrier-grade NAT
        IPNetwork.Parse("127.0.0.0/8"),      // loopback
        IPNetwork.Parse("168.63.129.16/32"), // Azure's platform channel, a public address that is not
        IPNetwork.Parse("169.254.0.0/16"),   // link-local, cloud metadata
        IPNetwork.Parse("172.16.0.0/12"),    // private
        IPNetwork.Parse("192.0.0.0/24"),     // protocol assignments
        IPNetwork.Parse("192.0.2.0/24"),     // documentation
        IPNetwork.Parse("192.88.99.0/24"),   // 6to4 relays
        IPNetwork.Parse("192.168.0.0/16"),   // private
        IPNetwork.Parse("198.18.0.0/15"),    // benchmarking
        IPNetwork.Parse("198.51.100.0/24"),  // documentation
        IPNetwork.Parse("203.0.113.0/24"),   // documentation
        IPNetwork.Parse("224.0.0.0/4"),      // multicast
        IPNetwork.Parse("240.0.0.0/4"),      // reserved, broadcast
    ];

    /// <summary>
    /// Public IPv6 lies in 2000::/3. Outside of it stand loopback, unspecified, unique-local, link-local, multicast,
    /// IPv4-compatible and NAT64 (64:ff9b::/96, which reaches any IPv4 address, private ones too).
    /// </summary>
    private static readonly IPNetwork GlobalV6 = IPNetwork.Parse("2000::/3");

    private static readonly IPNetwork[] DeniedV6 =
    [
        IPNetwork.Parse("2001::/23"),     // protocol assignments, Teredo among them
        IPNetwork.Parse("2001:db8::/32"), // documentation
        IPNetwork.Parse("2002::/16"),     // 6to4: carries any IPv4 address
        IPNetwork.Parse("3fff::/20"),     // documentation
    ];

    /// <summary>May this address be connected to?</summary>
    public bool Allows(IPAddress address, int port)
    {
        var plain = Unmap(address);
        foreach (var network in allowed)
        {
            if (network.Contains(plain, port))
            {
                return true;
            }
        }

        return IsPublic(plain);
    }

    public static bool IsPublic(IPAddress address)
    {
        var plain = Unmap(address);
        return plain.AddressFamily switch
        {
            AddressFamily.InterNetwork => !ContainedIn(DeniedV4, plain),
            AddressFamily.InterNetworkV6 => GlobalV6.Contains(plain) && !ContainedIn(DeniedV6, plain),
            _ => false,
        };
    }

    /// <summary>::ffff:10.0.0.1 is 10.0.0.1 to the kernel, so it is to us.</summary>
    private static IPAddress Unmap(IPAddress address) => address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;

    private static bool ContainedIn(IPNetwork[] networks, IPAddress address)
    {
        foreach (var network in networks)
        {
            if (network.Contains(address))
            {
                return true;
            }
        }

        return false;
    }
}
