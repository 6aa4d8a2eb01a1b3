using System.Net;
using System.Text.RegularExpressions;
using BeastOrleans.GatewayTests.Api;
using BeastOrleans.Simulator;
using BeastOrleans.Testing;
using Xunit;

namespace BeastOrleans.GatewayTests.Operations;

[Collection(ApiCollection.Name)]
public sealed partial class OperationsTests(ApiFixture fixture)
{
    /// <summary>DESIGN.md section 11, as far as there is something to count: limits and reloads come with their features.</summary>
    private static readonly string[] Families =
    [
        "gen_ai_server_request_duration_seconds", "gen_ai_server_time_to_first_token_seconds", "gen_ai_client_operation_duration_seconds",
        "gen_ai_client_token_usage", "beast_selections_total", "beast_fallbacks_total", "beast_cost_usd_total", "beast_endpoints",
        "beast_circuit_transitions_total", "beast_requests_active", "beast_gateway_overhead_seconds",
        "beast_usage_queue_depth", "beast_usage_dropped_total", "beast_build_info",
    ];

    [Fact]
    public async Task Metrics_have_every_family_and_no_label_tells_who()
    {
        await using var sick = await SimulatorServer.StartAsync();
        sick.Script(new SimulatorBehavior { Status = 500 });
        var tenant = await fixture.Server.CreateTenantAsync();
        await tenant.RegisterModelAsync("zebra-model", fixture.CustomUrl, new { price = new { inputPerMTok = 1, outputPerMTok = 1 } });
        await tenant.RegisterModelAsync("zebra-sick", sick.BaseUrl + "/v1");
        await tenant.PutProviderAsync("openai", fixture.ProviderUrl);
        (await tenant.ChatAsync("auto", ("x-beast-user", "zebra-user"), ("x-beast-tags", "zebra-tag"))).Require(HttpStatusCode.OK);
        for (var i = 0; i < 10; i++)
        {
            (await tenant.ChatAsync("custom:zebra-sick", ("x-beast-user", "zebra-user"))).Require(HttpStatusCode.OK);
        }

        (await tenant.ChatAsync("zebra-typed")).AssertError(404);
        (await tenant.SendAsync(HttpMethod.Post, "/v1/chat/completions", """{"stream":true,"messages":[{"role":"user","content":"x"}]}""")).Require(HttpStatusCode.OK);

        var text = "";
        await Eventually.IsTrueAsync("a circuit has opened", async () =>
        {
            text = await GetAsync("/metrics", HttpStatusCode.OK);
            return text.Contains("beast_circuit_transitions_total", StringComparison.Ordinal);
        });
        Assert.All(Families, family => Assert.True(Regex.IsMatch(text, $"^{family}(_total|_bucket|_ratio)?[{{ ]", RegexOptions.Multiline), $"{family} is not exported:\n" + Names(text)));
        Assert.Matches(new Regex("^beast_usage_dropped_total[^\n]* 0( |$)", RegexOptions.Multiline), text);
        foreach (var told in new[] { tenant.Id, tenant.Key, "zebra", "custom:", "openai:", "t:t", "/u:" })
        {
            Assert.DoesNotContain(Values(text), value => value.Contains(told, StringComparison.OrdinalIgnoreCase));
        }
    }

    [Fact]
    public async Task Health_is_told_on_the_operations_port_alone()
    {
        Assert.Equal("live", await GetAsync("/health/live", HttpStatusCode.OK));
        Assert.Equal("ready", await GetAsync("/health/ready", HttpStatusCode.OK));
        foreach (var path in new[] { "/metrics", "/health/live", "/health/ready" })
        {
            (await fixture.Server.SendAsync(HttpMethod.Get, path, null)).AssertError(404, "unknown_route");
        }

        Assert.NotEqual(HttpStatusCode.OK, (await fixture.Server.SendAsync(HttpMethod.Get, new Uri(fixture.Server.OperationsUrl, "/v1/models").ToString(), fixture.Server.AdminKey)).Status);
    }

    private async Task<string> GetAsync(string path, HttpStatusCode expected)
    {
        using var response = await fixture.Server.Http.GetAsync(new Uri(fixture.Server.OperationsUrl, path));
        Assert.Equal(expected, response.StatusCode);
        return await response.Content.ReadAsStringAsync();
    }

    private static string[] Values(string metrics) => [.. Label().Matches(metrics).Select(m => m.Groups[1].Value)];

    private static string Names(string metrics) =>
        string.Join('\n', metrics.Split('\n').Where(l => l.StartsWith("# TYPE", StringComparison.Ordinal)));

    [GeneratedRegex("""\w+="([^"]*)"[,}]""")]
    private static partial Regex Label();
}
