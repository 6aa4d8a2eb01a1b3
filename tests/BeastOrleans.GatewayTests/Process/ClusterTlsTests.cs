using System.Globalization;
using System.Net;
using BeastOrleans.Simulator;
using BeastOrleans.Testing;
using Xunit;

namespace BeastOrleans.GatewayTests.Process;

/// <summary>Mutual TLS between a silo and gateways, over real sockets between real processes.</summary>
[Collection(ProcessCollection.Name)]
public sealed class ClusterTlsTests : IAsyncLifetime
{
    private const string ServerOnly = "1.3.6.1.5.5.7.3.1";

    private readonly SplitCluster _cluster = new();
    private readonly TestAuthority _authority = new("ours");
    private readonly TestAuthority _foreign = new("theirs");

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        await _cluster.DisposeAsync();
        _authority.Dispose();
        _foreign.Dispose();
    }

    [Fact]
    public async Task Members_form_a_cluster_and_nobody_else_gets_in()
    {
        await using var upstream = await SimulatorServer.StartAsync();
        var silo = await _cluster.StartSiloAsync(_authority.SettingsFor(_authority.Issue("silo")));
        var gateway = await _cluster.StartGatewayAsync(_authority.SettingsFor(_authority.Issue("gateway")));
        await SplitCluster.WaitUntilReadyAsync(gateway);
        var key = await _cluster.CreateTenantAsync(gateway, "acme", upstream.BaseUrl);
        (await SplitCluster.ChatAsync(gateway, key)).Require(HttpStatusCode.OK);

        // An answer larger than any buffer on the way.
        var path = string.Concat(Enumerable.Repeat("0123456789", 100));
        await Task.WhenAll(Enumerable.Range(0, 50).Select(async i => (await gateway.SendAsync(
            HttpMethod.Post, "/api/models/custom", key, new { name = string.Create(CultureInfo.InvariantCulture, $"long{i}"), baseUrl = $"{upstream.BaseUrl}/{path}/v1" })).Require(HttpStatusCode.Created)));
        var models = (await gateway.SendAsync(HttpMethod.Get, "/api/models/custom", key)).Require(HttpStatusCode.OK);
        Assert.Equal((51, true), (models.Json.GetProperty("models").GetArrayLength(), models.Text.Length > 50_000));

        var plaintext = await _cluster.StartGatewayAsync();
        var foreign = await _cluster.StartGatewayAsync(_foreign.SettingsFor(_foreign.Issue("gateway")));
        var borrowed = await _cluster.StartGatewayAsync([.. _foreign.SettingsFor(_foreign.Issue("other")).Take(2), "--Beast:ClusterTls:CaFile=" + _authority.CaFile]);
        var unfit = await _cluster.StartGatewayAsync(_authority.SettingsFor(_authority.Issue("unfit", ServerOnly)));
        await Eventually.IsTrueAsync("the silo has refused each of them", () => silo.Output.Split("was refused").Length > 4);
        foreach (var stranger in (HostProcess[])[plaintext, foreign, borrowed, unfit])
        {
            Assert.Equal(HttpStatusCode.ServiceUnavailable, (await SplitCluster.ReadyAsync(stranger)).Status);
            Assert.DoesNotContain("Connected to the cluster", stranger.Output, StringComparison.Ordinal);
        }

        (await SplitCluster.ChatAsync(gateway, key)).Require(HttpStatusCode.OK);
        Assert.Equal(0, await gateway.TerminateAsync());
        Assert.Equal(0, await silo.TerminateAsync());
    }

    [Fact]
    public async Task A_gateway_with_tls_refuses_a_silo_without()
    {
        await _cluster.StartSiloAsync();
        var gateway = await _cluster.StartGatewayAsync(_authority.SettingsFor(_authority.Issue("gateway")));
        await Eventually.IsTrueAsync("the gateway has given the silo up", () => gateway.Output.Contains("was refused", StringComparison.Ordinal));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await SplitCluster.ReadyAsync(gateway)).Status);
    }

    [Fact]
    public async Task New_files_are_taken_without_a_restart()
    {
        var member = _authority.Issue("silo");
        var ca = Path.Combine(_cluster.Directory, "ca.pem");
        File.Copy(_authority.CaFile, ca);
        var silo = await _cluster.StartSiloAsync([.. _authority.SettingsFor(member).Take(2), "--Beast:ClusterTls:CaFile=" + ca]);
        var old = await _cluster.StartGatewayAsync(_authority.SettingsFor(_authority.Issue("old")));
        await SplitCluster.WaitUntilReadyAsync(old);

        // The silo moves to the other authority; connections that are open stay.
        var replaced = _foreign.Issue("silo");
        File.Copy(replaced.Certificate, member.Certificate, overwrite: true);
        File.Copy(replaced.Key, member.Key, overwrite: true);
        File.Copy(_foreign.CaFile, ca, overwrite: true);
        var moved = await _cluster.StartGatewayAsync(_foreign.SettingsFor(_foreign.Issue("gateway")));
        await SplitCluster.WaitUntilReadyAsync(moved);
        Assert.Contains("was read anew", silo.Output, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await SplitCluster.ReadyAsync(old)).Status);

        // A file that is half written changes nothing.
        await File.WriteAllTextAsync(ca, "-----BEGIN");
        var later = await _cluster.StartGatewayAsync(_foreign.SettingsFor(_foreign.Issue("later")));
        await SplitCluster.WaitUntilReadyAsync(later);
        Assert.Contains("stays in force", silo.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Half_configured_it_does_not_start(int leftOut)
    {
        var settings = _authority.SettingsFor(_authority.Issue("silo")).ToList();
        var name = settings[leftOut].Split('=')[0][2..];
        settings.RemoveAt(leftOut);
        await AssertRefusedAsync(name, [.. _cluster.SiloArguments(), .. settings]);
    }

    [Fact]
    public async Task Files_that_are_no_certificates_are_named_in_one_line()
    {
        var member = _authority.Issue("silo");
        await AssertRefusedAsync("/nowhere.pem", [.. _cluster.SiloArguments(), .. _authority.SettingsFor((member.Certificate, "/nowhere.pem"))]);
        await AssertRefusedAsync("Beast:ClusterTls", [.. _cluster.SiloArguments(), .. _authority.SettingsFor((member.Certificate, _authority.Issue("other").Key))]);
        await AssertRefusedAsync(_cluster.MasterKeyFile, [.. _cluster.SiloArguments(), .. _authority.SettingsFor(member).Take(2), "--Beast:ClusterTls:CaFile=" + _cluster.MasterKeyFile]);
    }

    private async Task AssertRefusedAsync(string named, string[] arguments)
    {
        await using var host = HostProcess.Start(_cluster.Directory, arguments);
        var code = await host.WaitForExitAsync();
        await Eventually.IsTrueAsync("the line is read", () => host.Errors.Length > 0);
        var line = Assert.Single(host.Errors.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.True(code == 2, string.Create(CultureInfo.InvariantCulture, $"{code}: {host.Output}\n{host.Errors}"));
        Assert.Contains(named, line, StringComparison.Ordinal);
    }
}
