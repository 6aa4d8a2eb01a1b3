using System.CommandLine;
using BeastOrleans.Host.Startup;

namespace BeastOrleans.Host.Keys;

/// <summary>The words of <c>keys ...</c>. Settings follow them as they do everywhere.</summary>
internal static class KeyCommandLine
{
    public static Command Build()
    {
        var keys = new Command("keys", "The key-encryption keys that stored credentials are sealed under.")
        {
            Make("create", "Makes the file that Beast:MasterKeyFile names, with a first key.", static (args, _) => KeyCommands.CreateAsync(args)),
            Make("status", "Says how many stored credentials name which key. The cluster must be running.", KeyCommands.StatusAsync),
            Make("rotate", "Adds a key to the file, makes it current and re-wraps every stored credential under it, while the cluster serves.", KeyCommands.RotateAsync),
            Make("rewrap", "Re-wraps every stored credential under the file's current key, where the file is changed elsewhere.", KeyCommands.RewrapAsync),
        };
        return keys;
    }

    private static Command Make(string name, string description, Func<string[], CancellationToken, Task> run)
    {
        var command = new Command(name, description) { TreatUnmatchedTokensAsErrors = false };
        command.SetAction((result, stop) => Commands.OnceAsync(() => run([.. result.UnmatchedTokens], stop)));
        return command;
    }
}
