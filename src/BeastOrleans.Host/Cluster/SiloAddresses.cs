using System.Net;
using BeastOrleans.Host.Settings;
using Orleans.Configuration;

namespace BeastOrleans.Host.Cluster;

/// <summary>Where a silo's two ports listen, and under which address the others know it.</summary>
internal static class SiloAddresses
{
    /// <summary>Loopback unless clustered: whoever reaches an Orleans port commands the whole.</summary>
    public static IPAddress Listening(BeastOptions options) => options.IsClustered() ? IPAddress.Parse(options.BindAddress) : IPAddress.Loopback;

    public static IPAddress Advertised(BeastOptions options) =>
        options is { AdvertisedIP: { } address } && options.IsClustered() ? IPAddress.Parse(address) : Listening(options);

    public static void Apply(BeastOptions options, EndpointOptions endpoints)
    {
        endpoints.SiloPort = options.SiloPort;
        endpoints.GatewayPort = options.ClientGatewayPort;
        endpoints.AdvertisedIPAddress = Advertised(options);
        endpoints.SiloListeningEndpoint = new IPEndPoint(Listening(options), options.SiloPort);
        endpoints.GatewayListeningEndpoint = new IPEndPoint(Listening(options), options.ClientGatewayPort);
    }
}
