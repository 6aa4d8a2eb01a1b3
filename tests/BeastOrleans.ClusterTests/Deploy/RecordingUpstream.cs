using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;

namespace BeastOrleans.ClusterTests.Deploy;

/// <summary>In a gateway's place: writes down what nginx sent, and answers or hangs up.</summary>
internal sealed class RecordingUpstream : IAsyncDisposable
{
    private readonly WebApplication _app;

    private RecordingUpstream(WebApplication app) => _app = app;

    public ConcurrentQueue<Seen> Requests { get; } = new();

    public int Port => new Uri(_app.Urls.First()).Port;

    /// <param name="hangsUp">Takes the request whole, then cuts the connection instead of answering.</param>
    public static async Task<RecordingUpstream> StartAsync(bool hangsUp = false)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        var app = builder.Build();
        var upstream = new RecordingUpstream(app);
        app.Run(async http =>
        {
            await http.Request.Body.CopyToAsync(Stream.Null);
            upstream.Requests.Enqueue(new Seen(
                http.Request.Method,
                http.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget,
                http.Request.Protocol,
                http.Connection.Id,
                http.Request.Headers.ToDictionary(h => h.Key, h => h.Value.ToString(), StringComparer.OrdinalIgnoreCase)));
            if (hangsUp)
            {
                http.Abort();
            }
        });
        await app.StartAsync();
        return upstream;
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
    }

    internal sealed record Seen(string Method, string Target, string Protocol, string Connection, IReadOnlyDictionary<string, string> Headers);
}
