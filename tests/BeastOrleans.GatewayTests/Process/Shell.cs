using Xunit;

namespace BeastOrleans.GatewayTests.Process;

internal static class Shell
{
    /// <summary>Runs a script as <c>bash -e</c> would and gives its output; it must exit with 0.</summary>
    public static async Task<string> RunAsync(string directory, string script)
    {
        await using var bash = HostProcess.StartFile("bash", directory, "-e", "-o", "pipefail", "-c", script);
        var code = await bash.WaitForExitAsync();
        Assert.True(code == 0, $"'{script}' ended with {code}:\n{bash.Output}\n{bash.Errors}");
        return bash.Output;
    }
}
