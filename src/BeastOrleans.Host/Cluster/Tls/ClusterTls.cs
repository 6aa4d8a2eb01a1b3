using BeastOrleans.Host.Settings;
using Microsoft.AspNetCore.Connections;
using Orleans.Configuration;

namespace BeastOrleans.Host.Cluster.Tls;

/// <summary>Puts TLS under the connections of a silo or of a gateway's client, where it is configured.</summary>
internal static class ClusterTls
{
    public static void AddBeastClusterTls(this IServiceCollection services, BeastOptions options)
    {
        if (!options.ClusterTls.IsConfigured)
        {
            return;
        }

        services.AddSingleton(options.ClusterTls);
        services.AddSingleton<ClusterCertificates>();
        services.Configure<SiloConnectionOptions>(silo =>
        {
            silo.ConfigureSiloInboundConnection(UseServer);
            silo.ConfigureGatewayInboundConnection(UseServer);
            silo.ConfigureSiloOutboundConnection(UseClient);
        });
        services.Configure<ClientConnectionOptions>(client => client.ConfigureConnection(UseClient));
    }

    /// <summary>Reads the certificates before anything starts.</summary>
    /// <exception cref="Startup.StartupException">They cannot be used.</exception>
    public static void OpenBeastClusterTls(this IServiceProvider services) => services.GetService<ClusterCertificates>();

    private static void UseServer(IConnectionBuilder connection) => Use(connection, isServer: true);

    private static void UseClient(IConnectionBuilder connection) => Use(connection, isServer: false);

    private static void Use(IConnectionBuilder connection, bool isServer)
    {
        var services = connection.ApplicationServices;
        var middleware = new TlsMiddleware(services.GetRequiredService<ClusterCertificates>(), isServer, services.GetRequiredService<ILogger<TlsMiddleware>>());
        connection.Use(next => context => middleware.OnConnectionAsync(context, next));
    }
}
