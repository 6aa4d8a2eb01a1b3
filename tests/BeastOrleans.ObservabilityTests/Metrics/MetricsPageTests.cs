using System.Globalization;
using System.Text;
using BeastOrleans.Core.Diagnostics;
using BeastOrleans.Gateway.Diagnostics;
using BeastOrleans.Grains.Diagnostics;
using BeastOrleans.Host.Operations;
using Xunit;

namespace BeastOrleans.ObservabilityTests.Metrics;

/// <summary>docs/metrics.md lists what the code declares: its tables are made of the code. UPDATE_GOLDEN=1 writes them.</summary>
public sealed class MetricsPageTests
{
    private const string Begin = "<!-- Made by MetricsPageTests, UPDATE_GOLDEN=1 writes it. -->\n";
    private const string End = "<!-- Up to here. -->\n";

    private static readonly string Page = Shipped.At("docs/metrics.md");

    [Fact]
    public void The_page_tells_what_the_code_declares()
    {
        var page = File.ReadAllText(Page);
        var begin = page.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length;
        var end = page.IndexOf(End, StringComparison.Ordinal);
        Assert.True(begin >= Begin.Length && end >= begin, "The page has lost the marks of what is made.");
        Golden.Check(Page, page[..begin] + Make() + page[end..]);
    }

    private static string Make()
    {
        var text = new StringBuilder();
        Add(text, "Gateway", "../src/BeastOrleans.Gateway/Diagnostics/GatewayMetrics.cs", GatewayMetrics.All);
        Add(text, "Grains", "../src/BeastOrleans.Grains/Diagnostics/GrainMetrics.cs", GrainMetrics.All);
        Add(text, "Process", "../src/BeastOrleans.Host/Operations/HostMetrics.cs", HostMetrics.All);
        return text.ToString();
    }

    private static void Add(StringBuilder text, string title, string source, IReadOnlyList<MetricFamily> families)
    {
        text.Append(CultureInfo.InvariantCulture, $"\n### {title} ([{Path.GetFileName(source)}]({source}))\n\n| family | type | labels | what |\n|---|---|---|---|\n");
        foreach (var family in families)
        {
            var labels = string.Join("; ", family.Labels.Select(Describe));
            text.Append(CultureInfo.InvariantCulture, $"| `{family.ScrapedName}` | {family.Kind.ToString().ToLowerInvariant()} | {labels} | {family.What} |\n");
        }

        text.Append('\n');
    }

    private static string Describe(MetricLabel label) => label.Values.Length switch
    {
        0 => $"`{label.ScrapedName}`",
        > 20 when label.Values.SequenceEqual(ModelLabel.AllModels) => $"`{label.ScrapedName}` = our own list's models, custom, other",
        > 17 when label.Values.SequenceEqual(ModelLabel.AllProviders) => $"`{label.ScrapedName}` = our own list's providers, custom, other",
        _ => $"`{label.ScrapedName}` = {string.Join(", ", label.Values)}",
    };
}
