using System.CommandLine;
using BeastOrleans.Host.Startup;

namespace BeastOrleans.Host.Database;

/// <summary>The words of <c>db ...</c>. Settings follow them as they do everywhere.</summary>
internal static class DatabaseCommandLine
{
    public static Command Build() => new("db", "The schema of the PostgreSQL database that ConnectionStrings:Beast names.")
    {
        Make("migrate", "Brings the schema up to date. Run it before silos of a newer build start; nothing has to be stopped for it.", DatabaseCommands.MigrateAsync),
        Make("status", "Says which version the schema has and which this build knows.", DatabaseCommands.StatusAsync),
    };

    private static Command Make(string name, string description, Func<string[], Task> run)
    {
        var command = new Command(name, description) { TreatUnmatchedTokensAsErrors = false };
        command.SetAction((result, _) => Commands.OnceAsync(() => run([.. result.UnmatchedTokens])));
        return command;
    }
}
