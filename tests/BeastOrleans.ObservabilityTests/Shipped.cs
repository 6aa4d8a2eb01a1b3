using System.Text.RegularExpressions;
using BeastOrleans.Testing;
using YamlDotNet.RepresentationModel;

namespace BeastOrleans.ObservabilityTests;

/// <summary>The files of deploy/ and docs/ as they are shipped.</summary>
internal static partial class Shipped
{
    public static string Prometheus { get; } = At("deploy/prometheus");

    public static string[] Dashboards { get; } = [.. Directory.GetFiles(At("deploy/grafana/dashboards"), "*.json").Order(StringComparer.Ordinal)];

    public static string[] RuleFiles { get; } = [At("deploy/prometheus/rules/recording.yml"), At("deploy/prometheus/rules/alerts.yml")];

    public static string At(string path) => Path.Combine(RepositoryRoot.Path, path);

    /// <summary>Every rule with the labels and annotations that it has.</summary>
    public static Rule[] Rules { get; } = [.. RuleFiles.SelectMany(ReadRules)];

    /// <summary>Metric names of ours in a text, without a histogram's endings; label names that look like them left out.</summary>
    public static IEnumerable<string> MetricNames(string text) => Name().Matches(text)
        .Select(m => Ending().Replace(m.Value, ""))
        .Where(n => !n.StartsWith("gen_ai_", StringComparison.Ordinal) || n.StartsWith("gen_ai_server_", StringComparison.Ordinal) || n.StartsWith("gen_ai_client_", StringComparison.Ordinal));

    private static IEnumerable<Rule> ReadRules(string file)
    {
        var yaml = new YamlStream();
        using var reader = new StreamReader(file);
        yaml.Load(reader);
        foreach (var group in (YamlSequenceNode)yaml.Documents[0].RootNode["groups"])
        {
            foreach (var rule in ((YamlSequenceNode)group["rules"]).Cast<YamlMappingNode>())
            {
                yield return new Rule(
                    Text(rule, "alert"), Text(rule, "record"), Text(rule, "expr")!, Text(rule, "for"), Map(rule, "labels"), Map(rule, "annotations"));
            }
        }
    }

    private static string? Text(YamlMappingNode node, string key) => node.Children.TryGetValue(key, out var value) ? ((YamlScalarNode)value).Value : null;

    private static Dictionary<string, string> Map(YamlMappingNode node, string key) => node.Children.TryGetValue(key, out var value)
        ? ((YamlMappingNode)value).Children.ToDictionary(c => ((YamlScalarNode)c.Key).Value!, c => ((YamlScalarNode)c.Value).Value!, StringComparer.Ordinal)
        : [];

    [GeneratedRegex(@"\b(beast|gen_ai)_[a-z0-9_]+\b(?!\.)")]
    private static partial Regex Name();

    [GeneratedRegex("_(bucket|sum|count)$")]
    private static partial Regex Ending();
}

/// <summary>An alert or a recording.</summary>
internal sealed record Rule(string? Alert, string? Record, string Expr, string? For, Dictionary<string, string> Labels, Dictionary<string, string> Annotations);
