using System.Net;
using BeastOrleans.Gateway;
using BeastOrleans.Gateway.Usage.Spool;
using BeastOrleans.Grains;
using BeastOrleans.Grains.Credentials;
using BeastOrleans.Grains.Storage;
using BeastOrleans.Grains.Usage;
using BeastOrleans.Grains.Usage.Retention;
using BeastOrleans.Host.Changes;
using BeastOrleans.Host.Operations;
using BeastOrleans.Host.Settings;
using BeastOrleans.Host.Startup;
using BeastOrleans.Upstreams;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using GatewayOptions = BeastOrleans.Gateway.GatewayOptions;

namespace BeastOrleans.Host;

/// <summary>Puts one process together: settings, storage, silo, gateway, operations. Tests and the demo build the very same.</summary>
public sealed class BeastHost : IAsyncDisposable
{
    public const string DefaultUrls = "http://127.0.0.1:8080";

    private readonly DataDirectory _data;

    private BeastHost(WebApplication app, BeastOptions options, DataDirectory data, string urls)
    {
        App = app;
        Options = options;
        _data = data;
        Urls = urls;
    }

    public WebApplication App { get; }

    public BeastOptions Options { get; }

    /// <summary>Where the API was asked to listen.</summary>
    public string Urls { get; }

    /// <summary>Reads the settings and builds the process; opens storage, but starts nothing.</summary>
    /// <exception cref="StartupException">A setting, a port or the data directory stands in the way.</exception>
    public static BeastHost Build(string[] args)
    {
        var builder = WebApplication.CreateBuilder(args);
        var options = SettingsReader.Read(builder.Configuration);
        var urls = builder.Configuration["urls"] ?? DefaultUrls;
        PortCheck.Require(options, urls);
        builder.WebHost.UseUrls(urls);

        var data = DataDirectory.Open(options.DataDirectory);
        try
        {
            Configure(builder, options, data, urls);
            var app = builder.Build();
            app.Services.OpenBeastStorage();
            app.Services.LoadBeastMasterKeys();
            app.Services.OpenBeastSpool();
            app.Services.GetRequiredService<HostInstruments>();
            app.UseBeastGateway();
            app.MapBeastGateway();
            return new BeastHost(app, options, data, urls);
        }
        catch
        {
            data.Dispose();
            throw;
        }
    }

    private static void Configure(WebApplicationBuilder builder, BeastOptions options, DataDirectory data, string urls)
    {
        var services = builder.Services;
        services.AddSingleton(options);
        services.AddSingleton(TimeProvider.System);
        builder.Logging.AddBeastFilters();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestHeadersTotalSize = 32 * 1024;
        });

        // The silo comes first, so that it stops last: what the gateway still ships at a stop finds its grains.
        services.AddBeastSqlite(data.Path);
        services.AddBeastLedger();
        services.Configure<CredentialOptions>(credentials =>
        {
            credentials.MasterKeyFile = options.MasterKeyFile ?? Path.Combine(data.Path, "master-keys.json");
            credentials.MasterKeys = options.MasterKeys;
            credentials.MayCreate = options.MasterKeyFile is null;
        });
        builder.Host.UseOrleans(silo => ConfigureSilo(silo, options));

        var section = builder.Configuration.GetSection(BeastOptions.Section);
        services.Configure<GatewayOptions>(section);
        services.Configure<RetentionOptions>(section);
        services.Configure<UpstreamOptions>(section.GetSection("Upstreams"));
        if (!section.GetSection("Upstreams:AllowedNetworks").Exists() && SettingsReader.ListensOnLoopbackOnly(urls))
        {
            services.Configure<UpstreamOptions>(upstreams => upstreams.AllowedNetworks = ["loopback"]);
        }

        services.Configure<UsageSpoolOptions>(spool => spool.Directory = Path.Combine(data.Path, "spool"));
        services.AddHostedService<ChangeFeedFollower>();
        services.AddBeastGateway();
        services.AddBeastTelemetry();
        services.AddSingleton<Readiness>();
        services.AddHostedService<OperationsServer>();

        // A stop waits for the longest attempt under way, then for the ledger.
        services.AddOptions<HostOptions>().Configure<IOptions<GatewayOptions>>((host, gateway) =>
            host.ShutdownTimeout = TimeSpan.FromSeconds(gateway.Value.AttemptSeconds + 30));
    }

    private static void ConfigureSilo(ISiloBuilder silo, BeastOptions options)
    {
        silo.UseLocalhostClustering(options.SiloPort, options.ClientGatewayPort, null, options.ServiceId, options.ClusterId);
        silo.Configure<EndpointOptions>(endpoint => endpoint.AdvertisedIPAddress = IPAddress.Loopback);

        // Calm, fast failover: a hung silo is out within seconds, not a minute (measured; Orleans' defaults take 62 s).
        silo.Configure<ClusterMembershipOptions>(membership =>
        {
            membership.NumMissedProbesLimit = 3;
            membership.ProbeTimeout = TimeSpan.FromSeconds(1);
            membership.TableRefreshTimeout = TimeSpan.FromSeconds(5);
            membership.IAmAliveTablePublishTimeout = TimeSpan.FromSeconds(5);
        });
        silo.Configure<SiloMessagingOptions>(messaging => messaging.CancelRequestOnTimeout = true);
        silo.AddBeastGrainStorage();
        silo.AddBeastGrains();
    }

    public async ValueTask DisposeAsync()
    {
        await App.DisposeAsync();
        _data.Dispose();
    }
}
