using System.Net;
using System.Text;
using System.Text.Json;
using BeastOrleans.Simulator;

namespace BeastOrleans.UnitTests.Simulator;

/// <summary>A simulator on a free port with an HTTP client that hides nothing: no redirects, no decompression.</summary>
internal sealed class SimulatorClient : IAsyncDisposable
{
    public const string Chat = "/v1/chat/completions";
    public const string Messages = "/v1/messages";
    private readonly HttpClient _http;

    private SimulatorClient(SimulatorServer server)
    {
        Server = server;
        var handler = new SocketsHttpHandler { AllowAutoRedirect = false, MaxResponseHeadersLength = 120, ResponseDrainTimeout = TimeSpan.Zero };
        _http = new HttpClient(handler) { BaseAddress = new Uri(server.BaseUrl) };
    }

    public SimulatorServer Server { get; }

    /// <summary>Ends a test that would hang; never reached by one that passes.</summary>
    public static CancellationToken Deadline => new CancellationTokenSource(TimeSpan.FromSeconds(20)).Token;

    public static async Task<SimulatorClient> StartAsync(SimulatorOptions? options = null) =>
        new(await SimulatorServer.StartAsync(options));

    public static string Body(bool stream = false, string model = "m1", string extra = "") =>
        $$"""{"model":"{{model}}","max_tokens":100,"stream":{{(stream ? "true" : "false")}},"messages":[{"role":"user","content":"one two three"}]{{extra}}}""";

    public Task<HttpResponseMessage> SendAsync(string path, string body, string? sim = null, CancellationToken cancellationToken = default)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        if (sim is not null)
        {
            request.Headers.Add("x-sim", sim);
        }

        return _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken.CanBeCanceled ? cancellationToken : Deadline);
    }

    public Task<HttpResponseMessage> SendAsync(HttpRequestMessage request) => _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Deadline);

    public async Task<(HttpStatusCode Status, string Text)> PostAsync(string path, string body, string? sim = null)
    {
        using var response = await SendAsync(path, body, sim);
        return (response.StatusCode, await response.Content.ReadAsStringAsync(Deadline));
    }

    public async Task<(HttpStatusCode Status, string Text)> CallAsync(HttpMethod method, string path, string? body = null)
    {
        using var request = new HttpRequestMessage(method, path);
        request.Content = body is null ? null : new StringContent(body);
        using var response = await SendAsync(request);
        return (response.StatusCode, await response.Content.ReadAsStringAsync(Deadline));
    }

    /// <summary>What arrived, and the error that ended it; null for a clean end.</summary>
    public async Task<(string Text, HttpIOException? Error)> ReadUntilBrokenAsync(string path, string body, string sim)
    {
        using var response = await SendAsync(path, body, sim);
        await using var stream = await response.Content.ReadAsStreamAsync(Deadline);
        using var received = new MemoryStream();
        var buffer = new byte[4096];
        try
        {
            int count;
            while ((count = await stream.ReadAsync(buffer, Deadline)) > 0)
            {
                received.Write(buffer, 0, count);
            }

            return (Encoding.UTF8.GetString(received.ToArray()), null);
        }
        catch (HttpIOException exception)
        {
            return (Encoding.UTF8.GetString(received.ToArray()), exception);
        }
        catch (IOException exception)
        {
            return (Encoding.UTF8.GetString(received.ToArray()), new HttpIOException(HttpRequestError.Unknown, exception.Message, exception));
        }
    }

    public static string[] Data(string stream) =>
        stream.Split('\n').Where(line => line.StartsWith("data: ", StringComparison.Ordinal)).Select(line => line["data: ".Length..]).ToArray();

    public static string[] EventNames(string stream) =>
        stream.Split('\n').Where(line => line.StartsWith("event: ", StringComparison.Ordinal)).Select(line => line["event: ".Length..]).ToArray();

    public static JsonElement Json(string text) => JsonSerializer.Deserialize<JsonElement>(text);

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await Server.DisposeAsync();
    }
}
