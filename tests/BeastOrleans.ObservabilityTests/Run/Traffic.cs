using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.RegularExpressions;
using BeastOrleans.GatewayTests.Process;
using BeastOrleans.Simulator;
using BeastOrleans.Testing;
using Microsoft.Data.Sqlite;

namespace BeastOrleans.ObservabilityTests.Run;

/// <summary>
/// Two real processes and everything that can happen to their requests: answers, fallbacks for each reason, open circuits, refusals,
/// limits, budgets, clients that leave, a database that is locked.
/// </summary>
internal sealed partial class Traffic : IAsyncDisposable
{
    private readonly WorkingDirectory _directory = new();
    private readonly List<SimulatorServer> _simulators = [];
    private readonly List<HostProcess> _hosts = [];
    private readonly List<HttpResponseMessage> _feeds = [];
    private string _admin = "";
    private string _key = "";
    private string _limitedKey = "";
    private string _poorKey = "";
    private string _secondKey = "";

    /// <summary>host:port of each process's metrics.</summary>
    public List<string> Targets { get; } = [];

    public async Task StartAsync()
    {
        var well = await SimulateAsync(new() { LatencyMs = 15 });
        var provider = await SimulateAsync(new() { LatencyMs = 60 });
        var sick = await SimulateAsync(new() { Status = 500 });
        var busy = await SimulateAsync(new() { Status = 429, RetryAfter = "30" });
        var silent = await SimulateAsync(new() { Hang = true });
        var refusing = await SimulateAsync(new() { Status = 401 });
        var slow = await SimulateAsync(new() { InterTokenMs = 400, Tokens = 50 });
        var host = await StartHostAsync("first");
        _admin = AdminKey().Match(host.Output).Value;
        _key = await TenantAsync(host, _admin, "acme");
        _limitedKey = await KeyAsync(host, _admin, "acme", "hurried");
        _poorKey = await KeyAsync(host, _admin, "acme", "poor");
        await RegisterAsync(host, _key, "own", well.BaseUrl);
        await RegisterAsync(host, _key, "sick", sick.BaseUrl);
        await RegisterAsync(host, _key, "busy", busy.BaseUrl);
        await RegisterAsync(host, _key, "silent", silent.BaseUrl, new { attemptSeconds = 0.3, firstContentSeconds = 0.3, idleSeconds = 5 });
        await RegisterAsync(host, _key, "unpaid", refusing.BaseUrl);
        await RegisterAsync(host, _key, "slow", slow.BaseUrl);
        await RegisterAsync(host, _key, "gone", string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{BeastServer.FreePorts(1)[0]}"));
        await RegisterAsync(host, _key, "shut", well.BaseUrl);
        await PutProviderAsync(host, _key, provider.BaseUrl);
        (await host.SendAsync(HttpMethod.Put, "/admin/v1/limits/user:acme/hurried", _admin, new { requestsPerMinute = 1 })).Require(HttpStatusCode.OK);
        (await host.SendAsync(HttpMethod.Put, "/admin/v1/budgets/user:acme/poor", _admin, new { limitUsd = "0.000000001", period = "total" })).Require(HttpStatusCode.OK);
        await OpenFeedAsync(host, _key);

        // After one request, so that the process knows the endpoint whose circuit an operator opens.
        await ChatAsync(host, _key, "custom:shut");
        (await host.SendAsync(HttpMethod.Post, "/admin/v1/endpoints/custom:shut/circuit?tenant=acme", _admin, new { action = "isolate" })).Require(HttpStatusCode.OK);

        var second = await StartHostAsync("second");
        var admin = AdminKey().Match(second.Output).Value;
        _secondKey = await TenantAsync(second, admin, "beta");
        await RegisterAsync(second, _secondKey, "own", well.BaseUrl);
        await PutProviderAsync(second, _secondKey, provider.BaseUrl);
    }

    /// <summary>Everything once.</summary>
    public async Task RoundAsync()
    {
        var host = _hosts[0];
        var calls = new List<Task>();
        for (var i = 0; i < 8; i++)
        {
            calls.Add(ChatAsync(host, _key, "auto", stream: i % 2 == 0));
        }

        foreach (var model in new[] { "custom:sick", "custom:busy", "custom:silent", "custom:unpaid", "custom:gone", "openai:gpt-4", "openai:gpt-4o", "custom:nobody" })
        {
            calls.Add(ChatAsync(host, _key, model));
        }

        calls.Add(ChatAsync(host, _key, "openai:gpt-4", stream: true));
        calls.Add(ChatAsync(host, _key, "custom:shut", noFallback: true));
        calls.Add(ChatAsync(host, _key, "custom:sick", noFallback: true));
        calls.Add(ChatAsync(host, _limitedKey, "auto"));
        calls.Add(ChatAsync(host, _limitedKey, "auto"));
        calls.Add(ChatAsync(host, _poorKey, "auto"));
        calls.Add(LeaveAsync(host));
        calls.Add(ChatAsync(_hosts[1], _secondKey, "auto"));

        // A user never seen: its selector is made, and reads its state.
        calls.Add(ChatAsync(_hosts[1], _secondKey, "auto", user: Guid.NewGuid().ToString("N")));
        calls.Add(ChatAsync(_hosts[1], _secondKey, "openai:gpt-4", stream: true));
        await Task.WhenAll(calls);
    }

    /// <summary>Locks the second process's database from outside, with usage and a policy on their way into it, until both have failed.</summary>
    public async Task LockDatabaseAsync(Func<Task<bool>> seen)
    {
        await using var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = Path.Combine(_directory.Path, "second", "data", "beast.db"), Pooling = false }.ToString());
        await connection.OpenAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = "BEGIN IMMEDIATE";
        await command.ExecuteNonQueryAsync();
        try
        {
            await Eventually.IsTrueAsync(
                "writes that fail are counted",
                async () =>
                {
                    await ChatAsync(_hosts[1], _secondKey, "auto");
                    await _hosts[1].SendAsync(HttpMethod.Put, "/api/policy", _secondKey, new { prefer = "custom" });
                    return await seen();
                },
                TimeSpan.FromSeconds(90));
        }
        finally
        {
            command.CommandText = "ROLLBACK";
            await command.ExecuteNonQueryAsync();
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var feed in _feeds)
        {
            feed.Dispose();
        }

