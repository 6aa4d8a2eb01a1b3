using System.Globalization;
using BeastOrleans.Survival.Cluster;
using BeastOrleans.Survival.Fleet;
using BeastOrleans.Survival.Ledger;

const string Usage = """
    usage: ledger [--full]                the ledger of one process against kill -9 (tests/ledger-survives-kill9.sh)
           ledger --cluster               the ledger of 2 silos and 2 gateways on PostgreSQL against kill -9 of all of them
           cluster [--all] [--only NAME] [--from DIRECTORY]
                                          3 silos and 2 gateways, or 3 processes that are both, under load and what may
                                          happen to them (tests/cluster-survives.sh). The restart one by one is from the
                                          build in the directory onto this one
    """;

switch (args)
{
    case ["ledger"]:
        // The quick form is a smoke alarm; the full one is the proof.
        return await LedgerProof.RunAsync(ProcessFleet.StartSingleAsync, requests: 600, kills: 3) ? 0 : 1;
    case ["ledger", "--full"]:
        return await LedgerProof.RunAsync(ProcessFleet.StartSingleAsync, requests: 10_000, kills: 40) ? 0 : 1;
    case ["ledger", "--cluster"]:
        return await LedgerProof.RunAsync(directory => ProcessFleet.StartClusterAsync(directory, silos: 2, gateways: 2), requests: 10_000, kills: 40) ? 0 : 1;
    case ["cluster", .. var options] when ClusterOptions.TryRead(options) is { } cluster:
        return await ClusterProof.RunAsync(
            directory => ProcessFleet.StartClusterAsync(directory, silos: 3, cluster.All ? 0 : 2, cluster.From),
            cluster.Only,
            perSecond: 100) ? 0 : 1;
    default:
        await Console.Error.WriteLineAsync(Usage.ToString(CultureInfo.InvariantCulture));
        return 2;
}
