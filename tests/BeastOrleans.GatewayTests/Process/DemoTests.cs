using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using BeastOrleans.Testing;
using Xunit;

namespace BeastOrleans.GatewayTests.Process;

/// <summary>What a newcomer does, with a real shell and a real curl. The demo's own ports are fixed: 8080 is moved here, 9001 is not.</summary>
[Collection(ProcessCollection.Name)]
public sealed partial class DemoTests : IDisposable
{
    private readonly WorkingDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task The_demos_curls_work_as_they_stand()
    {
        await using var demo = await HostProcess.StartReadyAsync(_directory.Path, HostProcess.FreePorts(), "demo");
        await demo.WaitForOutputAsync("Ctrl-C stops.");
        var curls = Curl().Matches(demo.Output).Select(m => m.Value.Trim()).ToArray();
        Assert.Equal(4, curls.Length);
        Assert.True(File.Exists(Path.Combine(_directory.Path, "data/demo/key")));

        var own = await Shell.RunAsync(_directory.Path, curls[0]);
        Assert.Contains("x-beast-model: custom:my-model", own, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("x-beast-fallback-reason", own, StringComparison.OrdinalIgnoreCase);
        await Shell.RunAsync(_directory.Path, curls[1]);
        var away = await Shell.RunAsync(_directory.Path, curls[0]);
        Assert.Contains("x-beast-model: openai:gpt-4", away, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("x-beast-fallback-reason", away, StringComparison.OrdinalIgnoreCase);
        await Eventually.IsTrueAsync("the fallback is counted", async () => Regex.IsMatch(await Shell.RunAsync(_directory.Path, curls[2]), "\"fallbacks\": ?[1-9]"));
        await Shell.RunAsync(_directory.Path, curls[3]);
        await Eventually.IsTrueAsync(
            "the model is back",
            async () => (await Shell.RunAsync(_directory.Path, curls[0])).Contains("x-beast-model: custom:my-model", StringComparison.OrdinalIgnoreCase),
            TimeSpan.FromSeconds(60));
        Assert.Equal(0, await demo.TerminateAsync());
    }

    [Fact]
    public async Task A_taken_9001_is_told_in_one_line()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 9001);
        taken.Start();
        await using var demo = HostProcess.Start(_directory.Path, ["demo", .. HostProcess.FreePorts()]);
        Assert.Equal(2, await demo.WaitForExitAsync());
        Assert.Contains("9001", Assert.Single(demo.Errors.Split('\n', StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_second_demo_leaves_the_first_ones_data_alone()
    {
        await using var demo = await HostProcess.StartReadyAsync(_directory.Path, HostProcess.FreePorts(), "demo");
        await demo.WaitForOutputAsync("Ctrl-C stops.");
        await using var second = HostProcess.Start(_directory.Path, ["demo", .. HostProcess.FreePorts()]);
        Assert.Equal(2, await second.WaitForExitAsync());
        Assert.True(File.Exists(Path.Combine(_directory.Path, "data/demo/key")));
        Assert.Contains("x-beast-model", await Shell.RunAsync(_directory.Path, Curl().Match(demo.Output).Value.Trim()), StringComparison.OrdinalIgnoreCase);
    }

    [GeneratedRegex(@"^ +curl .*$", RegexOptions.Multiline)]
    private static partial Regex Curl();
}
