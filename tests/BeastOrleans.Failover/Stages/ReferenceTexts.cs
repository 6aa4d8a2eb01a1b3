using System.Net.Http.Json;
using System.Text.Json;
using BeastOrleans.Simulator;

namespace BeastOrleans.Failover.Stages;

/// <summary>The right answers, asked of a simulator that nobody breaks: what the client got is compared with them word by word.</summary>
internal sealed class ReferenceTexts : IAsyncDisposable
{
    public const string PrimaryModel = "llama-3";
    public const string FallbackModel = "gpt-4";

    private readonly SimulatorServer _simulator;
    private readonly SocketsHttpHandler _handler = new() { UseProxy = false };
    private readonly HttpClient _http;

    private ReferenceTexts(SimulatorServer simulator)
    {
        _simulator = simulator;
        _http = new HttpClient(_handler) { BaseAddress = new Uri(simulator.BaseUrl) };
    }

    public static async Task<ReferenceTexts> StartAsync() => new(await SimulatorServer.StartAsync());

    /// <param name="model">As the upstream is asked for it.</param>
    /// <param name="tokens">Words of the answer; null = the simulator's default.</param>
    public async Task<string> ReadAsync(string model, int? tokens = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions")
        {
            Content = JsonContent.Create(new { model, messages = new[] { new { role = "user", content = "Hello" } } }),
        };
        if (tokens is not null)
        {
            request.Headers.Add("x-sim", JsonSerializer.Serialize(new { tokens }));
        }

        using var response = await _http.SendAsync(request);
        var answer = await response.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<JsonElement>();
        return answer.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString()!;
    }

    /// <summary>The text of a stream whose nth content event was lost.</summary>
    public static string Without(string text, int index)
    {
        var words = text.Split(' ');
        return string.Concat(words.Select((word, i) => i == index ? "" : i == 0 ? word : " " + word));
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        _handler.Dispose();
        await _simulator.DisposeAsync();
    }
}
