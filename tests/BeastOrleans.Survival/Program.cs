using System.Globalization;
using BeastOrleans.Survival.Cluster;
using BeastOrleans.Survival.Fleet;
using BeastOrleans.Survival.Ledger;

const string Usage = """
    usage: ledger [--full]              the ledger against kill -9 (tests/ledger-survives-kill9.sh)
           cluster [--only NAME]        a cluster under load and what may happen to it (tests/cluster-survives.sh)
    """;

switch (args)
{
    case ["ledger"]:
        // The quick form is a smoke alarm; the full one is the proof.
        return await LedgerProof.RunAsync(ProcessFleet.StartSingleAsync, requests: 600, kills: 3) ? 0 : 1;
    case ["ledger", "--full"]:
        return await LedgerProof.RunAsync(ProcessFleet.StartSingleAsync, requests: 10_000, kills: 40) ? 0 : 1;
    case ["cluster"] or ["cluster", "--only", _]:
        return await ClusterProof.RunAsync(ProcessFleet.StartSingleAsync, only: args.Length > 1 ? args[2] : null, perSecond: 100) ? 0 : 1;
    default:
        await Console.Error.WriteLineAsync(Usage.ToString(CultureInfo.InvariantCulture));
        return 2;
}
