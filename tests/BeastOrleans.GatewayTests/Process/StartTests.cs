using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using BeastOrleans.GatewayTests.Api;
using BeastOrleans.Simulator;
using BeastOrleans.Testing;
using Xunit;

namespace BeastOrleans.GatewayTests.Process;

[Collection(ProcessCollection.Name)]
public sealed partial class StartTests : IDisposable
{
    private readonly WorkingDirectory _directory = new();
    private readonly string[] _ports = HostProcess.FreePorts();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task A_first_start_speaks_at_once_and_shows_the_admin_key_once_and_a_second_finds_everything()
    {
        await using var upstream = await SimulatorServer.StartAsync(new SimulatorOptions { DefaultBehavior = new SimulatorBehavior { PromptTokens = 600, CompletionTokens = 400 } });
        string admin;
        string key;
        const int Requests = 200;
        await using (var first = await HostProcess.StartReadyAsync(_directory.Path, _ports))
        {
            Assert.True(first.FirstLineAfter < TimeSpan.FromSeconds(3), $"The first line came after {first.FirstLineAfter}.");
            admin = AdminKey().Match(first.Output).Value;
            Assert.NotEmpty(admin);
            Assert.Contains("shown this once", first.Output, StringComparison.Ordinal);

            (await first.SendAsync(HttpMethod.Post, "/admin/v1/tenants", admin, new { id = "acme" })).Require(HttpStatusCode.Created);
            key = (await first.SendAsync(HttpMethod.Post, "/admin/v1/keys", admin, new { tenant = "acme" })).Require(HttpStatusCode.Created).Json.Text("key")!;
            (await first.SendAsync(HttpMethod.Post, "/api/models/custom", key, new { name = "own", baseUrl = upstream.BaseUrl + "/v1", price = new { inputPerMTok = 1, outputPerMTok = 1 } }))
                .Require(HttpStatusCode.Created);
            await Parallel.ForEachAsync(Enumerable.Range(0, Requests), new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (_, _) =>
                (await first.SendAsync(HttpMethod.Post, "/api/codebase/chat", key, new { message = "Hello" })).Require(HttpStatusCode.OK));

            // The last answers are milliseconds old: what is not in the ledger yet must get there before the end.
            Assert.Equal(0, await first.TerminateAsync());
            Assert.Contains("Stopped.", first.Output, StringComparison.Ordinal);
            Assert.Empty(first.Errors);
        }

        await using var second = await HostProcess.StartReadyAsync(_directory.Path, _ports);
        Assert.DoesNotMatch(AdminKey(), second.Output);
        var metrics = (await second.SendAsync(HttpMethod.Get, "/api/models/custom/monitoring", key)).Require(HttpStatusCode.OK).Json.GetProperty("metrics");
        Assert.Equal(Requests, metrics.GetProperty("requests").GetProperty("total").GetInt32());
        Assert.Equal("$0.20", metrics.GetProperty("costs").Text("actual"));
        (await second.SendAsync(HttpMethod.Post, "/api/codebase/chat", key, new { message = "Hello" })).Require(HttpStatusCode.OK);
        (await second.SendAsync(HttpMethod.Get, "/admin/v1/tenants", admin)).Require(HttpStatusCode.OK);
        Assert.Equal(0, await second.TerminateAsync());
    }

    [Fact]
    public async Task Reset_key_prints_a_new_one_that_works_and_the_old_one_does_not()
    {
        string old;
        await using (var first = await HostProcess.StartReadyAsync(_directory.Path, _ports))
        {
            old = AdminKey().Match(first.Output).Value;

            // Beside a running server it would pull its key away under it: told in one line.
            await AssertRefusedAsync("in use", ["admin", "reset-key", .. HostProcess.FreePorts()]);
            Assert.Equal(0, await first.TerminateAsync());
        }

        string made;
        await using (var reset = HostProcess.Start(_directory.Path, ["admin", "reset-key", .. _ports]))
        {
            Assert.Equal(0, await reset.WaitForExitAsync());
            made = AdminKey().Match(reset.Output).Value;
        }

        Assert.NotEqual(old, made);
        await using var second = await HostProcess.StartReadyAsync(_directory.Path, _ports);
        (await second.SendAsync(HttpMethod.Get, "/admin/v1/tenants", made)).Require(HttpStatusCode.OK);
        (await second.SendAsync(HttpMethod.Get, "/admin/v1/tenants", old)).AssertError(401);
    }

