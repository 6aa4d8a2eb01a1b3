using System.CommandLine;
using BeastOrleans.Host.Database;
using BeastOrleans.Host.Keys;
using BeastOrleans.Host.Startup;

// Orleans and ASP.NET take their settings from the words that this parser leaves over (--urls, --Beast:Role=...).
var root = new RootCommand("BeastOrleans, a self-hosted LLM gateway. Without a command it runs the gateway.") { TreatUnmatchedTokensAsErrors = false };
root.SetAction((result, stop) => Commands.RunAsync([.. result.UnmatchedTokens], stop));

var demo = new Command("demo", "Runs the gateway with simulated models on loopback, ready to be called.") { TreatUnmatchedTokensAsErrors = false };
demo.SetAction((result, stop) => Commands.DemoAsync([.. result.UnmatchedTokens], stop));
root.Add(demo);

var admin = new Command("admin", "What an operator does beside the API.");
var resetKey = new Command("reset-key", "Makes a new admin key and prints it. The server of this data directory must be stopped.") { TreatUnmatchedTokensAsErrors = false };
resetKey.SetAction((result, stop) => Commands.ResetKeyAsync([.. result.UnmatchedTokens], stop));
admin.Add(resetKey);
root.Add(admin);

root.Add(KeyCommandLine.Build());
root.Add(DatabaseCommandLine.Build());

// Ctrl-C and SIGTERM are the host's to handle: it drains.
return await root.Parse(args).InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null });
