using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using BeastOrleans.Survival.Fleet;

namespace BeastOrleans.Survival.Ledger;

/// <summary>Requests, each told apart by a number that its tag carries to the ledger and its <c>user</c> to the upstream.</summary>
/// <param name="rich">The key of a user without a budget of its own.</param>
/// <param name="poor">The key of one whose budget does not last; it asks every tenth time.</param>
internal sealed class Workload(ProcessFleet fleet, string rich, string poor, int requests)
{
    private const int Workers = 24;

    // A gateway may still be at a request that its client has given up: it counts as under way a little longer.
    private static readonly TimeSpan Afterglow = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan WhileNobodyIsUp = TimeSpan.FromMilliseconds(20);

    private int _next;
    private int _underWay;

    /// <summary>Answered with 2xx and read to the end.</summary>
    public ConcurrentDictionary<int, bool> Finished { get; } = new();

    public int Broken;

    public int Aborted;

    /// <summary>402.</summary>
    public int Refused;

    /// <summary>Any other answer than 2xx.</summary>
    public int Failed;

    /// <summary>Every tenth request is the poor user's.</summary>
    public static bool IsPoor(int number) => number % 10 == 9;

    public int Started => Math.Min(requests, Volatile.Read(ref _next));

    public int UnderWay => Volatile.Read(ref _underWay);

    public bool IsDone => Volatile.Read(ref _next) >= requests && UnderWay == 0;

    public Task RunAsync() => Task.WhenAll(Enumerable.Range(0, Workers).Select(_ => WorkAsync()));

    private async Task WorkAsync()
    {
        while (true)
        {
            // No request starts while nobody is known to be up: it would only be refused.
            if (fleet.PickFront() is not { } front)
            {
                await Task.Delay(WhileNobodyIsUp);
                continue;
            }

            var number = Interlocked.Increment(ref _next) - 1;
            if (number >= requests)
            {
                return;
            }

            Interlocked.Increment(ref _underWay);
            front.Enter();
            try
            {
                await AskAsync(front.Http, number);
            }
            catch (Exception e) when (e is HttpRequestException or IOException or OperationCanceledException)
            {
                // Killed under its hands, or given up by itself.
                Interlocked.Increment(ref Broken);
                await Task.Delay(Afterglow);
            }
            finally
            {
                front.Leave();
                Interlocked.Decrement(ref _underWay);
            }
        }
    }

    private async Task AskAsync(HttpClient http, int number)
    {
        var name = "n" + number.ToString(CultureInfo.InvariantCulture);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", IsPoor(number) ? poor : rich);
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

        using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, patience.Token);
        var text = await response.Content.ReadAsStringAsync(patience.Token);
        var whole = number % 2 == 0 ? text.EndsWith("data: [DONE]\n\n", StringComparison.Ordinal) : text.Length > 0;
        switch (response.StatusCode)
        {
            case HttpStatusCode.OK when whole:
                Finished[number] = true;
                break;
            case HttpStatusCode.PaymentRequired:
                Interlocked.Increment(ref Refused);
                break;
            case not HttpStatusCode.OK:
                Interlocked.Increment(ref Failed);
                break;
            default:
                // A stream that ended early: the gateway under it was killed.
                Interlocked.Increment(ref Broken);
                break;
        }
    }
}
