using System.Collections.Concurrent;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace BeastOrleans.ObservabilityTests.Run;

/// <summary>Whom Alertmanager tells, on loopback.</summary>
internal sealed class Webhook : IAsyncDisposable
{
    private readonly WebApplication _app;

    private Webhook(WebApplication app) => _app = app;

    public string Url => _app.Urls.First();

    /// <summary>What came, by the path it came to.</summary>
    public ConcurrentQueue<(string Path, JsonElement Alert)> Alerts { get; } = new();

    public static async Task<Webhook> StartAsync()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        builder.Services.AddRoutingCore();
        var hook = new Webhook(builder.Build());
        hook._app.Run(hook.TakeAsync);
        await hook._app.StartAsync();
        return hook;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task TakeAsync(HttpContext http)
    {
        using var body = await JsonDocument.ParseAsync(http.Request.Body);
        foreach (var alert in body.RootElement.GetProperty("alerts").EnumerateArray())
        {
            Alerts.Enqueue((http.Request.Path.Value!, alert.Clone()));
        }
    }
}
