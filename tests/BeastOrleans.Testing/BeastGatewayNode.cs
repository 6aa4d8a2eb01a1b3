using System.Collections.Concurrent;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using BeastOrleans.Contracts.Changes;
using BeastOrleans.Gateway;
using BeastOrleans.Gateway.Usage.Spool;
using BeastOrleans.Host.Changes;
using BeastOrleans.Upstreams;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace BeastOrleans.Testing;

/// <summary>
/// The product's gateway over one silo's grain factory, as the executable has it beside its silo: real Kestrel on a free
/// port, the real follower of the change feed, real upstream calls.
/// </summary>
public sealed class BeastGatewayNode : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly CircuitWatch _watch;
    private readonly DirectoryInfo _spool;

    private BeastGatewayNode(WebApplication app, CircuitWatch watch, DirectoryInfo spool)
    {
        _app = app;
        _spool = spool;
        _watch = watch;
        Http = new HttpClient(new SocketsHttpHandler { UseCookies = false }) { BaseAddress = new Uri(app.Urls.First()), Timeout = TimeSpan.FromSeconds(100) };
    }

    public HttpClient Http { get; }

    public IServiceProvider Services => _app.Services;

    public static async Task<BeastGatewayNode> StartAsync(IGrainFactory grains)
    {
        var builder = WebApplication.CreateBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        var watch = new CircuitWatch();
        builder.Services.AddSingleton(grains);
        builder.Services.Configure<UpstreamOptions>(upstreams => upstreams.AllowedNetworks = ["loopback"]);
        var spool = Directory.CreateTempSubdirectory("beast-spool-");
        builder.Services.Configure<UsageSpoolOptions>(options => options.Directory = spool.FullName);
        builder.Services.AddHostedService<ChangeFeedFollower>();
        builder.Services.AddBeastGateway();
        builder.Services.AddSingleton<IChangeListener>(watch);
        var app = builder.Build();
        app.UseBeastGateway();
        app.MapBeastGateway();
        await app.StartAsync();
        return new BeastGatewayNode(app, watch, spool);
    }

    /// <summary>When this gateway heard of the transition that made this generation of an endpoint's circuit; null = not yet.</summary>
    public DateTimeOffset? HeardAt(string endpointKey, long generation) => _watch.HeardAt(endpointKey, generation);

    /// <summary>Sends JSON under a key and reads the answer whole; says how long that took.</summary>
    public async Task<TimedAnswer> SendAsync(HttpMethod method, string path, string key, object? body = null, CancellationToken cancellationToken = default)
    {
        using var request = new HttpRequestMessage(method, path);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        request.Content = body is null ? null : JsonContent.Create(body);
        var startedAt = TimeProvider.System.GetTimestamp();
        using var response = await Http.SendAsync(request, cancellationToken);
        var answer = await ApiAnswer.ReadAsync(response);
        return new TimedAnswer(answer, TimeProvider.System.GetElapsedTime(startedAt));
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();

        // Disposing alone leaves the shipper and the followers running.
        await _app.StopAsync();
        await _app.DisposeAsync();
        _spool.Delete(recursive: true);
    }

    private sealed class CircuitWatch : IChangeListener
    {
        private readonly ConcurrentDictionary<(string Key, long Generation), DateTimeOffset> _heardAt = new();

        public DateTimeOffset? HeardAt(string key, long generation) =>
            _heardAt.TryGetValue((key, generation), out var at) ? at : null;

        public void OnChange(Change change)
        {
            if (change is { Kind: ChangeKind.Circuit, Circuit: { } circuit })
            {
                _heardAt.TryAdd((change.Subject, circuit.Generation), TimeProvider.System.GetUtcNow());
            }
        }

        public void OnResync()
        {
            // What was missed stays missing, and the test fails by it.
        }
    }
}

public sealed record TimedAnswer(ApiAnswer Answer, TimeSpan Took);
