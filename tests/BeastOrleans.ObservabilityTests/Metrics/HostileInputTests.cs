using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;
using BeastOrleans.Host.Operations;
using BeastOrleans.Simulator;
using BeastOrleans.Testing;
using Microsoft.Extensions.DependencyInjection;
using Xunit;
using Xunit.Abstractions;

namespace BeastOrleans.ObservabilityTests.Metrics;

/// <summary>Whoever invents names by the hundred makes no series with them.</summary>
public sealed partial class HostileInputTests(ITestOutputHelper output) : IAsyncLifetime
{
    private const int Many = 500;
    private const int MaxSeries = 5_000;

    private BeastServer _server = null!;
    private SimulatorServer _upstream = null!;

    public async Task InitializeAsync()
    {
        _upstream = await SimulatorServer.StartAsync();
        _server = await BeastServer.StartAsync();
    }

    public async Task DisposeAsync()
    {
        await _server.DisposeAsync();
        await _upstream.DisposeAsync();
    }

    [Fact]
    public async Task Invented_models_tenants_and_users_make_no_series()
    {
        var known = await _server.CreateTenantAsync();
        await known.PutProviderAsync("openai", _upstream.BaseUrl + "/v1");
        (await known.SendAsync(HttpMethod.Put, "/api/providers/zz-invented/key", new { apiKey = "sk-simulated-0123456789", baseUrl = _upstream.BaseUrl + "/v1", defaultModel = "zz" })).Require(HttpStatusCode.NoContent);
        await known.RegisterModelAsync("own", _upstream.BaseUrl + "/v1");
        (await known.ChatAsync("auto")).Require(HttpStatusCode.OK);
        await Parallel.ForAsync(0, Many, new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (i, _) =>
        {
            var name = string.Create(CultureInfo.InvariantCulture, $"zz-{i}");
            await known.ChatAsync("openai:" + name);
            await known.ChatAsync("zz-invented:" + name);
            await known.ChatAsync("custom:" + name);
            await known.ChatAsync(name, ("x-beast-user", name), ("x-beast-tags", name));
            await known.ChatAsync("own", ("x-beast-user", name));
            var tenant = await _server.CreateTenantAsync(name);
            await tenant.RegisterModelAsync(name, _upstream.BaseUrl + "/v1");
            (await tenant.ChatAsync("custom:" + name)).Require(HttpStatusCode.OK);
        });

        var scrape = await ScrapeAsync();
        var series = scrape.Split('\n').Where(l => l.Length > 0 && l[0] != '#').ToArray();
        output.WriteLine($"{series.Length} series");
        Assert.InRange(series.Length, 100, MaxSeries);
        Assert.DoesNotContain("zz-", scrape, StringComparison.Ordinal);
        Assert.DoesNotContain("otel_metric_overflow", scrape, StringComparison.Ordinal);
        Assert.Contains("gen_ai_request_model=\"custom\"", scrape, StringComparison.Ordinal);
        Assert.Contains("gen_ai_request_model=\"other\"", scrape, StringComparison.Ordinal);
        Assert.Contains("gen_ai_provider_name=\"other\"", scrape, StringComparison.Ordinal);
        AssertClosed(series);
    }

    [Fact]
    public async Task A_label_that_is_not_closed_overflows_and_is_counted()
    {
        var meter = _server.Services.GetRequiredService<System.Diagnostics.Metrics.IMeterFactory>().Create(new System.Diagnostics.Metrics.MeterOptions("BeastOrleans.Test"));
        var counter = meter.CreateCounter<long>("beast.open_label");
        for (var i = 0; i < 1_000; i++)
        {
            counter.Add(1, new KeyValuePair<string, object?>("who", i.ToString(CultureInfo.InvariantCulture)));
        }

        var lines = (await ScrapeAsync()).Split('\n').Where(l => l.StartsWith("beast_open_label", StringComparison.Ordinal)).ToArray();
        Assert.InRange(lines.Length, 150, 201);
        var overflow = Assert.Single(lines, l => l.Contains("otel_metric_overflow=\"true\"", StringComparison.Ordinal));
        Assert.Equal(1_000 - (lines.Length - 1), double.Parse(overflow.Split(' ')[1], CultureInfo.InvariantCulture));
    }

    /// <summary>Every label of ours has a value that its family declares, and every family of ours is declared.</summary>
    private static void AssertClosed(string[] series)
    {
        var families = Telemetry.Families.ToDictionary(f => f.ScrapedName, StringComparer.Ordinal);
        foreach (var line in series.Where(l => l.StartsWith("beast_", StringComparison.Ordinal) || l.StartsWith("gen_ai_", StringComparison.Ordinal)))
        {
            var name = Regex.Replace(line.Split('{', ' ')[0], "_(bucket|sum|count)$", "");
            Assert.True(families.TryGetValue(name, out var family), $"{name} is declared nowhere.");
            foreach (Match label in Label().Matches(line))
            {
                var (key, value) = (label.Groups[1].Value, label.Groups[2].Value);
                if (key is not ("le" or "otel_scope_name"))
                {
                    var declared = Array.Find(family!.Labels, l => l.ScrapedName == key);
                    Assert.True(declared is not null && (declared.IsOfTheBuild || declared.Values.Contains(value)), $"{name} has {key}={value}, which is not declared.");
                }
            }
        }
    }

    private async Task<string> ScrapeAsync() => await _server.Http.GetStringAsync(new Uri(_server.OperationsUrl, "/metrics"));

    [GeneratedRegex("""(\w+)="([^"]*)"[,}]""")]
    private static partial Regex Label();
}
