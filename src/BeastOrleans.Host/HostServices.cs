using System.Net;
using BeastOrleans.Gateway;
using BeastOrleans.Gateway.Usage.Spool;
using BeastOrleans.Grains;
using BeastOrleans.Grains.Credentials;
using BeastOrleans.Grains.Storage;
using BeastOrleans.Grains.Usage;
using BeastOrleans.Grains.Usage.Retention;
using BeastOrleans.Host.Changes;
using BeastOrleans.Host.Cluster;
using BeastOrleans.Host.Cluster.Tls;
using BeastOrleans.Host.Operations;
using BeastOrleans.Host.Settings;
using BeastOrleans.Host.Shutdown;
using BeastOrleans.Host.Startup;
using BeastOrleans.Upstreams;
using Orleans.Configuration;
using Orleans.Dashboard;
using GatewayOptions = BeastOrleans.Gateway.GatewayOptions;

namespace BeastOrleans.Host;

/// <summary>What each role is made of. Services are added in the order in which they start, and stop the other way round.</summary>
internal static class HostServices
{
    /// <summary>In the data directory, where no other file is named.</summary>
    public const string MasterKeyFileName = "master-keys.json";

    public static void AddBeast(this IHostApplicationBuilder builder, BeastOptions options, DataDirectory? data, string urls)
    {
        var services = builder.Services;
        services.AddSingleton(options);
        services.AddSingleton(TimeProvider.System);
        var jsonLogs = LogFilters.IsJson(options, builder.Configuration);
        builder.Logging.AddBeastFilters(jsonLogs);

        services.AddBeastClusterTls(options);

        // The cluster comes first, so that it is left last: what the gateway still ships at a stop finds its grains.
        if (options.HasSilo())
        {
            builder.AddSilo(options, data);
        }
        else
        {
            services.AddSingleton<ClusterReach>();
            services.AddBeastClusterClient(options, Telemetry.IsOtlpOn(options, builder.Configuration));
        }

        builder.AddUpstreams(options, urls);
        services.AddHostedService<ChangeFeedFollower>();
        if (options.HasApi())
        {
            services.Configure<GatewayOptions>(builder.Configuration.GetSection(BeastOptions.Section));
            services.Configure<UsageSpoolOptions>(spool => spool.Directory = Path.Combine(data!.Path, "spool"));
            services.AddBeastGateway();
            services.PostConfigure<GatewayOptions>(gateway => gateway.LogScopes ??= jsonLogs);
        }

        services.AddBeastProcessState();
        services.AddBeastTelemetry(options, builder.Configuration);
        services.AddSingleton<Readiness>();
        services.AddHostedService<OperationsServer>();

        var times = ShutdownTimes.Of(options, IPAddress.IsLoopback(IPAddress.Parse(options.BindAddress)) && ListeningPlaces.AreLoopbackOnly(builder.Configuration, urls));
        services.AddSingleton(times);
        services.AddHostedService<StopSequence>();
        services.Configure<HostOptions>(host => host.ShutdownTimeout = times.HostTimeout);
    }

    private static void AddSilo(this IHostApplicationBuilder builder, BeastOptions options, DataDirectory? data)
    {
        var services = builder.Services;
        if (options.IsOnPostgres())
        {
            // Several silos of a split cluster start at once, on whatever version: there an operator decides when the schema changes.
            services.AddBeastPostgres(builder.Configuration.GetConnectionString(BeastOptions.Section)!, migrate: options.Role == Roles.All);
        }
        else
        {
            services.AddBeastSqlite(data!.Path);
        }

        services.AddBeastLedger();
        services.Configure<RetentionOptions>(builder.Configuration.GetSection(BeastOptions.Section));
        services.Configure<CredentialOptions>(credentials =>
        {
            credentials.MasterKeyFile = options.MasterKeyFile ?? Path.Combine(data?.Path ?? "", MasterKeyFileName);
            credentials.MasterKeys = options.MasterKeys;
            credentials.MayCreate = options.MasterKeyFile is null && !options.IsClustered();
        });
        var traced = Telemetry.IsOtlpOn(options, builder.Configuration);
        builder.UseOrleans(silo =>
        {
            silo.UseBeastClustering(options);
            silo.Configure<ClusterMembershipOptions>(MembershipTimes.Apply);
            silo.Configure<ConnectionOptions>(MembershipTimes.Apply);
            var clients = new SilentClients(TimeProvider.System);
            silo.Configure<SiloConnectionOptions>(connections => connections.ConfigureGatewayInboundConnection(
                connection => connection.Use(next => context => clients.OnConnectionAsync(context, next))));
            silo.Configure<SiloMessagingOptions>(messaging => messaging.CancelRequestOnTimeout = true);
            silo.AddBeastGrainStorage();
            silo.AddBeastGrains();
            if (options.Dashboard)
            {
                silo.AddDashboard();
            }

            if (traced)
            {
                // Filters on every grain call: only where somebody gets to see the spans.
                silo.AddActivityPropagation();
            }
        });
    }

    // The gateway calls them, and a silo's active probes do.
    private static void AddUpstreams(this IHostApplicationBuilder builder, BeastOptions options, string urls)
    {
        var section = builder.Configuration.GetSection(BeastOptions.Section).GetSection("Upstreams");
        builder.Services.Configure<UpstreamOptions>(section);
        if (!section.GetSection(nameof(UpstreamOptions.AllowedNetworks)).Exists() && options.HasApi() && ListeningPlaces.AreLoopbackOnly(builder.Configuration, urls))
        {
            builder.Services.Configure<UpstreamOptions>(upstreams => upstreams.AllowedNetworks = ["loopback"]);
        }

        builder.Services.AddBeastUpstreams();
    }
}
