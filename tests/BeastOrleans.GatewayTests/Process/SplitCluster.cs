using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text.RegularExpressions;
using BeastOrleans.Testing;

namespace BeastOrleans.GatewayTests.Process;

/// <summary>One silo on SQLite and gateways apart from it, each a real process: the split shape without PostgreSQL.</summary>
internal sealed partial class SplitCluster : IAsyncDisposable
{
    private readonly WorkingDirectory _directory = new();
    private readonly List<HostProcess> _gateways = [];
    private readonly int[] _siloPorts = BeastServer.FreePorts(3);

    public SplitCluster()
    {
        MasterKeyFile = Path.Combine(_directory.Path, "keys.json");
        File.WriteAllText(MasterKeyFile, $$$"""{"current":"k1","keys":{"k1":"{{{Convert.ToBase64String(RandomNumberGenerator.GetBytes(32))}}}"}}""");
    }

    public string Directory => _directory.Path;

    public string MasterKeyFile { get; }

    /// <summary>Set once the first silo of this database has printed it.</summary>
    public string AdminKey { get; private set; } = "";

    public HostProcess? Silo { get; private set; }

    public string SiloGateways => string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{_siloPorts[2]}");

    public Uri SiloOperations => new(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{_siloPorts[0]}"));

    /// <summary>The same ports and data each time, as a restarted pod has them.</summary>
    public async Task<HostProcess> StartSiloAsync(params string[] more)
    {
        if (Silo is { } before)
        {
            await before.DisposeAsync();
        }

        Silo = HostProcess.Start(_directory.Path, [.. SiloArguments(), .. more]);
        await Silo.WaitForOutputAsync("silo listens on");
        if (AdminKeyPattern().Match(Silo.Output) is { Success: true } key)
        {
            AdminKey = key.Value;
        }

        return Silo;
    }

    public string[] SiloArguments() =>
    [
        "--Beast:Role=silo",
        $"--Beast:MasterKeyFile={MasterKeyFile}",
        "--Beast:DataDirectory=silo",
        string.Create(CultureInfo.InvariantCulture, $"--Beast:OperationsPort={_siloPorts[0]}"),
        string.Create(CultureInfo.InvariantCulture, $"--Beast:SiloPort={_siloPorts[1]}"),
        string.Create(CultureInfo.InvariantCulture, $"--Beast:ClientGatewayPort={_siloPorts[2]}"),
    ];

    public static string[] GatewayPorts() => [.. HostProcess.FreePorts().Take(2)];

    public async Task<HostProcess> StartGatewayAsync(params string[] more)
    {
        var name = "gateway" + _gateways.Count.ToString(CultureInfo.InvariantCulture);
        string[] ports = GatewayPorts();
        string[] own = more.Any(m => m.StartsWith("--Beast:SiloGateways", StringComparison.Ordinal)) ? [] : ["--Beast:SiloGateways=" + SiloGateways];
        var gateway = HostProcess.Start(_directory.Path, ["--Beast:Role=gateway", $"--Beast:DataDirectory={name}", .. ports, .. own, .. more]);
        _gateways.Add(gateway);
        await gateway.WaitForOutputAsync("gateway listens on");
        gateway.Http.BaseAddress = new Uri(ports[0].Split('=')[1]);
        gateway.Operations = new Uri("http://127.0.0.1:" + ports[1].Split('=')[1]);
        return gateway;
    }

    public static async Task WaitUntilReadyAsync(HostProcess gateway, TimeSpan? limit = null) =>
        await Eventually.IsTrueAsync("the gateway is ready", async () => (await ReadyAsync(gateway)).Status == HttpStatusCode.OK, limit);

    public static async Task<ApiAnswer> ReadyAsync(HostProcess gateway)
    {
        using var answer = await gateway.Http.GetAsync(new Uri(gateway.Operations!, "/health/ready"));
        return await ApiAnswer.ReadAsync(answer);
    }

    /// <summary>A tenant with a custom model <c>custom:mine</c>, and a key of it.</summary>
    public async Task<string> CreateTenantAsync(HostProcess gateway, string id, string upstream)
    {
        (await gateway.SendAsync(HttpMethod.Post, "/admin/v1/tenants", AdminKey, new { id })).Require(HttpStatusCode.Created);
        var key = (await gateway.SendAsync(HttpMethod.Post, "/admin/v1/keys", AdminKey, new { tenant = id })).Require(HttpStatusCode.Created).Json.GetProperty("key").GetString()!;
        (await gateway.SendAsync(HttpMethod.Post, "/api/models/custom", key, new { name = "mine", baseUrl = upstream + "/v1" })).Require(HttpStatusCode.Created);
        return key;
    }

    public static Task<ApiAnswer> ChatAsync(HostProcess gateway, string key) => gateway.SendAsync(
        HttpMethod.Post, "/v1/chat/completions", key, new { model = "custom:mine", messages = new[] { new { role = "user", content = "Hello" } } });

    public async ValueTask DisposeAsync()
    {
        foreach (var gateway in _gateways)
        {
            await gateway.DisposeAsync();
        }

        if (Silo is { } silo)
        {
            await silo.DisposeAsync();
        }

        _directory.Dispose();
    }

    [GeneratedRegex("bsa_[A-Za-z0-9_-]{43}")]
    private static partial Regex AdminKeyPattern();
}
