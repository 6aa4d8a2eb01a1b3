using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Orleans.Messaging;

namespace BeastOrleans.Host.Cluster;

/// <summary>
/// Where a gateway process finds silos: names are resolved anew each time Orleans asks (every 5 s, sooner when all are gone),
/// so pods that come and go are seen without a database or a Kubernetes permission. A name that cannot be resolved just now
/// keeps its last addresses.
/// </summary>
internal sealed partial class SiloGatewayList : IGatewayListProvider
{
    /// <summary>Addresses per name; more than the cluster may have silos.</summary>
    private const int MaxAddresses = 256;

    private static readonly TimeSpan ResolveLimit = TimeSpan.FromSeconds(3);

    private readonly SiloGateway[] _entries;
    private readonly Func<string, CancellationToken, Task<IPAddress[]>> _resolveAsync;
    private readonly SilentGateways _silent;
    private readonly TimeProvider _time;
    private readonly ILogger<SiloGatewayList> _logger;
    private readonly ConcurrentDictionary<string, IPAddress[]> _lastKnown = new(StringComparer.OrdinalIgnoreCase);

    public SiloGatewayList(SiloGateway[] entries, SilentGateways silent, TimeProvider time, ILogger<SiloGatewayList> logger)
        : this(entries, silent, static (name, stop) => Dns.GetHostAddressesAsync(name, stop), time, logger)
    {
    }

    internal SiloGatewayList(
        SiloGateway[] entries, SilentGateways silent, Func<string, CancellationToken, Task<IPAddress[]>> resolveAsync, TimeProvider time, ILogger<SiloGatewayList> logger)
    {
        _entries = entries;
        _silent = silent;
        _resolveAsync = resolveAsync;
        _time = time;
        _logger = logger;
    }

    /// <summary>For so long Orleans leaves a gateway out after a failed connection.</summary>
    public TimeSpan MaxStaleness => MembershipTimes.GatewayRefresh;

    [Obsolete("Orleans asks no more.")]
    public bool IsUpdatable => true;

    public Task InitializeGatewayListProvider() => Task.CompletedTask;

    public async Task<IList<Uri>> GetGateways()
    {
        var found = await Task.WhenAll(_entries.Select(ResolveAsync));
        var all = found.SelectMany(points => points).Distinct().ToList();

        // When every one is silent, the fault may be ours: then all are tried.
        var answering = all.FindAll(point => !_silent.Contains(point));
        return (answering.Count > 0 ? answering : all).ConvertAll(point => point.ToGatewayUri());
    }

    private async Task<IPEndPoint[]> ResolveAsync(SiloGateway entry)
    {
        if (entry.Address is { } address)
        {
            return [new IPEndPoint(address, entry.Port)];
        }

        try
        {
            using var limit = new CancellationTokenSource(ResolveLimit, _time);
            var resolved = await _resolveAsync(entry.Host, limit.Token);
            if (resolved.Length > 0)
            {
                _lastKnown[entry.Host] = resolved.Length <= MaxAddresses ? resolved : resolved[..MaxAddresses];
            }
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException)
        {
            LogNotResolved(e.Message, entry.Host);
        }

        return Array.ConvertAll(_lastKnown.GetValueOrDefault(entry.Host) ?? [], found => new IPEndPoint(found, entry.Port));
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The name {Name} of Beast:SiloGateways could not be resolved ({Why}); its last known addresses are used")]
    private partial void LogNotResolved(string why, string name);
}
