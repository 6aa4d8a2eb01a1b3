using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;

namespace BeastOrleans.ClusterTests.Deploy;

/// <summary>In a gateway's place: writes down what nginx sent, and does what a test wants of it.</summary>
internal sealed class RecordingUpstream : IAsyncDisposable
{
    private readonly WebApplication _app;

    private RecordingUpstream(WebApplication app) => _app = app;

    public ConcurrentQueue<Seen> Requests { get; } = new();

    public int Port => new Uri(_app.Urls.First()).Port;

    /// <param name="answer">Once the request has been read whole; null = 200, empty.</param>
    /// <param name="onBegin">At a request's head, before its body.</param>
    public static async Task<RecordingUpstream> StartAsync(RequestDelegate? answer = null, Action? onBegin = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        var app = builder.Build();
        var upstream = new RecordingUpstream(app);
        app.Run(async http =>
        {
            onBegin?.Invoke();
            await http.Request.Body.CopyToAsync(Stream.Null);
            upstream.Requests.Enqueue(new Seen(
                http.Request.Method,
                http.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget,
                http.Request.Protocol,
                http.Connection.Id,
                http.Request.Headers.ToDictionary(h => h.Key, h => h.Value.ToString(), StringComparer.OrdinalIgnoreCase)));
            if (answer is not null)
            {
                await answer(http);
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
