using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text.Json;
using BeastOrleans.Testing;

namespace BeastOrleans.Survival;

/// <summary>The gateway under test over all its lives: one directory, one set of ports, one process after another.</summary>
internal sealed class Gateway : IAsyncDisposable
{
    private readonly int[] _ports = BeastServer.FreePorts(4);
    private readonly SocketsHttpHandler _handler = new() { UseProxy = false, UseCookies = false };
    private readonly string _directory;
    private Child? _child;

    public Gateway(string directory)
    {
        _directory = directory;
        Http = new HttpClient(_handler) { BaseAddress = new Uri(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{_ports[0]}")), Timeout = TimeSpan.FromSeconds(30) };
    }

    public string AdminKey { get; } = Convert.ToHexString(RandomNumberGenerator.GetBytes(32));

    public HttpClient Http { get; }

    public string DataDirectory => Path.Combine(_directory, "data");

    public string Log => _child?.Log ?? "";

    public async Task StartAsync()
    {
        var child = Child.Start(
            _directory,
            "BeastOrleans.Host.dll",
            string.Create(CultureInfo.InvariantCulture, $"--urls=http://127.0.0.1:{_ports[0]}"),
            string.Create(CultureInfo.InvariantCulture, $"--Beast:OperationsPort={_ports[1]}"),
            string.Create(CultureInfo.InvariantCulture, $"--Beast:SiloPort={_ports[2]}"),
            string.Create(CultureInfo.InvariantCulture, $"--Beast:ClientGatewayPort={_ports[3]}"),
            $"--Beast:DataDirectory={DataDirectory}",
            $"--Beast:AdminKey={AdminKey}");
        _child = child;
        await Eventually.IsTrueAsync("the gateway listens", async () => child.HasExited ? throw new InvalidOperationException(child.Log) : await IsListeningAsync(), TimeSpan.FromSeconds(90));
    }

    public Task KillAsync() => _child!.KillAsync();

    public Task<int> TerminateAsync() => _child!.TerminateAsync();

    public async Task<JsonElement> SendAsync(HttpMethod method, string path, string key, object body)
    {
        using var request = new HttpRequestMessage(method, path) { Content = JsonContent.Create(body) };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        using var response = await Http.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();
        return response.IsSuccessStatusCode
            ? text.Length == 0 ? default : JsonSerializer.Deserialize<JsonElement>(text)
            : throw new InvalidOperationException($"{method} {path}: {(int)response.StatusCode} {text}");
    }

    public async ValueTask DisposeAsync()
    {
        if (_child is { } child)
        {
            await child.DisposeAsync();
        }

        Http.Dispose();
        _handler.Dispose();
    }

    private async Task<bool> IsListeningAsync()
    {
        try
        {
            using var response = await Http.GetAsync(new Uri("/v1/models", UriKind.Relative));
            return response.StatusCode == HttpStatusCode.Unauthorized;
        }
        catch (HttpRequestException)
        {
            // Nobody listens yet.
            return false;
        }
    }
}
