using System.Text;
using Xunit;

namespace BeastOrleans.ObservabilityTests.Rules;

/// <summary>The Kubernetes object holds the same rules: it is made of them. UPDATE_GOLDEN=1 writes it.</summary>
public sealed class PrometheusRuleTests
{
    private static readonly string Target = Shipped.At("k8s/components/monitoring/prometheus-rule.yaml");

    [Fact]
    public void The_PrometheusRule_is_made_of_the_rule_files() => Golden.Check(Target, Make());

    private static string Make()
    {
        var text = new StringBuilder("""
            # Made of deploy/prometheus/rules/*.yml by PrometheusRuleTests (UPDATE_GOLDEN=1): change it there.
            apiVersion: monitoring.coreos.com/v1
            kind: PrometheusRule
            metadata:
              name: beastorleans
              labels:
                app.kubernetes.io/name: beastorleans
            spec:
              groups:

            """);
        foreach (var line in Shipped.RuleFiles.SelectMany(f => File.ReadAllLines(f)).Where(l => l != "groups:" && !l.StartsWith('#') && l.Length > 0))
        {
            text.Append("  ").Append(line).Append('\n');
        }

        return text.ToString();
    }
}
