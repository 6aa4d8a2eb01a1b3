using BeastOrleans.Contracts.Cluster;
using BeastOrleans.Gateway;
using BeastOrleans.Host.Settings;
using Orleans.Configuration;
using Orleans.Dashboard;
using Orleans.Messaging;

namespace BeastOrleans.Host.Cluster;

/// <summary>Registers the Orleans client of a gateway process.</summary>
internal static class ClientServices
{
    public static void AddBeastClusterClient(this IServiceCollection services, BeastOptions options, bool traced)
    {
        var before = services.Count;
        services.AddOrleansClient(client =>
        {
            client.Configure<ClusterOptions>(cluster => Clustering.SetIdentity(options, cluster));
            client.Configure<Orleans.Configuration.GatewayOptions>(MembershipTimes.Apply);
            client.Configure<ConnectionOptions>(MembershipTimes.Apply);
            client.Configure<ClientMessagingOptions>(messaging => messaging.CancelRequestOnTimeout = true);
            if (options.Dashboard)
            {
                client.AddDashboard();
            }

            if (traced)
            {
                client.AddActivityPropagation();
            }
        });

        // Its own hosted service would hold up the start until a silo answers: ClusterLink takes its place.
        for (var i = services.Count - 1; i >= before; i--)
        {
            if (services[i].ServiceType == typeof(IHostedService))
            {
                services.RemoveAt(i);
            }
        }

        services.AddSingleton<SilentGateways>();
        services.AddSingleton<IGatewayListProvider>(provider => new SiloGatewayList(
            SiloGateway.ParseList(options.SiloGateways!),
            provider.GetRequiredService<SilentGateways>(),
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<SiloGatewayList>>()));
        var connections = new GatewayConnections();
        services.Configure<ClientConnectionOptions>(client => client.ConfigureConnection(
            connection => connection.Use(next => context => connections.OnConnectionAsync(context, next))));
        services.AddSingleton<ClusterLink>();
        services.AddSingleton<IClientConnectionRetryFilter, ForEver>();
        services.AddHostedService(provider => provider.GetRequiredService<ClusterLink>());
        services.AddHostedService(provider => new GatewayPulse(
            key => provider.GetRequiredService<IGrainFactory>().GetGrain<IPulseGrain>(key).BeatAsync(),
            connections.Abort,
            provider.GetRequiredService<SilentGateways>(),
            provider.GetRequiredService<ClusterReach>(),
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<GatewayPulse>>()));
    }

    // Asked for lazily: the link needs the client, whose own parts ask for the filter.
    private sealed class ForEver(IServiceProvider services) : IClientConnectionRetryFilter
    {
        public Task<bool> ShouldRetryConnectionAttempt(Exception exception, CancellationToken cancellationToken) =>
            services.GetRequiredService<ClusterLink>().RetryAsync(exception, cancellationToken);
    }
}
