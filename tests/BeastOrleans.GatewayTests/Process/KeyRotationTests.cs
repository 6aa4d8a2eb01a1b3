using System.Net;
using BeastOrleans.Simulator;
using Xunit;

namespace BeastOrleans.GatewayTests.Process;

/// <summary><c>keys ...</c> beside a cluster that goes on serving.</summary>
[Collection(ProcessCollection.Name)]
public sealed class KeyRotationTests : IAsyncLifetime
{
    private readonly SplitCluster _cluster = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => _cluster.DisposeAsync().AsTask();

    [Fact]
    public async Task Rotate_moves_every_credential_and_the_old_key_may_go()
    {
        await using var upstream = await SimulatorServer.StartAsync(new SimulatorOptions { RequiredApiKey = "sk-simulated-0123456789" });
        var silo = await _cluster.StartSiloAsync();
        var gateway = await _cluster.StartGatewayAsync();
        await SplitCluster.WaitUntilReadyAsync(gateway);
        var key = await _cluster.CreateTenantAsync(gateway, "acme", upstream.BaseUrl);
        var users = (await gateway.SendAsync(HttpMethod.Post, "/admin/v1/keys", _cluster.AdminKey, new { tenant = "acme", user = "alice" })).Require(HttpStatusCode.Created).Json.GetProperty("key").GetString()!;
        var credential = new { apiKey = "sk-simulated-0123456789", baseUrl = upstream.BaseUrl + "/v1" };
        (await gateway.SendAsync(HttpMethod.Put, "/api/providers/openai/key", key, credential)).Require(HttpStatusCode.NoContent);
        (await gateway.SendAsync(HttpMethod.Put, "/admin/v1/providers/openai/key", _cluster.AdminKey, credential)).Require(HttpStatusCode.NoContent);
        (await gateway.SendAsync(HttpMethod.Post, "/api/models/custom", users, new { name = "hers", credential.apiKey, credential.baseUrl })).Require(HttpStatusCode.Created);
        (await gateway.SendAsync(HttpMethod.Put, "/api/providers/openai/key?user=alice", key, credential)).Require(HttpStatusCode.NoContent);

        Assert.Matches(@"k1\s+4 credentials\s+current", await RunAsync(0, "status"));
        var rotated = await RunAsync(0, "rotate");
        Assert.Contains("'k2'", rotated, StringComparison.Ordinal);
        Assert.Matches(@"k1\s+0 credentials\s+named by nothing", rotated);
        Assert.Matches(@"k2\s+4 credentials\s+current", await RunAsync(0, "status"));
        await ChatAsync();

        // Without the old key, and with nothing in memory.
        Assert.Equal(0, await silo.TerminateAsync());
        var k2 = System.Text.Json.JsonDocument.Parse(await File.ReadAllTextAsync(_cluster.MasterKeyFile)).RootElement.GetProperty("keys").GetProperty("k2").GetString();
        await File.WriteAllTextAsync(_cluster.MasterKeyFile, $$$"""{"current":"k2","keys":{"k2":"{{{k2}}}"}}""");
        await _cluster.StartSiloAsync();
        var second = await _cluster.StartGatewayAsync();
        await SplitCluster.WaitUntilReadyAsync(second);
        gateway = second;
        await ChatAsync();

        async Task ChatAsync()
        {
            foreach (var (caller, model) in new[] { (key, "openai:gpt-4"), (users, "custom:hers"), (users, "openai:gpt-4") })
            {
                (await gateway.SendAsync(HttpMethod.Post, "/v1/chat/completions", caller, new { model, messages = new[] { new { role = "user", content = "Hello" } } })).Require(HttpStatusCode.OK);
            }
        }
    }

    [Fact]
    public async Task Without_a_cluster_nothing_is_changed_and_one_line_says_so()
    {
        var before = await File.ReadAllTextAsync(_cluster.MasterKeyFile);
        Assert.Contains("No silo answers at 127.0.0.1:", await RunAsync(2, "rotate"), StringComparison.Ordinal);
        Assert.Equal(before, await File.ReadAllTextAsync(_cluster.MasterKeyFile));
    }

    [Fact]
    public async Task Create_makes_a_file_once()
    {
        var file = Path.Combine(_cluster.Directory, "new/keys.json");
        await using var first = HostProcess.Start(_cluster.Directory, "keys", "create", "--Beast:Role=silo", "--Beast:MasterKeyFile=" + file);
        Assert.Equal(0, await first.WaitForExitAsync());
        Assert.True(File.Exists(file));
        await using var second = HostProcess.Start(_cluster.Directory, "keys", "create", "--Beast:Role=silo", "--Beast:MasterKeyFile=" + file);
        Assert.Equal(2, await second.WaitForExitAsync());
    }

    private async Task<string> RunAsync(int code, string command)
    {
        await using var host = HostProcess.Start(_cluster.Directory, ["keys", command, .. _cluster.SiloArguments()]);
        var exit = await host.WaitForExitAsync();
        Assert.True(code == exit, $"keys {command} ended with {exit}: {host.Output}\n{host.Errors}");
        return host.Output + host.Errors;
    }
}
