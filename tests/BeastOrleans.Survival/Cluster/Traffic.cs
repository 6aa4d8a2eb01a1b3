using System.Collections.Concurrent;
using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.Sockets;
using BeastOrleans.Survival.Fleet;

namespace BeastOrleans.Survival.Cluster;

/// <summary>So many requests a second whatever becomes of them, half of them streams, over the fronts that a load balancer sees ready.</summary>
internal sealed class Traffic(LoadBalancer balancer, string key, int users, int perSecond)
{
    private readonly ConcurrentQueue<Asked> _asked = new();
    private readonly ConcurrentDictionary<Task, byte> _running = new();
    private long _startedAt;

    public IReadOnlyCollection<Asked> Asked => _asked;

    public TimeSpan Now => TimeProvider.System.GetElapsedTime(_startedAt);

    /// <summary>Returns when it was stopped and the last request has ended.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        _startedAt = TimeProvider.System.GetTimestamp();
        var sent = 0;
        using var pace = new PeriodicTimer(TimeSpan.FromMilliseconds(10));
        try
        {
            while (await pace.WaitForNextTickAsync(stop))
            {
                for (var due = (int)(Now.TotalSeconds * perSecond); sent < due; sent++)
                {
                    var task = AskAsync(sent);
                    _running[task] = 0;
                    _ = task.ContinueWith(t => _running.TryRemove(t, out _), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
                }
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The scenario is over.
        }

        await Task.WhenAll(_running.Keys);
    }

    private async Task AskAsync(int number)
    {
        var streamed = number % 2 == 0;
        var user = number % users;
        var startedAt = TimeProvider.System.GetTimestamp();
        var tried = new List<Node>();
        string? requestId = null;
        string? problem;
        while (true)
        {
            if (balancer.Pick(tried) is not { } front)
            {
                problem = "no front is ready";
                break;
            }

            tried.Add(front);
            front.Enter();
            try
            {
                using var request = Request(user, streamed);
                using var response = await front.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
                requestId = response.Headers.TryGetValues("x-beast-request-id", out var ids) ? ids.First() : null;
                var text = await response.Content.ReadAsStringAsync();
                problem = !response.IsSuccessStatusCode ? string.Create(CultureInfo.InvariantCulture, $"{(int)response.StatusCode} {Code(text)}")
                    : streamed && !text.EndsWith("data: [DONE]\n\n", StringComparison.Ordinal) ? "stream ended early: " + text[^Math.Min(text.Length, 120)..].ReplaceLineEndings(" ")
                    : null;
                break;
            }
            catch (HttpRequestException e) when (e.InnerException is SocketException { SocketErrorCode: SocketError.ConnectionRefused })
            {
                // Nothing was sent: any load balancer goes to the next one.
            }
            catch (Exception e) when (e is HttpRequestException or IOException or OperationCanceledException)
            {
                problem = e is OperationCanceledException ? "no answer within 30 s" : "connection lost";
                break;
            }
            finally
            {
                front.Leave();
            }
        }

        _asked.Enqueue(new Asked(user, tried.LastOrDefault()?.Name ?? "-", streamed, Now, TimeProvider.System.GetElapsedTime(startedAt), requestId, problem));
    }

    private static string Code(string body)
    {
        var at = body.IndexOf("\"message\":\"", StringComparison.Ordinal);
        return at < 0 ? body[..Math.Min(body.Length, 80)] : body[(at + 11)..Math.Min(body.Length, at + 131)];
    }

    private HttpRequestMessage Request(int user, bool streamed)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        request.Headers.Add("x-beast-user", "u" + user.ToString(CultureInfo.InvariantCulture));
        request.Content = JsonContent.Create(new
        {
            model = "custom:good",
            stream = streamed,
            max_tokens = 64,
            messages = new[] { new { role = "user", content = "Tell me of the sea." } },
        });
        return request;
    }
}
