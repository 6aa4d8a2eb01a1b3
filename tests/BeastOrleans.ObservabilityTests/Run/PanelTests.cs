using System.Text.Json;
using Xunit;

namespace BeastOrleans.ObservabilityTests.Run;

/// <summary>Every expression of every dashboard has data in a real Prometheus after a real run. None is skipped.</summary>
[Collection(ObservedRunCollection.Name)]
public sealed class PanelTests(ObservedRun run)
{
    /// <summary>Who feeds what does not come with every request. A metric of a panel that no row names is fed by any traffic.</summary>
    private static readonly Dictionary<string, string> FedBy = new(StringComparer.Ordinal)
    {
        ["beast_fallbacks_total"] = "custom:sick (other), busy (overload), silent (timeout), gone (network), open circuits (unhealthy)",
        ["beast_limited_total"] = "the user 'hurried', one request per minute",
        ["beast_errors_total"] = "the user 'poor' (budget_exceeded), custom:shut alone (no_healthy_endpoint), custom:nobody (model_not_found)",
        ["beast_circuit_transitions_total"] = "custom:sick opens, custom:shut is isolated",
        ["beast_probes_total"] = "custom:sick while it is open",
        ["beast_storage_errors_total"] = "the second process's database, locked from outside",
        ["orleans_storage_write_errors_total"] = "a policy while it is locked",
        ["orleans_catalog_activation_created_total"] = "a user never seen, each round",
        ["orleans_storage_read_latency_milliseconds"] = "a user never seen, each round",
        ["beast_event_listeners"] = "a connection to /api/events",
    };

    /// <summary>Data must be there, and 0 is what it should be, or may be.</summary>
    private static readonly string[] MayBeZero =
    [
        "beast_usage_dropped_total", "beast_usage_queue_depth", "beast_events_dropped_total", "dotnet_thread_pool_queue_length_total", "dotnet_gc_pause_time_seconds_total",
        "beast_budget_overdrawn_total", "beast_budget_gaps_total", "beast_budget_gap_usd_total", "beast_budget_overrun_usd_total",
        "beast_usage_unknown_total", "beast_usage_unknown_usd_total", "beast_usage_late_total",
    ];

    [Fact]
    public async Task Every_panel_has_data()
    {
        var problems = new List<string>();
        foreach (var file in Shipped.Dashboards)
        {
            using var dashboard = JsonDocument.Parse(await File.ReadAllTextAsync(file));
            var drawn = new List<object>();
            foreach (var panel in dashboard.RootElement.GetProperty("panels").EnumerateArray())
            {
                var results = new List<object>();
                foreach (var target in panel.GetProperty("targets").EnumerateArray())
                {
                    var shipped = target.GetProperty("expr").GetString()!;
                    var series = await run.Prometheus.QueryRangeAsync(Fill(shipped), run.From, run.To, TimeSpan.FromSeconds(1));
                    results.Add(new { legend = target.GetProperty("legendFormat").GetString(), series = series.Select(s => new { labels = s.Labels, values = s.Values.Select(v => new[] { v.At, double.IsFinite(v.Value) ? v.Value : (double?)null }) }) });
                    if (Problem(shipped, series) is { } problem)
                    {
                        problems.Add($"{Path.GetFileNameWithoutExtension(file)} / {panel.GetProperty("title").GetString()}: {problem}: {shipped}{FeederOf(shipped)}");
                    }
                }

                drawn.Add(new { panel = panel.Clone(), results });
            }

            await KeepAsync(file, dashboard.RootElement.GetProperty("title").GetString()!, drawn);
        }

        Assert.True(problems.Count == 0, string.Join('\n', problems));
    }

    [Fact]
    public async Task Every_reason_outcome_and_state_was_seen()
    {
        foreach (var (label, metric, values) in new[]
        {
            ("reason", "beast_fallbacks_total", new[] { "network", "overload", "timeout", "unhealthy", "other" }),
            ("outcome", "gen_ai_server_request_duration_seconds_count", ["ok", "refused", "error", "abandoned"]),
            ("outcome", "gen_ai_client_operation_duration_seconds_count", ["ok", "sick", "timeout", "overload", "credential", "abandoned"]),
            ("to", "beast_circuit_transitions_total", ["open", "half_open", "isolated"]),
            ("code", "beast_errors_total", ["budget_exceeded", "rate_limited", "no_healthy_endpoint", "model_not_found"]),
        })
        {
            foreach (var value in values)
            {
                Assert.True(await run.Prometheus.QueryAsync($"sum({metric}{{{label}=\"{value}\"}}) > 0") is not null, $"{metric} never had {label}={value}.");
            }
        }

        Assert.Equal(2, await run.Prometheus.QueryAsync("count(beast_build_info)"));
    }

    /// <summary>What Grafana puts in for its variables.</summary>
    private static string Fill(string expr) => expr
        .Replace("$__rate_interval", "20s", StringComparison.Ordinal)
        .Replace("$__range", "5m", StringComparison.Ordinal)
        .Replace("$cluster", ".*", StringComparison.Ordinal);

    private static string? Problem(string expr, Series[] series)
    {
        var values = series.SelectMany(s => s.Values).Select(v => v.Value).Where(double.IsFinite).ToArray();
        return values.Length == 0 ? "no data"
            : values.All(v => v == 0) && !MayBeZero.Any(m => expr.Contains(m, StringComparison.Ordinal)) ? "nothing but 0"
            : null;
    }

    private static string FeederOf(string expr) =>
        FedBy.FirstOrDefault(f => expr.Contains(f.Key, StringComparison.Ordinal)) is { Key: not null } fed ? $" (to be fed by {fed.Value})" : "";

    /// <summary>What docs/images is drawn from, where a directory is named for it.</summary>
    private static async Task KeepAsync(string file, string title, List<object> panels)
    {
        if (Environment.GetEnvironmentVariable("BEAST_PANEL_DATA") is { Length: > 0 } directory)
        {
            Directory.CreateDirectory(directory);
            await File.WriteAllTextAsync(Path.Combine(directory, Path.GetFileName(file)), JsonSerializer.Serialize(new { title, panels }));
        }
    }
}
