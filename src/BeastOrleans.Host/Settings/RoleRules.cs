using System.Net;
using BeastOrleans.Gateway;
using BeastOrleans.Grains.Usage.Retention;
using BeastOrleans.Host.Cluster;
using BeastOrleans.Host.Startup;

namespace BeastOrleans.Host.Settings;

/// <summary>Which settings a role has, which it must have, and what it may not do off loopback.</summary>
internal static class RoleRules
{
    /// <summary>Those that only a process with grains reads.</summary>
    private static readonly string[] OfSilos =
    [
        nameof(BeastOptions.Storage), nameof(BeastOptions.SiloPort), nameof(BeastOptions.ClientGatewayPort), nameof(BeastOptions.AdvertisedIP),
        nameof(BeastOptions.MasterKeyFile), nameof(BeastOptions.MasterKeys), nameof(RetentionOptions.LedgerRetentionDays),
    ];

    /// <summary>Those that only a process with the API reads.</summary>
    private static readonly string[] OfGateways = [.. typeof(GatewayOptions).GetProperties().Select(p => p.Name)];

    /// <exception cref="StartupException">A setting does not belong to the role, is missing for it, or would lay keys open.</exception>
    public static void Check(BeastOptions options, IConfiguration configuration)
    {
        var beast = configuration.GetSection(BeastOptions.Section);
        if (options.ClusterTls.Missing() is { } missing)
        {
            throw new StartupException($"{missing} is missing: with half of Beast:ClusterTls the cluster would speak plaintext. Set all three, or none.");
        }

        if (!options.HasSilo())
        {
            RefuseAny(beast, OfSilos, options.Role, "it has no grains: the silos take it");
            if (configuration.GetConnectionString(BeastOptions.Section) is not null)
            {
                throw new StartupException("ConnectionStrings:Beast does not belong to role 'gateway': it has no database. Take it away.");
            }
        }

        if (!options.HasApi())
        {
            RefuseAny(beast, OfGateways, options.Role, "it has no API: the gateways take it");
            if (configuration["urls"] is not null)
            {
                throw new StartupException("--urls (ASPNETCORE_URLS) does not belong to role 'silo': it has no API, only its operations port.");
            }
        }

        if (options.Role == Roles.Gateway)
        {
            CheckGateway(options);
        }
        else
        {
            RefuseAny(beast, [nameof(BeastOptions.SiloGateways)], options.Role, "its silo is in this process");
        }

        if (options.IsClustered())
        {
            CheckSilo(options);
        }

        if (options.IsOnPostgres() && string.IsNullOrWhiteSpace(configuration.GetConnectionString(BeastOptions.Section)))
        {
            throw new StartupException(
                "ConnectionStrings:Beast is missing: Beast:Storage=postgres needs it, e.g. Host=db;Database=beast;Username=beast;Password=...");
        }
    }

    private static void CheckGateway(BeastOptions options)
    {
        if (string.IsNullOrWhiteSpace(options.SiloGateways))
        {
            throw new StartupException("Beast:SiloGateways is missing for role 'gateway': name the silos' client gateways, e.g. beast-silos:30000.");
        }

        var gateways = SiloGateway.ParseList(options.SiloGateways);
        if (gateways.FirstOrDefault(gateway => !gateway.IsLoopback) is { } far)
        {
            RequireSecrecy(options, $"Beast:SiloGateways names {far}");
        }
    }

    private static void CheckSilo(BeastOptions options)
    {
        if (options.MasterKeyFile is null && options.MasterKeys is null)
        {
            throw new StartupException($"Beast:MasterKeyFile is missing: a silo of a cluster makes no key of its own, since no other could open what it seals. {MasterKeyHint}");
        }

        if (options.AdvertisedIP is { } advertised && !IPAddress.TryParse(advertised, out _))
        {
            throw new StartupException("Beast:AdvertisedIP is an IP address: the one that the other processes reach this silo at.");
        }

        var address = SiloAddresses.Advertised(options);
        if (address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any))
        {
            throw new StartupException(
                $"Beast:AdvertisedIP is missing: with Beast:BindAddress={options.BindAddress} the others must be told one address (in Kubernetes the pod's, from the downward API).");
        }

        if (!(IPAddress.IsLoopback(address) && IPAddress.IsLoopback(IPAddress.Parse(options.BindAddress))))
        {
            RequireSecrecy(options, $"this silo listens on {options.BindAddress} and is known as {address}");
        }
    }

    private const string MasterKeyHint = "Name a file that every silo shares; 'keys create' makes one.";

    private static void RequireSecrecy(BeastOptions options, string why)
    {
        if (!options.AllowPlaintextCluster && !options.ClusterTls.IsConfigured)
        {
            throw new StartupException(
                $"Provider keys would cross the network in plaintext ({why}): set Beast:ClusterTls:CertificateFile, KeyFile and CaFile, or Beast:AllowPlaintextCluster=true where the network itself keeps them secret.");
        }
    }

    private static void RefuseAny(IConfigurationSection beast, string[] names, string role, string why)
    {
        foreach (var name in names)
        {
            if (beast.GetSection(name).Exists())
            {
                throw new StartupException($"Beast:{name} does not belong to role '{role}': {why}. Take it away.");
            }
        }
    }
}
