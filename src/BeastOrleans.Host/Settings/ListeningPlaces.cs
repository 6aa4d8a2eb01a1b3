using System.Net;

namespace BeastOrleans.Host.Settings;

/// <summary>Where the API listens, as far as it decides what tenants may call.</summary>
internal static class ListeningPlaces
{
    /// <summary>
    /// The default of <c>Beast:Upstreams:AllowedNetworks</c>: a gateway that only this machine can reach may call this machine.
    /// (A silo apart cannot tell who reaches its gateways, so it allows nothing by itself.)
    /// </summary>
    public static bool AreLoopbackOnly(IConfiguration configuration, string urls) => All(configuration, urls).TrueForAll(IsLoopback);

    /// <summary>ASP.NET's own <c>Kestrel:Endpoints</c> take the place of the URLs wherever they are set.</summary>
    private static List<string> All(IConfiguration configuration, string urls)
    {
        var endpoints = configuration.GetSection("Kestrel:Endpoints").GetChildren().Select(endpoint => endpoint["Url"]).ToList();
        return endpoints.Count > 0
            ? endpoints.ConvertAll(url => url ?? "")
            : [.. urls.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)];
    }

    private static bool IsLoopback(string url)
    {
        try
        {
            var host = BindingAddress.Parse(url).Host;
            return host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
                || (IPAddress.TryParse(host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address));
        }
        catch (FormatException)
        {
            // Kestrel will say so when it starts; until then nothing is allowed on the strength of it.
            return false;
        }
    }
}
