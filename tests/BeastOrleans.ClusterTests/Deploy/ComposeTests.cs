using System.Diagnostics;
using System.Text.Json;
using System.Text.RegularExpressions;
using BeastOrleans.Gateway;
using BeastOrleans.Host.Settings;
using BeastOrleans.Testing;

namespace BeastOrleans.ClusterTests.Deploy;

/// <summary>The compose file as docker-compose understands it, with secrets made by the shipped script.</summary>
public sealed partial class ComposeTests : IDisposable
{
    private static readonly string Deploy = Path.Combine(RepositoryRoot.Path, "deploy");

    private readonly DirectoryInfo _copy = Directory.CreateTempSubdirectory("beast-compose-");

    public void Dispose() => _copy.Delete(recursive: true);

    [Fact]
    public async Task Compose_takes_the_file_and_every_file_it_names_is_there()
    {
        var config = await ConfigAsync();

        foreach (var service in (string[])["beast-1", "beast-2", "beast-3", "postgres", "nginx", "prometheus", "grafana", "simulator"])
        {
            Assert.Contains($"\n  {service}:\n", config, StringComparison.Ordinal);
        }

        var mounted = HostFile().Matches(config).Select(match => match.Groups[1].Value).Distinct().ToList();
        Assert.True(mounted.Count >= 4, string.Join(", ", mounted));
        Assert.All(mounted.Where(path => !IsMadeElsewhere(path)), path => Assert.True(Path.Exists(path), path));
    }

    [Fact]
    public async Task Gateways_take_every_setting_that_is_given_to_them()
    {
        // Two came with the roles.
        string[] known =
        [
            .. typeof(BeastOptions).GetProperties().Concat(typeof(GatewayOptions).GetProperties()).Select(p => p.Name),
            "AdvertisedIP", "AllowPlaintextCluster", "Upstreams",
        ];

        var names = Setting().Matches(await ConfigAsync()).Select(match => match.Groups[1].Value).Distinct().ToList();

        Assert.Contains("Storage", names);
        Assert.All(names, name => Assert.Contains(name, known));
    }

    [Fact]
    public async Task Gateways_run_as_nobody_on_a_read_only_root_and_know_their_own_address()
    {
        var services = Service().Matches(await ConfigAsync()).ToDictionary(match => match.Groups[1].Value, match => match.Value);

        foreach (var number in (int[])[1, 2, 3])
        {
            var gateway = services[$"beast-{number}"];
            Assert.Contains("user: 1654:1654", gateway, StringComparison.Ordinal);
            Assert.Contains("read_only: true", gateway, StringComparison.Ordinal);
            Assert.Contains("- ALL", gateway, StringComparison.Ordinal);
            Assert.Contains($"ipv4_address: 172.28.77.1{number}", gateway, StringComparison.Ordinal);
            Assert.Contains($"Beast__AdvertisedIP: 172.28.77.1{number}", gateway, StringComparison.Ordinal);
            Assert.Contains($"- beast-{number}:/data:rw", gateway, StringComparison.Ordinal);
            Assert.DoesNotContain("ports:", gateway, StringComparison.Ordinal);
        }

        Assert.DoesNotContain("ports:", services["postgres"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Secrets_are_made_once_and_hold_what_a_gateway_needs()
    {
        await RunAsync("bash", "secrets.sh");
        var settings = await File.ReadAllTextAsync(Path.Combine(_copy.FullName, "secrets", "appsettings.json"));
        var password = await File.ReadAllTextAsync(Path.Combine(_copy.FullName, "secrets", "postgres-password"));
        await RunAsync("bash", "secrets.sh");

        Assert.Equal(settings, await File.ReadAllTextAsync(Path.Combine(_copy.FullName, "secrets", "appsettings.json")));
        var json = JsonDocument.Parse(settings).RootElement;
        Assert.Contains("Password=" + password, json.GetProperty("ConnectionStrings").GetProperty("Beast").GetString(), StringComparison.Ordinal);
        Assert.True(password.Length >= 32);
        Assert.True(json.GetProperty("Beast").GetProperty("AdminKey").GetString()!.Length >= 32);
        Assert.Equal("700", (await RunAsync("stat", "-c", "%a", "secrets")).Trim());
        var keys = JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(_copy.FullName, "secrets", "master-keys.json"))).RootElement;
        Assert.Equal(32, keys.GetProperty("keys").GetProperty(keys.GetProperty("current").GetString()!).GetBytesFromBase64().Length);
    }

    [Fact]
    public async Task A_slip_in_the_file_is_found()
    {
        Copy();
        var path = Path.Combine(_copy.FullName, "compose.yaml");
        await File.WriteAllTextAsync(path, (await File.ReadAllTextAsync(path)).Replace("read_only: true", "read_onyl: true", StringComparison.Ordinal));

        var (code, _, errors) = await StartAsync("docker-compose", "-f", "compose.yaml", "config", "-q");

        Assert.NotEqual(0, code);
        Assert.Contains("read_onyl", errors, StringComparison.Ordinal);
    }

    private async Task<string> ConfigAsync()
    {
        await RunAsync("bash", "secrets.sh");
        return await RunAsync("docker-compose", "-f", "compose.yaml", "--profile", "demo", "config");
    }

    // A copy, so that a test makes no secrets in the checkout.
    private void Copy()
    {
        foreach (var file in Directory.EnumerateFiles(Deploy, "*", SearchOption.AllDirectories))
        {
            var relative = Path.GetRelativePath(Deploy, file);
            if (!relative.StartsWith("secrets" + Path.DirectorySeparatorChar, StringComparison.Ordinal))
            {
                var target = Path.Combine(_copy.FullName, relative);
                Directory.CreateDirectory(Path.GetDirectoryName(target)!);
                File.Copy(file, target, overwrite: true);
            }
        }
    }

    private async Task<string> RunAsync(string file, params string[] arguments)
    {
        if (!File.Exists(Path.Combine(_copy.FullName, "compose.yaml")))
        {
            Copy();
        }

        var (code, output, errors) = await StartAsync(file, arguments);
        Assert.True(code == 0, output + errors);
        return output;
    }

    private async Task<(int Code, string Output, string Errors)> StartAsync(string file, params string[] arguments)
    {
        var start = new ProcessStartInfo(file, arguments)
        {
            WorkingDirectory = _copy.FullName,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, output, await errors);
    }

    private static bool IsMadeElsewhere(string path) =>
        path.Contains("/prometheus/rules", StringComparison.Ordinal) || path.Contains("/grafana/", StringComparison.Ordinal);

    [GeneratedRegex(@"(?:- |file: )(/[^:\n]*beast-compose-[^:\n]*)")]
    private static partial Regex HostFile();

    [GeneratedRegex(@"Beast__(\w+?)(?:__\w+)*:")]
    private static partial Regex Setting();

    [GeneratedRegex(@"(?m)^  ([a-z0-9-]+):\n(?:    .*\n?)+")]
    private static partial Regex Service();
}
