using System.Buffers;
using Microsoft.AspNetCore.Http;

namespace BeastOrleans.Gateway.Forwarding;

/// <summary>
/// Comments that keep a client connected while its whole answer is held back. The first one begins the response, so an
/// answer that comes before it still has its own status and headers; after it an error can only be the stream's last event.
/// </summary>
internal sealed class StreamPings : IDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _pinging;

    private StreamPings(HttpContext http, TimeSpan every, TimeProvider time) => _pinging = PingAsync(http, every, time);

    public static StreamPings Start(HttpContext http, TimeSpan every, TimeProvider time) => new(http, every, time);

    /// <summary>Returns when no ping is being written any more; the response is then the caller's alone.</summary>
    public async ValueTask StopAsync()
    {
        await _stop.CancelAsync();
        await _pinging;
    }

    public void Dispose() => _stop.Dispose();

    private async Task PingAsync(HttpContext http, TimeSpan every, TimeProvider time)
    {
        using var timer = new PeriodicTimer(every, time);
        try
        {
            while (await timer.WaitForNextTickAsync(_stop.Token))
            {
                if (!http.Response.HasStarted)
                {
                    ResponseCommitment.BeginResponse(http.Response);
                    http.Response.Headers[BeastHeaders.RequestId] = RequestId.Of(http);
                }

                http.Response.BodyWriter.Write(": ping\n\n"u8);
                await http.Response.BodyWriter.FlushAsync(http.RequestAborted);
            }
        }
        catch (Exception) when (_stop.IsCancellationRequested || http.RequestAborted.IsCancellationRequested)
        {
            // Stopped, or the client is gone: the forwarder hears of that by itself.
        }
    }
}
