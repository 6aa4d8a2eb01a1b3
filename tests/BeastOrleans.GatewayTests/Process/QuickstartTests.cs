using System.Text.RegularExpressions;
using BeastOrleans.Testing;
using Xunit;

namespace BeastOrleans.GatewayTests.Process;

/// <summary>
/// Runs the README's quickstart as it stands there. The first command starts the demo and keeps running; only its build
/// is left out, because these tests run from the one that there is. Takes ports 8080 and 9001, as a reader would.
/// </summary>
[Collection(ProcessCollection.Name)]
public sealed partial class QuickstartTests
{
    [Fact]
    public async Task The_readmes_quickstart_works_as_it_stands()
    {
        var root = RepositoryRoot.Path;
        var commands = Commands(await File.ReadAllTextAsync(Path.Combine(root, "README.md")));
        Assert.StartsWith("dotnet run --project src/BeastOrleans.Host -- demo", commands[0], StringComparison.Ordinal);
        Assert.True(commands.Length >= 4, "The quickstart shows an answer of one's own model, a fallback and the monitoring.");

        await using var demo = HostProcess.Start(root, "demo");
        await demo.WaitForOutputAsync("Ctrl-C stops.");
        Assert.True(File.Exists(Path.Combine(root, "data/demo/key")));
        await Eventually.IsTrueAsync("the demo is ready", async () =>
        {
            using var response = await demo.Http.GetAsync(new Uri("http://127.0.0.1:9464/health/ready"));
            return response.IsSuccessStatusCode;
        });

        var outputs = new List<string>();
        foreach (var command in commands[1..])
        {
            var output = await Shell.RunAsync(root, command);
            if (command.Contains("/monitoring", StringComparison.Ordinal))
            {
                // A reader types slower than a test does: the ledger is a fifth of a second behind.
                await Eventually.IsTrueAsync("the fallback is counted", async () => Fallbacks().IsMatch(output = await Shell.RunAsync(root, command)));
            }

            outputs.Add(output);
        }

        var own = outputs.FindIndex(o => o.Contains("custom:my-model", StringComparison.Ordinal) && !o.Contains("x-beast-fallback-reason", StringComparison.OrdinalIgnoreCase));
        var away = outputs.FindIndex(o => o.Contains("x-beast-fallback-reason", StringComparison.OrdinalIgnoreCase));
        var monitoring = outputs.FindIndex(o => Fallbacks().IsMatch(o));
        Assert.True(own >= 0 && own < away && away < monitoring, string.Join("\n---\n", outputs));
        Assert.Equal(0, await demo.TerminateAsync());
    }

    private static string[] Commands(string readme)
    {
        var block = Block().Match(readme);
        Assert.True(block.Success, "README.md has no ```bash block under a heading 'Quickstart'.");
        var joined = block.Groups[1].Value.Replace("\\\n", " ", StringComparison.Ordinal);
        return [.. joined.Split('\n').Select(l => l.Trim()).Where(l => l.Length > 0 && l[0] != '#')];
    }

    [GeneratedRegex(@"^#+ Quickstart.*?^```bash\n(.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline | RegexOptions.IgnoreCase)]
    private static partial Regex Block();

    [GeneratedRegex("\"fallbacks\": ?[1-9]")]
    private static partial Regex Fallbacks();
}
