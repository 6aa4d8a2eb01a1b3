using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;

namespace BeastOrleans.Survival;

/// <summary>Requests, each told apart by a number that its tag carries to the ledger and its <c>user</c> to the upstream.</summary>
internal sealed class Workload(Gateway gateway, string key, int requests)
{
    private const int Workers = 24;

    // A gateway may still be at a request that its client has given up: it counts as under way a little longer.
    private static readonly TimeSpan Afterglow = TimeSpan.FromSeconds(1);

    private int _next;
    private int _underWay;
    private volatile TaskCompletionSource _up = Completed();

    /// <summary>Answered with 2xx and read to the end.</summary>
    public ConcurrentDictionary<int, bool> Finished { get; } = new();

    public int Broken;

    public int Aborted;

    public int Started => Math.Min(requests, Volatile.Read(ref _next));

    public int UnderWay => Volatile.Read(ref _underWay);

    public bool IsDone => Volatile.Read(ref _next) >= requests && UnderWay == 0;

    public Task RunAsync() => Task.WhenAll(Enumerable.Range(0, Workers).Select(_ => WorkAsync()));

    /// <summary>No request starts while the gateway is known to be away: it would only be refused.</summary>
    public void Pause() => _up = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Resume() => _up.TrySetResult();

    private async Task WorkAsync()
    {
        while (true)
        {
            await _up.Task;
            var number = Interlocked.Increment(ref _next) - 1;
            if (number >= requests)
            {
                return;
            }

            Interlocked.Increment(ref _underWay);
            try
            {
                await AskAsync(number);
            }
            catch (Exception e) when (e is HttpRequestException or IOException or OperationCanceledException)
            {
                // Killed under its hands, or given up by itself.
                Interlocked.Increment(ref Broken);
                await Task.Delay(Afterglow);
            }
            finally
            {
                Interlocked.Decrement(ref _underWay);
            }
        }
    }

    private async Task AskAsync(int number)
    {
        var name = "n" + number.ToString(CultureInfo.InvariantCulture);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        request.Headers.Add("x-beast-tags", name);
        request.Content = JsonContent.Create(new
        {
            model = number % 20 == 7 ? "custom:faulty" : "custom:good",
            stream = number % 2 == 0,
            user = name,
            max_tokens = 64,
            messages = new[] { new { role = "user", content = "Tell me of " + new string('x', number % 50) } },
        });
        using var patience = new CancellationTokenSource();
        if (number % 10 == 3)
        {
            Interlocked.Increment(ref Aborted);
            patience.CancelAfter(TimeSpan.FromMilliseconds(20 + (number % 7 * 20)));
        }

        using var response = await gateway.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, patience.Token);
        var text = await response.Content.ReadAsStringAsync(patience.Token);
        var whole = number % 2 == 0 ? text.EndsWith("data: [DONE]\n\n", StringComparison.Ordinal) : text.Length > 0;
        if (response.StatusCode == HttpStatusCode.OK && whole)
        {
            Finished[number] = true;
        }
    }

    private static TaskCompletionSource Completed()
    {
        var source = new TaskCompletionSource();
        source.SetResult();
        return source;
    }
}
