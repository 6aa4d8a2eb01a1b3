using Xunit;

namespace BeastOrleans.ObservabilityTests.Rules;

/// <summary>What promtool and amtool say of the shipped files, and what every alert must have.</summary>
public sealed class RuleFileTests
{
    private static readonly string TestFile = Path.Combine(Shipped.Prometheus, "tests/alerts_test.yml");

    [Fact]
    public async Task Prometheus_takes_its_configuration_and_rules()
    {
        var (exitCode, output) = await Tool.RunAsync("promtool", "check", "config", Path.Combine(Shipped.Prometheus, "prometheus.yml"));
        Assert.True(exitCode == 0, output);
        (exitCode, output) = await Tool.RunAsync("promtool", ["check", "rules", "--lint-fatal", .. Shipped.RuleFiles]);
        Assert.True(exitCode == 0, output);
    }

    [Fact]
    public async Task Alertmanager_takes_its_example()
    {
        var (exitCode, output) = await Tool.RunAsync("amtool", "check-config", Path.Combine(Shipped.Prometheus, "alertmanager.yml"));
        Assert.True(exitCode == 0, output);
    }

    [Fact]
    public async Task Every_alert_fires_when_it_must_and_only_then()
    {
        var (exitCode, output) = await Tool.RunAsync("promtool", "test", "rules", TestFile);
        Assert.True(exitCode == 0, output);
        var cases = await File.ReadAllTextAsync(TestFile);
        Assert.All(Alerts(), alert =>
        {
            Assert.Contains($"- name: {alert.Alert} fires\n", cases, StringComparison.Ordinal);
            Assert.Contains($"- name: {alert.Alert} stays quiet\n", cases, StringComparison.Ordinal);
        });
    }

    [Fact]
    public void Every_alert_has_a_severity_words_and_a_runbook()
    {
        Assert.True(Alerts().Length >= 19);
        Assert.All(Alerts(), alert =>
        {
            Assert.Contains(alert.Labels["severity"], new[] { "page", "ticket" });
            Assert.NotEmpty(alert.Annotations["summary"]);
            Assert.NotEmpty(alert.Annotations["description"]);
            Assert.EndsWith($"/docs/runbooks/{alert.Alert}.md", alert.Annotations["runbook_url"], StringComparison.Ordinal);
            var runbook = File.ReadAllText(Shipped.At($"docs/runbooks/{alert.Alert}.md"));
            Assert.All(new[] { "## What it means", "## How to confirm", "## What to do" }, part => Assert.Contains(part, runbook, StringComparison.Ordinal));
            Assert.Contains($"Severity: {alert.Labels["severity"]}.", runbook, StringComparison.Ordinal);

            // The runbook shows the expression that fires.
            Assert.Contains(Squeeze(alert.Expr), Squeeze(runbook), StringComparison.Ordinal);
        });
    }

    [Fact]
    public void No_runbook_is_left_without_its_alert() => Assert.Equal(
        Alerts().Select(a => a.Alert).Order(StringComparer.Ordinal),
        Directory.GetFiles(Shipped.At("docs/runbooks"), "*.md").Select(Path.GetFileNameWithoutExtension).Where(n => n != "README").Order(StringComparer.Ordinal));

    [Fact]
    public void What_loses_money_or_answers_pages_and_the_rest_waits() => Assert.Equal(
        ["ErrorBudgetBurnFast", "InstanceDown", "NoEndpointAvailable", "StorageErrors", "UsageDropped"],
        Alerts().Where(a => a.Labels["severity"] == "page").Select(a => a.Alert!).Order(StringComparer.Ordinal));

    private static Rule[] Alerts() => [.. Shipped.Rules.Where(r => r.Alert is not null)];

    private static string Squeeze(string text) => string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
}