    [Fact]
    public async Task Each_taken_port_is_named_in_one_line()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var port = ((IPEndPoint)taken.LocalEndpoint).Port.ToString(CultureInfo.InvariantCulture);
        for (var i = 0; i < _ports.Length; i++)
        {
            var ports = _ports.ToArray();
            ports[i] = i == 0 ? "--urls=http://127.0.0.1:" + port : ports[i].Split('=')[0] + "=" + port;
            await AssertRefusedAsync(port, ports);
        }
    }

    [Theory]
    [InlineData("--Beast:OperationsPort=70000", "Beast:OperationsPort")]
    [InlineData("--Beast:OperationsPort=many", "OperationsPort")]
    [InlineData("--Beast:Role=queen", "Beast:Role")]
    [InlineData("--Beast:Storage=punchcards", "Beast:Storage")]
    [InlineData("--Beast:AdminKey=short", "Beast:AdminKey")]
    [InlineData("--Beast:AdminKey=", "Beast:AdminKey")]
    [InlineData("--Beast:AttemptSeconds=-1", "AttemptSeconds")]
    [InlineData("--Beast:BindAddress=here", "Beast:BindAddress")]
    [InlineData("--Beast:OperationPort=9464", "Beast:OperationPort")]
    [InlineData("--Beast:Upstreams:AllowedNetwork=10.0.0.0/8", "Beast:Upstreams:AllowedNetwork")]
    [InlineData("--Beast:Upstreams:AllowedNetworks:0=10.0.0.1/8", "10.0.0.1/8")]
    [InlineData("--Beast:MasterKeyFile=/nowhere/keys.json", "/nowhere/keys.json")]
    [InlineData("--urls=localhost", "--urls")]
    public async Task A_bad_or_unknown_setting_is_named_in_one_line(string setting, string named) =>
        await AssertRefusedAsync(named, [.. _ports.Where(p => p.Split('=')[0] != setting.Split('=')[0]), setting]);

    [Fact]
    public async Task An_impossible_data_directory_is_named_in_one_line()
    {
        var file = Path.Combine(_directory.Path, "a-file");
        await File.WriteAllTextAsync(file, "not a directory");
        await AssertRefusedAsync(file, [.. _ports, "--Beast:DataDirectory=" + file]);
        await AssertRefusedAsync("/proc/beast", [.. _ports, "--Beast:DataDirectory=/proc/beast"]);
        await AssertRefusedAsync("/sys", [.. _ports, "--Beast:DataDirectory=/sys"]);
    }

    [Fact]
    public async Task A_second_process_on_the_same_data_is_refused_in_one_line()
    {
        await using var first = await HostProcess.StartReadyAsync(_directory.Path, _ports);
        await AssertRefusedAsync("in use", HostProcess.FreePorts());
    }

    private async Task AssertRefusedAsync(string named, params string[] arguments)
    {
        await using var host = HostProcess.Start(_directory.Path, arguments);
        Assert.True(2 == await host.WaitForExitAsync(), $"Exit code of {string.Join(' ', arguments)}:\n{host.Output}\n{host.Errors}");
        await Eventually.IsTrueAsync("the line is read", () => host.Errors.Length > 0);
        var line = Assert.Single(host.Errors.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.StartsWith("BeastOrleans cannot start: ", line, StringComparison.Ordinal);
        Assert.Contains(named, line, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", host.Output + host.Errors, StringComparison.Ordinal);
    }

    [GeneratedRegex("bsa_[A-Za-z0-9_-]{43}")]
    private static partial Regex AdminKey();
}
