using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using BeastOrleans.Testing;

namespace BeastOrleans.ObservabilityTests.Run;

/// <summary>
/// A real Prometheus under the shipped configuration and rules. Changed are what a test cannot wait for or does not own:
/// intervals, the alerts' waiting times, ports.
/// </summary>
internal sealed partial class PrometheusServer : IAsyncDisposable
{
    private readonly Daemon _daemon;
    private readonly SocketsHttpHandler _handler = new();
    private readonly HttpClient _http;

    private PrometheusServer(Daemon daemon, string url)
    {
        _daemon = daemon;
        Url = url;
        _http = new HttpClient(_handler) { BaseAddress = new Uri(url) };
    }

    public string Url { get; }

    /// <param name="targets">Operations ports.</param>
    public static async Task<PrometheusServer> StartAsync(string directory, int alertmanagerPort, params string[] targets)
    {
        Directory.CreateDirectory(Path.Combine(directory, "rules"));
        var config = await File.ReadAllTextAsync(Path.Combine(Shipped.Prometheus, "prometheus.yml"));
        config = config.Replace("_interval: 15s", "_interval: 1s", StringComparison.Ordinal)
            .Replace("\"127.0.0.1:9464\"", string.Join(", ", targets.Select(t => $"\"{t}\"")), StringComparison.Ordinal)
            .Replace("127.0.0.1:9093", string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{alertmanagerPort}"), StringComparison.Ordinal);
        await File.WriteAllTextAsync(Path.Combine(directory, "prometheus.yml"), config);
        foreach (var file in Shipped.RuleFiles)
        {
            var rules = Waiting().Replace(await File.ReadAllTextAsync(file), "for: 0s").Replace("interval: 30s", "interval: 1s", StringComparison.Ordinal);
            await File.WriteAllTextAsync(Path.Combine(directory, "rules", Path.GetFileName(file)), rules);
        }

        var address = string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{BeastServer.FreePorts(1)[0]}");
        var server = new PrometheusServer(
            new Daemon(
                "prometheus", $"--config.file={directory}/prometheus.yml", $"--storage.tsdb.path={directory}/data", $"--web.listen-address={address}", "--log.level=warn"),
            $"http://{address}");
        try
        {
            await Eventually.IsTrueAsync("Prometheus is ready", server.IsReadyAsync, TimeSpan.FromSeconds(60));
        }
        catch (TimeoutException e)
        {
            throw new TimeoutException(e.Message + server._daemon.Output, e);
        }

        return server;
    }

    /// <summary>The result of a range query: for each series its labels and values; empty = no data.</summary>
    public async Task<Series[]> QueryRangeAsync(string expr, DateTimeOffset from, DateTimeOffset to, TimeSpan step)
    {
        var query = $"/api/v1/query_range?query={Uri.EscapeDataString(expr)}&start={Seconds(from)}&end={Seconds(to)}&step={step.TotalSeconds.ToString(CultureInfo.InvariantCulture)}";
        var answer = JsonSerializer.Deserialize<JsonElement>(await _http.GetStringAsync(new Uri(query, UriKind.Relative)));
        return
        [
            .. answer.GetProperty("data").GetProperty("result").EnumerateArray().Select(series => new Series(
                series.GetProperty("metric").EnumerateObject().ToDictionary(l => l.Name, l => l.Value.GetString()!, StringComparer.Ordinal),
                [.. series.GetProperty("values").EnumerateArray().Select(v => (v[0].GetDouble(), double.Parse(v[1].GetString()!.Replace("+Inf", "Infinity", StringComparison.Ordinal), CultureInfo.InvariantCulture)))])),
        ];
    }

    /// <summary>One value, or null when there is none.</summary>
    public async Task<double?> QueryAsync(string expr)
    {
        var answer = JsonSerializer.Deserialize<JsonElement>(await _http.GetStringAsync(new Uri("/api/v1/query?query=" + Uri.EscapeDataString(expr), UriKind.Relative)));
        var result = answer.GetProperty("data").GetProperty("result");
        return result.GetArrayLength() == 0 ? null : double.Parse(result[0].GetProperty("value")[1].GetString()!, CultureInfo.InvariantCulture);
    }

    public async ValueTask DisposeAsync()
    {
        await _daemon.DisposeAsync();
        _http.Dispose();
        _handler.Dispose();
    }

    private async Task<bool> IsReadyAsync()
    {
        try
        {
            using var response = await _http.GetAsync(new Uri("/-/ready", UriKind.Relative));
            return response.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private static string Seconds(DateTimeOffset at) => (at.ToUnixTimeMilliseconds() / 1000.0).ToString(CultureInfo.InvariantCulture);

    [GeneratedRegex(@"for: \d+[smh]")]
    private static partial Regex Waiting();
}

/// <summary>One series of an answer.</summary>
internal sealed record Series(IReadOnlyDictionary<string, string> Labels, (double At, double Value)[] Values);
