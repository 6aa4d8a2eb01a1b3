using System.Text.Json;
using BeastOrleans.Core.Diagnostics;
using BeastOrleans.Host.Operations;
using Xunit;

namespace BeastOrleans.ObservabilityTests.Metrics;

/// <summary>A name in a dashboard, a rule or a page is one that the code has, and the other way round.</summary>
public sealed class DriftTests
{
    private static readonly HashSet<string> Known = [.. Telemetry.Families.Select(f => f.ScrapedName)];

    [Fact]
    public void Families_have_one_name_each_and_room_for_all_their_labels()
    {
        Assert.Equal(Telemetry.Families.Count, Known.Count);
        Assert.All(Telemetry.Families, family =>
        {
            Assert.Equal(family.Kind == MetricKind.Histogram, family.Buckets.Length > 0);
            Assert.NotEmpty(family.What);

            // Providers and models are many, and few are in use at once: their families may fold. The others never do.
            if (!family.Labels.Any(l => l.Name.StartsWith("gen_ai.", StringComparison.Ordinal)))
            {
                Assert.True(family.Labels.Aggregate(1, (all, l) => all * Math.Max(1, l.Values.Length)) < family.MaxSeries, $"{family.Name} has more label values than room.");
            }
        });
    }

    [Fact]
    public void Dashboards_and_rules_name_what_the_code_has()
    {
        foreach (var (where, expr) in Expressions())
        {
            Assert.All(Shipped.MetricNames(expr), name => Assert.True(Known.Contains(name), $"{where} asks for {name}, which nobody counts."));
        }
    }

    [Fact]
    public void Pages_name_what_the_code_has()
    {
        foreach (var page in Directory.EnumerateFiles(Shipped.At("docs"), "*.md", SearchOption.AllDirectories).Append(Shipped.At("README.md")).Append(Shipped.At("CHANGELOG.md")))
        {
            Assert.All(Shipped.MetricNames(File.ReadAllText(page)), name =>
                Assert.True(Known.Contains(name), $"{Path.GetFileName(page)} tells of {name}, which nobody counts."));
        }
    }

    [Fact]
    public void What_is_counted_is_looked_at()
    {
        var asked = Expressions().SelectMany(e => Shipped.MetricNames(e.Expr)).ToHashSet(StringComparer.Ordinal);
        Assert.All(Known, name => Assert.True(asked.Contains(name), $"No panel and no rule asks for {name}."));
    }

    /// <summary>Recorded names are asked for only where a rule makes them.</summary>
    [Fact]
    public void Recorded_names_are_recorded()
    {
        var recorded = Shipped.Rules.Select(r => r.Record).Where(r => r is not null).ToHashSet(StringComparer.Ordinal);
        foreach (var (where, expr) in Expressions())
        {
            Assert.All(
                System.Text.RegularExpressions.Regex.Matches(expr, @"\bbeast:[a-z0-9_:]+").Select(m => m.Value),
                name => Assert.True(recorded.Contains(name), $"{where} asks for {name}, which no rule records."));
        }
    }

    private static IEnumerable<(string Where, string Expr)> Expressions()
    {
        foreach (var rule in Shipped.Rules)
        {
            yield return (rule.Alert ?? rule.Record!, rule.Expr);
        }

        foreach (var file in Shipped.Dashboards)
        {
            using var dashboard = JsonDocument.Parse(File.ReadAllText(file));
            foreach (var target in dashboard.RootElement.GetProperty("panels").EnumerateArray().SelectMany(p => p.GetProperty("targets").EnumerateArray()))
            {
                yield return (Path.GetFileName(file), target.GetProperty("expr").GetString()!);
            }
        }
    }
}
