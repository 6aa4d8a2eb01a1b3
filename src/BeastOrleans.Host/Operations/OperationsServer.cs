using BeastOrleans.Host.Settings;
using OpenTelemetry.Metrics;

namespace BeastOrleans.Host.Operations;

/// <summary>
/// <c>/metrics</c>, <c>/health/live</c> and <c>/health/ready</c> on a port of their own: never reachable through the
/// API's listener, and answering while that one drains.
/// </summary>
internal sealed class OperationsServer(BeastOptions options, MeterProvider meters, Readiness readiness) : IHostedService
{
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
        var why = await readiness.AskAsync(http.RequestAborted);
        http.Response.StatusCode = why is null ? 200 : 503;
        await http.Response.WriteAsync(why ?? "ready", http.RequestAborted);
    }

    private static string Bracket(string address) => address.Contains(':', StringComparison.Ordinal) ? $"[{address}]" : address;
}
