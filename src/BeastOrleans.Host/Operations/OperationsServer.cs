using BeastOrleans.Contracts.Identity;
using BeastOrleans.Contracts.Tenants;
using BeastOrleans.Host.Settings;
using OpenTelemetry.Metrics;

namespace BeastOrleans.Host.Operations;

/// <summary>
/// <c>/metrics</c>, <c>/health/live</c> and <c>/health/ready</c> on a port of their own: never reachable through the
/// API's listener, and answering while that one drains.
/// </summary>
internal sealed class OperationsServer(BeastOptions options, MeterProvider meters, Readiness readiness, IGrainFactory grains) : IHostedService
{
    private static readonly TimeSpan ReadyLimit = TimeSpan.FromSeconds(2);

    private WebApplication? _app;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls($"http://{Bracket(options.BindAddress)}:{options.OperationsPort}");
        builder.Services.AddRoutingCore();
        var app = builder.Build();
        app.UseRouting();
        app.UseOpenTelemetryPrometheusScrapingEndpoint(meters, predicate: null, path: "/metrics", configureBranchedPipeline: null, optionsName: null);

        // Live never looks at the database, a grain or a model: a restart would mend none of them.
        app.MapGet("/health/live", static http => http.Response.WriteAsync("live"));
        app.MapGet("/health/ready", AnswerReadyAsync);
        await app.StartAsync(cancellationToken);
        _app = app;
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (_app is { } app)
        {
            await app.StopAsync(cancellationToken);
            await app.DisposeAsync();
        }
    }

    private async Task AnswerReadyAsync(HttpContext http)
    {
        var why = readiness.WhyNot ?? await AskClusterAsync(http.RequestAborted);
        http.Response.StatusCode = why is null ? 200 : 503;
        await http.Response.WriteAsync(why ?? "ready", http.RequestAborted);
    }

    /// <summary>Ready is when a grain with stored state answers.</summary>
    private async Task<string?> AskClusterAsync(CancellationToken cancellationToken)
    {
        try
        {
            await grains.GetGrain<IPlatformGrain>(GrainKeys.Platform).GetSnapshotAsync().WaitAsync(ReadyLimit, cancellationToken);
            return null;
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            return "the cluster does not answer";
        }
    }

    private static string Bracket(string address) => address.Contains(':', StringComparison.Ordinal) ? $"[{address}]" : address;
}

/// <summary>Whether this process wants traffic: not before it has started, not once it is stopping.</summary>
internal sealed class Readiness(IHostApplicationLifetime lifetime)
{
    public string? WhyNot => lifetime.ApplicationStopping.IsCancellationRequested ? "stopping"
        : lifetime.ApplicationStarted.IsCancellationRequested ? null
        : "starting";
}
