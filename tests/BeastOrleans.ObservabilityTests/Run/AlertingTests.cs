using System.Text.Json;
using BeastOrleans.Testing;
using Xunit;

namespace BeastOrleans.ObservabilityTests.Run;

/// <summary>From a request that found no healthy model to whoever is woken.</summary>
[Collection(ObservedRunCollection.Name)]
public sealed class AlertingTests(ObservedRun run)
{
    [Fact]
    public async Task A_request_without_a_healthy_model_reaches_the_pager()
    {
        JsonElement alert = default;
        try
        {
            await Eventually.IsTrueAsync("the webhook is told", () => Find("NoEndpointAvailable", out alert) == "/page", TimeSpan.FromSeconds(60));
        }
        catch (TimeoutException e)
        {
            throw new TimeoutException(e.Message + run.AlertmanagerOutput, e);
        }

        Assert.Equal("firing", alert.GetProperty("status").GetString());
        Assert.Equal(("page", "beast"), (alert.GetProperty("labels").GetProperty("severity").GetString(), alert.GetProperty("labels").GetProperty("cluster").GetString()));
        Assert.EndsWith("docs/runbooks/NoEndpointAvailable.md", alert.GetProperty("annotations").GetProperty("runbook_url").GetString(), StringComparison.Ordinal);
        Assert.Matches(@"Requests find no healthy model \([0-9.]+m? a second\)", alert.GetProperty("annotations").GetProperty("summary").GetString());
    }

    [Fact]
    public async Task What_can_wait_goes_to_the_queue()
    {
        await Eventually.IsTrueAsync("a ticket came", () => Find("CredentialRejected", out _) == "/ticket", TimeSpan.FromSeconds(60));
        Assert.DoesNotContain(run.Hook.Alerts, a => a.Path == "/page" && a.Alert.GetProperty("labels").GetProperty("severity").GetString() != "page");
    }

    private string? Find(string name, out JsonElement alert)
    {
        var found = run.Hook.Alerts.FirstOrDefault(a => a.Alert.GetProperty("labels").GetProperty("alertname").GetString() == name);
        alert = found.Alert;
        return found.Path;
    }
}
