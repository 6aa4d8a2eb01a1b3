using BeastOrleans.Gateway;
using BeastOrleans.Gateway.Authentication;
using BeastOrleans.Grains;
using BeastOrleans.Grains.Storage;
using BeastOrleans.Host.Cluster.Tls;
using BeastOrleans.Host.Operations;
using BeastOrleans.Host.Settings;
using BeastOrleans.Host.Startup;
using OpenTelemetry.Metrics;
using Orleans.Dashboard;

namespace BeastOrleans.Host;

/// <summary>Puts one process together, by its role: settings, storage, silo, gateway, operations. Tests and the demo build the very same.</summary>
public sealed class BeastHost : IAsyncDisposable
{
    public const string DefaultUrls = "http://127.0.0.1:8080";

    internal const string DashboardPath = "/admin/dashboard";

    private readonly DataDirectory? _data;

    private BeastHost(IHost app, BeastOptions options, DataDirectory? data, string urls)
    {
        App = app;
        Options = options;
        _data = data;
        Urls = urls;
    }

    public IHost App { get; }

    public BeastOptions Options { get; }

    /// <summary>Where the API was asked to listen; empty in a process without it.</summary>
    public string Urls { get; }

    public IConfiguration Configuration => App.Services.GetRequiredService<IConfiguration>();

    /// <summary>Reads the settings and builds the process; opens storage, but starts nothing.</summary>
    /// <exception cref="StartupException">A setting, a port or the data directory stands in the way.</exception>
    public static BeastHost Build(string[] args)
    {
        // A process without the API has no web host at all; its operations port is a server of its own.
        var web = WebApplication.CreateBuilder(args);
        var options = SettingsReader.Read(web.Configuration);
        return options.HasApi() ? BuildApi(web, options) : BuildSilo(args, options);
    }

    private static BeastHost BuildApi(WebApplicationBuilder builder, BeastOptions options)
    {
        var urls = builder.Configuration["urls"] ?? DefaultUrls;
        PortCheck.Require(options, urls);
        builder.WebHost.UseUrls(urls);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestHeadersTotalSize = 32 * 1024;
        });
        return Finish(builder, options, urls, () =>
        {
            var app = builder.Build();
            Open(app.Services, options);
            app.UseBeastGateway();
            app.MapBeastGateway();
            if (options.Dashboard)
            {
                app.MapOrleansDashboard(DashboardPath).RequireBeastAdmin();
            }

            return app;
        });
    }

    private static BeastHost BuildSilo(string[] args, BeastOptions options)
    {
        var builder = Microsoft.Extensions.Hosting.Host.CreateApplicationBuilder(args);
        PortCheck.Require(options, urls: "");
        return Finish(builder, options, urls: "", () =>
        {
            var app = builder.Build();
            Open(app.Services, options);
            return app;
        });
    }

    private static BeastHost Finish(IHostApplicationBuilder builder, BeastOptions options, string urls, Func<IHost> build)
    {
        var data = options.NeedsDataDirectory() ? DataDirectory.Open(options.DataDirectory) : null;
        try
        {
            builder.AddBeast(options, data, urls);
            return new BeastHost(build(), options, data, urls);
        }
        catch
        {
            data?.Dispose();
            throw;
        }
    }

    private static void Open(IServiceProvider services, BeastOptions options)
    {
        // Whoever counts begins with a 0, and a 0 that nobody listens to is lost: the first failure would be no increase.
        services.GetRequiredService<MeterProvider>();
        services.OpenBeastClusterTls();
        if (options.HasSilo())
        {
            services.OpenBeastStorage();
            services.LoadBeastMasterKeys();
        }

        if (options.HasApi())
        {
            services.OpenBeastSpool();
        }

        services.GetRequiredService<HostInstruments>();
    }

    public async ValueTask DisposeAsync()
    {
        if (App is IAsyncDisposable disposable)
        {
            await disposable.DisposeAsync();
        }

        _data?.Dispose();
    }
}
