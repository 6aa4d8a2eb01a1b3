using BeastOrleans.Failover.Clients;
using BeastOrleans.Failover.Faults;
using BeastOrleans.Failover.Reports;

namespace BeastOrleans.Failover.Scenarios;

/// <summary>Everything there is to run, in the table's order, and the order in which it is run.</summary>
internal sealed class Programme
{
    /// <summary>At once: few enough that waiting is all that they share.</summary>
    private const int Lanes = 4;

    private readonly IScenario[] _scenarios;

    public Programme(CommandLine options)
    {
        IEnumerable<IScenario> all =
        [
            .. FaultRun.Of(PublicFaults.All),
            .. FaultRun.Of(FurtherFaults.All),
            .. HugeAnswer.All(),
            new UnrulyCallers(),
            new DyingPrimary(),
            new Flapping(Mode.Plain, listsModels: false),
            new Flapping(Mode.Stream, listsModels: false),
            new Flapping(Mode.Plain, listsModels: true),
            new Flapping(Mode.Stream, listsModels: true),
            new Flood(),
        ];
        _scenarios =
        [
            .. all.Where(s => !(options.Quick && s.IsLong))
                .Where(s => options.Only is null || s.Name.Contains(options.Only, StringComparison.OrdinalIgnoreCase)),
        ];
    }

    public bool IsEmpty => _scenarios.Length == 0;

    public async Task<IReadOnlyList<Row>> RunAsync(Bench bench)
    {
        var rows = new Row?[_scenarios.Length];

        // :: Step 1. What measures thin margins or loads the machine, one after the other, while nothing else runs.
        foreach (var index in InOrder(s => s.RunsAlone).Reverse())
        {
            rows[index] = await RunOneAsync(bench, _scenarios[index]);
        }

        // :: Step 2. The others, a few at once, the long ones first.
        await Parallel.ForEachAsync(
            InOrder(s => !s.RunsAlone),
            new ParallelOptions { MaxDegreeOfParallelism = Lanes },
            async (index, _) => rows[index] = await RunOneAsync(bench, _scenarios[index]));
        return rows!;
    }

    private IEnumerable<int> InOrder(Func<IScenario, bool> which) =>
        Enumerable.Range(0, _scenarios.Length).Where(i => which(_scenarios[i])).OrderByDescending(i => _scenarios[i].Estimate);

    private static async Task<Row> RunOneAsync(Bench bench, IScenario scenario)
    {
        if (bench.Gateway.HasExited)
        {
            throw new InvalidOperationException($"The gateway ended before '{scenario.Name}':\n{bench.Gateway.Log}");
        }

        var row = await scenario.RunAsync(bench);
        await Console.Error.WriteLineAsync($"{row.Verdict.ToString().ToUpperInvariant(),-8}{row.Fault} {row.Mode}: {row.ClientSaw}");
        return row;
    }
}
