using System.Text.Json;
using System.Text.RegularExpressions;
using Xunit;

namespace BeastOrleans.ObservabilityTests.Dashboards;

/// <summary>What every dashboard must have, so that it can be provisioned, linked to and switched between clusters.</summary>
public sealed class DashboardTests
{
    private static readonly Dictionary<string, string> Uids = new(StringComparer.Ordinal)
    {
        ["overview"] = "beast-overview",
        ["fallbacks-and-savings"] = "beast-savings",
        ["upstreams"] = "beast-upstreams",
        ["cluster"] = "beast-cluster",
        ["limits-and-budgets"] = "beast-limits",
    };

    [Fact]
    public void Dashboards_keep_their_uids() => Assert.Equal(
        Uids.OrderBy(p => p.Key, StringComparer.Ordinal).Select(p => (p.Key, p.Value)),
        Shipped.Dashboards.Select(f => (Path.GetFileNameWithoutExtension(f), Read(f).GetProperty("uid").GetString()!)).OrderBy(p => p.Item1, StringComparer.Ordinal));

    [Fact]
    public void Panels_have_words_a_unit_and_the_variables() => Assert.All(Shipped.Dashboards, file =>
    {
        var dashboard = Read(file);
        Assert.Equal(["datasource", "cluster"], dashboard.GetProperty("templating").GetProperty("list").EnumerateArray().Select(v => v.GetProperty("name").GetString()!));
        var panels = dashboard.GetProperty("panels").EnumerateArray().ToArray();
        Assert.Equal(panels.Length, panels.Select(p => p.GetProperty("id").GetInt32()).Distinct().Count());
        Assert.All(panels, panel =>
        {
            var title = panel.GetProperty("title").GetString();
            Assert.False(string.IsNullOrWhiteSpace(panel.GetProperty("description").GetString()), $"{title} has no description.");
            Assert.False(string.IsNullOrWhiteSpace(panel.GetProperty("fieldConfig").GetProperty("defaults").GetProperty("unit").GetString()), $"{title} has no unit.");
            Assert.Equal("$datasource", panel.GetProperty("datasource").GetProperty("uid").GetString());
            Assert.All(panel.GetProperty("targets").EnumerateArray(), target =>
            {
                // Each selector of an expression is of the chosen clusters.
                var expr = target.GetProperty("expr").GetString()!;
                var metrics = Regex.Count(expr, @"\b(beast|gen_ai|orleans|dotnet)[_:][a-z0-9_:]+(?=[{\[)\s]|$)(?<!gen_ai_provider_name|gen_ai_request_model|gen_ai_token_type)");
                Assert.True(metrics > 0 && metrics == Regex.Count(expr, """cluster=~"\$cluster"[,}]"""), $"{title}: not every selector of '{expr}' names the cluster.");
            });
        });
        var grid = panels.Select(p => p.GetProperty("gridPos")).Select(g => (X: g.GetProperty("x").GetInt32(), W: g.GetProperty("w").GetInt32()));
        Assert.All(grid, g => Assert.InRange(g.X + g.W, 1, 24));
    });

    private static JsonElement Read(string file) => JsonSerializer.Deserialize<JsonElement>(File.ReadAllText(file));
}