        foreach (var host in _hosts)
        {
            await host.DisposeAsync();
        }

        foreach (var simulator in _simulators)
        {
            await simulator.DisposeAsync();
        }

        _directory.Dispose();
    }

    private async Task<SimulatorServer> SimulateAsync(SimulatorBehavior behavior)
    {
        var simulator = await SimulatorServer.StartAsync(new SimulatorOptions { DefaultBehavior = behavior });
        _simulators.Add(simulator);
        return simulator;
    }

    private async Task<HostProcess> StartHostAsync(string name)
    {
        var ports = HostProcess.FreePorts();
        var host = await HostProcess.StartReadyAsync(Directory.CreateDirectory(Path.Combine(_directory.Path, name)).FullName, ports);
        _hosts.Add(host);
        Targets.Add("127.0.0.1:" + ports[1].Split('=')[1]);
        return host;
    }

    private static async Task<string> TenantAsync(HostProcess host, string admin, string tenant)
    {
        (await host.SendAsync(HttpMethod.Post, "/admin/v1/tenants", admin, new { id = tenant })).Require(HttpStatusCode.Created);
        return await KeyAsync(host, admin, tenant, null);
    }

    private static async Task<string> KeyAsync(HostProcess host, string admin, string tenant, string? user) =>
        (await host.SendAsync(HttpMethod.Post, "/admin/v1/keys", admin, new { tenant, user })).Require(HttpStatusCode.Created).Json.GetProperty("key").GetString()!;

    private static async Task RegisterAsync(HostProcess host, string key, string name, string url, object? timeouts = null) =>
        (await host.SendAsync(HttpMethod.Post, "/api/models/custom", key, new
        {
            name,
            baseUrl = url + "/v1",
            model = "llama-3",
            price = new { inputPerMTok = 1, outputPerMTok = 1 },
            timeouts = timeouts ?? new { },
            apiKey = "sk-simulated-0123456789",
        })).Require(HttpStatusCode.Created);

    private static async Task PutProviderAsync(HostProcess host, string key, string url) =>
        (await host.SendAsync(HttpMethod.Put, "/api/providers/openai/key", key, new { apiKey = "sk-simulated-0123456789", baseUrl = url + "/v1" })).Require(HttpStatusCode.NoContent);

    private async Task OpenFeedAsync(HostProcess host, string key)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/events");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        _feeds.Add(await host.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead));
    }

    private static async Task ChatAsync(HostProcess host, string key, string model, bool stream = false, bool noFallback = false, string? user = null)
    {
        using var request = Chat(key, model, stream);
        if (noFallback)
        {
            request.Headers.Add("x-beast-fallback", "off");
        }

        if (user is not null)
        {
            request.Headers.Add("x-beast-user", user);
        }

        using var response = await host.Http.SendAsync(request);
    }

    /// <summary>A client that has read the beginning of a stream and leaves.</summary>
    private async Task LeaveAsync(HostProcess host)
    {
        using var request = Chat(_key, "custom:slow", stream: true);
        using var response = await host.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
    }

    private static HttpRequestMessage Chat(string key, string model, bool stream)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions")
        {
            Content = JsonContent.Create(new { model, stream, messages = new[] { new { role = "user", content = "Tell me of a route." } } }),
        };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        return request;
    }

    [GeneratedRegex("bsa_[A-Za-z0-9_-]{43}")]
    private static partial Regex AdminKey();
}
