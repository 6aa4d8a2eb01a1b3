using System.Text.Json;
using BeastOrleans.Host.Startup;
using BeastOrleans.Simulator;

namespace BeastOrleans.Host.Demo;

/// <summary>
/// The real gateway with simulated models: a tenant, a key, a custom model and two providers, all registered through
/// the API as a user would. Its data directory is made anew every time.
/// </summary>
internal sealed class DemoSetup : IAsyncDisposable
{
    private const string DirectoryName = "data/demo";
    private const int CustomPort = 9001;

    private readonly List<SimulatorServer> _simulators = [];

    private DemoSetup(BeastHost host) => Host = host;

    public BeastHost Host { get; }

    /// <summary>What to try, as it stands.</summary>
    public string Text { get; private set; } = "";

    public static async Task<DemoSetup> StartAsync(string[] args, CancellationToken stop)
    {
        var directory = Path.GetFullPath(DirectoryName);
        if (Directory.Exists(directory))
        {
            // Made anew, but not under a demo that is running there: its lock says so.
            DataDirectory.Open(directory).Dispose();
            Directory.Delete(directory, recursive: true);
        }

        var host = BeastHost.Build([$"--Beast:DataDirectory={directory}", .. args]);
        var demo = new DemoSetup(host);
        try
        {
            await demo.StartSimulatorsAsync(stop);
            await Commands.StartAsync(host, stop);
            await demo.RegisterAsync(directory, stop);
            return demo;
        }
        catch
        {
            await demo.DisposeAsync();
            throw;
        }
    }

    private async Task StartSimulatorsAsync(CancellationToken stop)
    {
        try
        {
            _simulators.Add(await SimulatorServer.StartAsync(new SimulatorOptions { Port = CustomPort, Models = ["llama-3"] }, stop));
        }
        catch (IOException e)
        {
            throw new StartupException($"Port {CustomPort}, where the demo's simulated custom model listens, is taken.", e);
        }

        _simulators.Add(await SimulatorServer.StartAsync(new SimulatorOptions { Models = ["gpt-4"], DefaultBehavior = new() { LatencyMs = 120 } }, stop));
        _simulators.Add(await SimulatorServer.StartAsync(new SimulatorOptions { Models = ["claude-sonnet-4-5"], DefaultBehavior = new() { LatencyMs = 120 } }, stop));
    }

    private async Task RegisterAsync(string directory, CancellationToken stop)
    {
        var url = Host.Urls.Split(';')[0].TrimEnd('/');
        using var handler = new SocketsHttpHandler();
        using var http = new HttpClient(handler) { BaseAddress = new Uri(url) };
        var adminKey = Host.Configuration["Beast:AdminKey"] ?? await Commands.EnsureAdminKeyAsync(Host, reset: true);
        await SendAsync(http, HttpMethod.Post, "/admin/v1/tenants", adminKey!, new { id = "demo" }, stop);
        var created = await SendAsync(http, HttpMethod.Post, "/admin/v1/keys", adminKey!, new { tenant = "demo" }, stop);
        var key = created.GetProperty("key").GetString()!;

        // The seed's prices: a thousand tokens at $0.001 on one's own model against $0.03 at the provider.
        await SendAsync(http, HttpMethod.Put, "/admin/v1/prices", adminKey!, new { model = "openai:gpt-4", inputPerMTok = 30, outputPerMTok = 30 }, stop);
        await SendAsync(http, HttpMethod.Post, "/api/models/custom", key, new
        {
            name = "my-model",
            baseUrl = _simulators[0].BaseUrl + "/v1",
            model = "llama-3",
            price = new { inputPerMTok = 1.0, outputPerMTok = 1.0 },
        }, stop);
        await SendAsync(http, HttpMethod.Put, "/api/providers/openai/key", key, new { apiKey = "sk-simulated-openai", baseUrl = _simulators[1].BaseUrl + "/v1" }, stop);
        await SendAsync(http, HttpMethod.Put, "/api/providers/anthropic/key", key, new { apiKey = "sk-simulated-anthropic", baseUrl = _simulators[2].BaseUrl }, stop);

        var keyFile = Path.Combine(directory, "key");
        await File.WriteAllTextAsync(keyFile, key, stop);
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(keyFile, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }

        Text = DemoText.For(url, key, adminKey!, _simulators[0].BaseUrl);
    }

    private static async Task<JsonElement> SendAsync(HttpClient http, HttpMethod method, string path, string key, object body, CancellationToken stop)
    {
        using var request = new HttpRequestMessage(method, path) { Content = System.Net.Http.Json.JsonContent.Create(body) };
        request.Headers.Authorization = new("Bearer", key);
        using var response = await http.SendAsync(request, stop);
        var text = await response.Content.ReadAsStringAsync(stop);
        return response.IsSuccessStatusCode
            ? text.Length == 0 ? default : JsonSerializer.Deserialize<JsonElement>(text)
            : throw new StartupException($"The demo could not be set up: {method} {path} answered {(int)response.StatusCode} {text}");
    }

    public async ValueTask DisposeAsync()
    {
        await Host.DisposeAsync();
        foreach (var simulator in _simulators)
        {
            await simulator.DisposeAsync();
        }
    }
}
