using BeastOrleans.Gateway;
using BeastOrleans.Host.Cluster;
using BeastOrleans.Host.Cluster.Tls;
using BeastOrleans.Host.Settings;
using BeastOrleans.Host.Startup;

namespace BeastOrleans.Host.Keys;

/// <summary>A command's connection to the cluster that runs: a client like a gateway's, under the same settings.</summary>
internal sealed class ClusterSession : IAsyncDisposable
{
    private static readonly TimeSpan ConnectLimit = TimeSpan.FromSeconds(15);

    private readonly IHost _host;

    private ClusterSession(IHost host) => _host = host;

    public IGrainFactory Grains => _host.Services.GetRequiredService<IGrainFactory>();

    /// <exception cref="StartupException">No silo answers.</exception>
    public static async Task<ClusterSession> ConnectAsync(BeastOptions options, CancellationToken stop)
    {
        var address = SiloAddresses.Advertised(options);
        options.SiloGateways ??= new SiloGateway(address.ToString(), options.ClientGatewayPort).ToString();
        var builder = Microsoft.Extensions.Hosting.Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Logging.AddFilter(null, LogLevel.Critical);
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddBeastClusterTls(options);
        builder.Services.AddSingleton<ClusterReach>();
        builder.Services.AddBeastClusterClient(options, traced: false);
        var session = new ClusterSession(builder.Build());
        try
        {
            session._host.Services.OpenBeastClusterTls();
            await session._host.StartAsync(stop);
            await session._host.Services.GetRequiredService<ClusterReach>().WaitAsync(stop).WaitAsync(ConnectLimit, stop);
            return session;
        }
        catch (Exception e)
        {
            await session.DisposeAsync();
            throw e is TimeoutException
                ? new StartupException($"No silo answers at {options.SiloGateways}: this command needs the cluster running, and its settings (ports, cluster id, TLS).")
                : e;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync();
        await ((IAsyncDisposable)_host).DisposeAsync();
    }
}
