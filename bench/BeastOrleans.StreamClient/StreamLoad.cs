using System.Diagnostics;
using System.Net.Http.Headers;

namespace BeastOrleans.StreamClient;

/// <summary>
/// So many connections, each asking for one stream after the other (a closed loop). A stream counts when its status
/// was 200 and its last bytes are the terminator: one cut short is an error, as is any other status.
/// </summary>
internal sealed class StreamLoad(Uri url, byte[] body, string? key) : IDisposable
{
    private const int BufferBytes = 16 * 1024;

    private readonly HttpMessageInvoker _http = new(new SocketsHttpHandler { UseProxy = false, UseCookies = false, ActivityHeadersPropagator = null });

    private string? _firstProblem;

    private static ReadOnlySpan<byte> Terminator => "data: [DONE]\n\n"u8;

    public async Task<LoadResult> RunAsync(int connections, TimeSpan duration)
    {
        var startedAt = Stopwatch.GetTimestamp();
        var runs = await Task.WhenAll(Enumerable.Range(0, connections).Select(_ => LoopAsync(startedAt, duration)));
        var elapsed = Stopwatch.GetElapsedTime(startedAt);
        long[] times = [.. runs.SelectMany(run => run.Times).Order()];
        return new LoadResult(times.Length, runs.Sum(run => run.Errors), elapsed, Percentile(times, 0.50), Percentile(times, 0.99), _firstProblem);
    }

    private async Task<(List<long> Times, int Errors)> LoopAsync(long startedAt, TimeSpan duration)
    {
        var buffer = new byte[BufferBytes];
        var times = new List<long>(64 * 1024);
        var errors = 0;
        while (Stopwatch.GetElapsedTime(startedAt) < duration)
        {
            var began = Stopwatch.GetTimestamp();
            if (await TryStreamAsync(buffer))
            {
                times.Add(Stopwatch.GetTimestamp() - began);
            }
            else
            {
                errors++;
            }
        }

        return (times, errors);
    }

    private async Task<bool> TryStreamAsync(byte[] buffer)
    {
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, url) { Content = new ByteArrayContent(body) };
            request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
            request.Headers.Authorization = key is null ? null : new AuthenticationHeaderValue("Bearer", key);
            using var response = await _http.SendAsync(request, CancellationToken.None);
            if ((int)response.StatusCode != 200)
            {
                _firstProblem ??= $"status {(int)response.StatusCode}: {await response.Content.ReadAsStringAsync()}";
                return false;
            }

            await using var stream = await response.Content.ReadAsStreamAsync();
            var kept = 0;
            while (true)
            {
                // The tail of what came before stays in front, so that a terminator in two pieces is seen whole.
                var read = await stream.ReadAsync(buffer.AsMemory(kept));
                if (read == 0)
                {
                    break;
                }

                var end = kept + read;
                kept = Math.Min(Terminator.Length, end);
                buffer.AsSpan(end - kept, kept).CopyTo(buffer);
            }

            if (buffer.AsSpan(0, kept).SequenceEqual(Terminator))
            {
                return true;
            }

            _firstProblem ??= "a stream ended without its terminator";
            return false;
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            _firstProblem ??= e.Message;
            return false;
        }
    }

    private static TimeSpan Percentile(long[] sorted, double part) =>
        sorted.Length == 0 ? TimeSpan.Zero : Stopwatch.GetElapsedTime(0, sorted[(int)((sorted.Length - 1) * part)]);

    public void Dispose() => _http.Dispose();
}
