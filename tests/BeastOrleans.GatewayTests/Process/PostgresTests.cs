using System.Net;
using System.Security.Cryptography;
using BeastOrleans.Testing.Databases;
using Xunit;

namespace BeastOrleans.GatewayTests.Process;

/// <summary>The real executable on a real PostgreSQL.</summary>
[Collection(ProcessCollection.Name)]
public sealed class PostgresTests : IAsyncLifetime
{
    private const string AdminKey = "beast-admin-0123456789abcdef0123456789abcdef";

    private readonly WorkingDirectory _directory = new();
    private PostgresServer _server = null!;
    private string _connectionString = "";

    public async Task InitializeAsync()
    {
        _server = await SharedPostgres.GetAsync();
        _connectionString = await _server.CreateDatabaseAsync();
        await File.WriteAllTextAsync(
            Path.Combine(_directory.Path, "keys.json"),
            $$$"""{"current":"k1","keys":{"k1":"{{{Convert.ToBase64String(RandomNumberGenerator.GetBytes(32))}}}"}}""");
    }

    public async Task DisposeAsync()
    {
        await _server.DropDatabaseAsync(_connectionString);
        _directory.Dispose();
    }

    [Fact]
    public async Task Four_processes_that_start_at_once_on_an_empty_database_are_one_cluster()
    {
        var hosts = await Task.WhenAll(Enumerable.Range(1, 4).Select(i => HostProcess.StartReadyAsync(
            _directory.Path, HostProcess.FreePorts(), [.. Settings(), $"--Beast:DataDirectory=data{i}", $"--Beast:AdminKey={AdminKey}"])));
        try
        {
            Assert.Equal(HttpStatusCode.Created, (await hosts[0].SendAsync(HttpMethod.Post, "/admin/v1/tenants", AdminKey, new { id = "acme" })).Status);

            // What one was told, all know.
            foreach (var host in hosts)
            {
                var made = await host.SendAsync(HttpMethod.Post, "/admin/v1/keys", AdminKey, new { tenant = "acme" });
                Assert.Equal(HttpStatusCode.Created, made.Status);
                var models = await hosts[3].SendAsync(HttpMethod.Get, "/v1/models", made.Json.GetProperty("key").GetString()!);
                Assert.Equal(HttpStatusCode.OK, models.Status);
            }
        }
        finally
        {
            foreach (var host in hosts)
            {
                Assert.Equal(0, await host.TerminateAsync());
                await host.DisposeAsync();
            }
        }
    }

    [Fact]
    public async Task A_silo_waits_for_db_migrate_which_says_what_it_did()
    {
        var refused = await RunAsync([.. Settings(), "--Beast:Role=silo", .. HostProcess.FreePorts()[1..]]);
        Assert.Equal(2, refused.ExitCode);
        Assert.Contains("run 'db migrate' first", refused.Errors, StringComparison.Ordinal);

        Assert.Contains("version 0", (await RunAsync(["db", "status", .. Database()])).Output, StringComparison.Ordinal);
        Assert.Contains("Applied", (await RunAsync(["db", "migrate", .. Database()])).Output, StringComparison.Ordinal);
        Assert.Contains("Nothing to do", (await RunAsync(["db", "migrate", .. Database()])).Output, StringComparison.Ordinal);
        Assert.Contains("up to date", (await RunAsync(["db", "status", .. Database()])).Output, StringComparison.Ordinal);

        await using var silo = HostProcess.Start(_directory.Path, [.. Settings(), "--Beast:Role=silo", .. HostProcess.FreePorts()[1..]]);
        await silo.WaitForOutputAsync("silo listens on");
        Assert.Equal(0, await silo.TerminateAsync());
    }

    [Theory]
    [InlineData("ConnectionStrings:Beast is missing", "--Beast:Storage=postgres", "--Beast:MasterKeyFile=keys.json")]
    [InlineData("Beast:MasterKeyFile is missing", "--Beast:Storage=postgres", "--ConnectionStrings:Beast=Host=127.0.0.1;Database=x")]
    [InlineData("cannot be reached", "--Beast:Storage=postgres", "--Beast:MasterKeyFile=keys.json", "--ConnectionStrings:Beast=Host=127.0.0.1;Port=1;Database=x;Username=x;Password=hunter2")]
    [InlineData("Beast:Storage is 'sqlite' or 'postgres'", "--Beast:Storage=mysql")]
    public async Task A_start_that_cannot_work_is_one_line_and_exit_code_2(string expected, params string[] settings)
    {
        var ended = await RunAsync([.. settings, .. HostProcess.FreePorts()]);

        Assert.Equal(2, ended.ExitCode);
        Assert.Contains(expected, ended.Errors, StringComparison.Ordinal);
        Assert.Single(ended.Errors.Trim().Split('\n'));
        Assert.DoesNotContain("hunter2", ended.Errors, StringComparison.Ordinal);
    }

    private string[] Database() => ["--Beast:Storage=postgres", $"--ConnectionStrings:Beast={_connectionString}"];

    private string[] Settings() => [.. Database(), "--Beast:MasterKeyFile=keys.json"];

    private async Task<(int ExitCode, string Output, string Errors)> RunAsync(string[] arguments)
    {
        await using var process = HostProcess.Start(_directory.Path, arguments);
        var exitCode = await process.WaitForExitAsync();
        return (exitCode, process.Output, process.Errors);
    }
}
