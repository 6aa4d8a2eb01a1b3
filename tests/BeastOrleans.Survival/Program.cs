using BeastOrleans.Survival.Fleet;
using BeastOrleans.Survival.Ledger;

// The quick form is a smoke alarm; the full one is the proof.
var full = args is ["--full"];
if (args.Length > 0 && !full)
{
    await Console.Error.WriteLineAsync("usage: tests/ledger-survives-kill9.sh [--full]");
    return 2;
}

var (requests, kills) = full ? (10_000, 40) : (600, 3);
return await LedgerProof.RunAsync(ProcessFleet.StartSingleAsync, requests, kills) ? 0 : 1;
