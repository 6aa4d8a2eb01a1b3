using BeastOrleans.GatewayTests.Process;
using Xunit;
using Xunit.Abstractions;

namespace BeastOrleans.GatewayTests.Sdk;

/// <summary>The official and the most used clients of Node, as <c>tests/clients</c> locks them, each before upstreams of both dialects.</summary>
[Collection(GatewayCollection.Name)]
public sealed class NodeClientsTests(GatewayFixture fixture, ITestOutputHelper output)
{
    private static readonly string Clients = FindClients();

    [NodeTheory]
    [InlineData("openai", "openai")]
    [InlineData("openai", "anthropic")]
    [InlineData("anthropic", "anthropic")]
    [InlineData("anthropic", "openai")]
    [InlineData("ai-openai", "openai")]
    [InlineData("ai-openai", "anthropic")]
    [InlineData("ai-anthropic", "anthropic")]
    [InlineData("ai-anthropic", "openai")]
    [InlineData("langchain", "openai")]
    [InlineData("langchain", "anthropic")]
    public async Task TheClientsOwnTestsPass(string client, string upstream)
    {
        await using var scene = await NodeScene.StartAsync(fixture.Server, upstream);
        await using var node = HostProcess.StartFile(
            "env", Clients, [.. scene.Environment, "node", "--test", "--test-reporter=tap", client + ".mjs"]);

        var code = await node.WaitForExitAsync();

        output.WriteLine(node.Output);
        Assert.True(code == 0, $"{client} before {upstream} ended with {code}:\n{node.Output}\n{node.Errors}\n{scene.Refusals}");
        Assert.Contains("# fail 0", node.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("# pass 0", node.Output, StringComparison.Ordinal);
    }

    internal static string FindClients()
    {
        for (var directory = new DirectoryInfo(AppContext.BaseDirectory); directory is not null; directory = directory.Parent)
        {
            var clients = Path.Combine(directory.FullName, "tests", "clients");
            if (File.Exists(Path.Combine(clients, "package.json")))
            {
                return clients;
            }
        }

        throw new InvalidOperationException("tests/clients is not above the tests' directory.");
    }
}

/// <summary>Skipped where the packages are not installed, as after a plain <c>dotnet test</c>; in CI they must be.</summary>
internal sealed class NodeTheoryAttribute : TheoryAttribute
{
    public NodeTheoryAttribute()
    {
        var isCI = Environment.GetEnvironmentVariable("CI") == "true";
        if (!isCI && !Directory.Exists(Path.Combine(NodeClientsTests.FindClients(), "node_modules")))
        {
            Skip = "tests/clients has no node_modules: run 'npm ci' there, as ./test.sh does.";
        }
    }
}
