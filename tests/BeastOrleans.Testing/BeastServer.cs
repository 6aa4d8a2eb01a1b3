using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json;
using BeastOrleans.Contracts.Identity;
using BeastOrleans.Contracts.Tenants;
using BeastOrleans.Host;
using Microsoft.Extensions.DependencyInjection;

namespace BeastOrleans.Testing;

/// <summary>The whole product in this process, as the executable builds it: real Kestrel, real silo, real SQLite, free ports.</summary>
public sealed class BeastServer : IAsyncDisposable
{
    private readonly SocketsHttpHandler _handler = new() { UseCookies = false };
    private readonly bool _ownsDirectory;
    private BeastHost? _host;

    private BeastServer(string dataDirectory, bool ownsDirectory, BeastHost host, int operationsPort, string adminKey)
    {
        DataDirectory = dataDirectory;
        _ownsDirectory = ownsDirectory;
        _host = host;
        Url = new Uri(host.Urls);
        OperationsUrl = new Uri($"http://127.0.0.1:{operationsPort}");
        AdminKey = adminKey;
        Http = new HttpClient(_handler) { BaseAddress = Url, Timeout = TimeSpan.FromSeconds(100) };
    }

    public Uri Url { get; }

    public Uri OperationsUrl { get; }

    public string DataDirectory { get; }

    public string AdminKey { get; }

    /// <summary>Carries no key: each call names its own.</summary>
    public HttpClient Http { get; }

    public IServiceProvider Services => _host!.App.Services;

    /// <param name="dataDirectory">Null = a temporary one, deleted at the end.</param>
    /// <param name="settings">E.g. <c>--Beast:AttemptSeconds=0.5</c>.</param>
    public static async Task<BeastServer> StartAsync(string? dataDirectory = null, params string[] settings)
    {
        var directory = dataDirectory ?? Path.Combine(Path.GetTempPath(), "beast-" + Guid.NewGuid().ToString("N"));
        var ports = FreePorts(4);
        var host = BeastHost.Build(
        [
            $"--urls=http://127.0.0.1:{ports[0]}",
            $"--Beast:OperationsPort={ports[1]}",
            $"--Beast:SiloPort={ports[2]}",
            $"--Beast:ClientGatewayPort={ports[3]}",
            $"--Beast:DataDirectory={directory}",
            .. settings,
        ]);
        try
        {
            await host.App.StartAsync();
            var key = await host.App.Services.GetRequiredService<IGrainFactory>()
                .GetGrain<IPlatformGrain>(GrainKeys.Platform).EnsureAdminKeyAsync(reset: true);
            return new BeastServer(directory, dataDirectory is null, host, ports[1], key!);
        }
        catch
        {
            await host.DisposeAsync();
            throw;
        }
    }

    /// <summary>Sends JSON under a key and reads the answer whole.</summary>
    public async Task<ApiAnswer> SendAsync(
        HttpMethod method, string path, string? key, object? body = null, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, path);
        if (body is not null)
        {
            request.Content = body is string text ? new StringContent(text) : JsonContent.Create(body);
        }

        if (key is not null)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        }

        foreach (var (name, value) in headers)
        {
            request.Headers.Add(name, value);
        }

        using var response = await Http.SendAsync(request);
        return await ApiAnswer.ReadAsync(response);
    }

    public Task<ApiAnswer> AdminAsync(HttpMethod method, string path, object? body = null) => SendAsync(method, path, AdminKey, body);

    /// <summary>A new tenant with a key, under a name of its own: tests share a server, never a tenant.</summary>
    public async Task<TestTenant> CreateTenantAsync(string? user = null)
    {
        var id = "t" + Guid.NewGuid().ToString("N")[..12];
        (await AdminAsync(HttpMethod.Post, "/admin/v1/tenants", new { id })).Require(HttpStatusCode.Created);
        return new TestTenant(this, id, await CreateKeyAsync(new { tenant = id, user }));
    }

    public async Task<string> CreateKeyAsync(object body)
    {
        var answer = (await AdminAsync(HttpMethod.Post, "/admin/v1/keys", body)).Require(HttpStatusCode.Created);
        return answer.Json.GetProperty("key").GetString()!;
    }

    /// <summary>A clean stop, as SIGTERM makes it; the data stays.</summary>
    public async Task StopAsync()
    {
        if (_host is { } host)
        {
            _host = null;
            await host.App.StopAsync();
            await host.DisposeAsync();
        }
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        _handler.Dispose();
        await StopAsync();
        if (_ownsDirectory && Directory.Exists(DataDirectory))
        {
            Directory.Delete(DataDirectory, recursive: true);
        }
    }

    // All are held at once, so that they differ; another process could take one in between, which a rerun shows.
    public static int[] FreePorts(int count)
    {
        var listeners = new TcpListener[count];
        for (var i = 0; i < count; i++)
        {
            listeners[i] = new TcpListener(IPAddress.Loopback, 0);
            listeners[i].Start();
        }

        var ports = Array.ConvertAll(listeners, l => ((IPEndPoint)l.LocalEndpoint).Port);
        Array.ForEach(listeners, l => l.Stop());
        return ports;
    }
}

/// <summary>A tenant made for one test.</summary>
public sealed record TestTenant(BeastServer Server, string Id, string Key)
{
    public Task<ApiAnswer> SendAsync(HttpMethod method, string path, object? body = null, params (string Name, string Value)[] headers) =>
        Server.SendAsync(method, path, Key, body, headers);

    public Task<ApiAnswer> ChatAsync(string? model = "auto", params (string Name, string Value)[] headers) =>
        SendAsync(HttpMethod.Post, "/v1/chat/completions", new { model, messages = new[] { new { role = "user", content = "Hello" } } }, headers);

    /// <summary>Registers a custom model; <paramref name="more"/> overrides or adds fields.</summary>
    public async Task RegisterModelAsync(string name, string baseUrl, object? more = null)
    {
        var body = new Dictionary<string, object?> { ["name"] = name, ["baseUrl"] = baseUrl };
        foreach (var property in more?.GetType().GetProperties() ?? [])
        {
            body[property.Name] = property.GetValue(more);
        }

        (await SendAsync(HttpMethod.Post, "/api/models/custom", body)).Require(HttpStatusCode.Created);
    }

    public async Task PutProviderAsync(string provider, string baseUrl, string apiKey = "sk-simulated-0123456789") =>
        (await SendAsync(HttpMethod.Put, $"/api/providers/{provider}/key", new { apiKey, baseUrl })).Require(HttpStatusCode.NoContent);
}

/// <summary>An answer read whole.</summary>
public sealed record ApiAnswer(HttpStatusCode Status, string Text, IReadOnlyDictionary<string, string> Headers)
{
    public JsonElement Json => JsonSerializer.Deserialize<JsonElement>(Text);

    /// <summary>The header's value; null when it is absent.</summary>
    public string? Header(string name) => Headers.GetValueOrDefault(name);

    public ApiAnswer Require(HttpStatusCode status) => Status == status
        ? this
        : throw new InvalidOperationException($"Expected {(int)status}, got {(int)Status}: {Text}");

    public static async Task<ApiAnswer> ReadAsync(HttpResponseMessage response)
    {
        var headers = response.Headers.Concat(response.Content.Headers)
            .ToDictionary(h => h.Key, h => string.Join(",", h.Value), StringComparer.OrdinalIgnoreCase);
        return new ApiAnswer(response.StatusCode, await response.Content.ReadAsStringAsync(), headers);
    }
}
