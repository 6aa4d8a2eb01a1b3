using BeastOrleans.Failover.Clients;
using BeastOrleans.Failover.Reports;
using BeastOrleans.Failover.Stages;
using BeastOrleans.Simulator;

namespace BeastOrleans.Failover.Scenarios;

/// <summary>Callers with limits of 50 ms, with a bad key and with requests that the upstream refuses: none opens a circuit for others.</summary>
internal sealed class UnrulyCallers : IScenario
{
    private const int Each = 20;

    private static readonly TimeSpan ClientPatience = TimeSpan.FromSeconds(10);

    public string Name => "callers at fault";

    public TimeSpan Estimate => TimeSpan.FromSeconds(5);

    public bool RunsAlone => false;

    public bool IsLong => false;

    public async Task<Row> RunAsync(Bench bench)
    {
        await using var stage = await bench.SetAsync(new StagePlan());

        stage.PrimarySimulator.Script(new SimulatorBehavior { LatencyMs = 500 });
        var hasty = await RepeatAsync(() => stage.AskAsync(Mode.Plain, ClientPatience, ("x-beast-timeout", "0.05")));
        stage.PrimarySimulator.Script(new SimulatorBehavior { Status = 400 });
        var refused = await RepeatAsync(() => stage.AskAsync(Mode.Plain, ClientPatience));
        var stranger = new ChatClient(bench.Gateway.Http, "bst_" + new string('A', 49));
        var unknown = await RepeatAsync(() => stranger.AskAsync(Mode.Plain, ClientPatience));

        stage.PrimarySimulator.ClearScript();
        var other = await stage.AskAsync(Mode.Plain, ClientPatience);
        var circuit = await stage.ReadCircuitAsync();
        var (state, failures) = (circuit.GetProperty("state").GetString(), circuit.GetProperty("failures").GetInt32());
        var isTold = hasty.All(a => a.Status == 504) && refused.All(a => a.Status == 400) && unknown.All(a => a.Status == 401);
        return new Row
        {
            Fault = Name,
            Mode = Mode.Plain,
            Verdict = other.Served == Stage.PrimaryId && state == "closed" && failures == 0
                ? isTold ? Verdict.Passed : Verdict.Partial
                : Verdict.Failed,
            Expected = Verdict.Passed,
            ClientSaw = other.Describe(),
            Latency = other.Elapsed,
            PrimaryAttempts = stage.Primary.Attempts,
            FallbackAttempts = stage.FallbackAttempts,
            Note = $"after {Each} limits of 50 ms, {Each} times 400, {Each} bad keys: circuit {state}, {failures} failures{(isTold ? "" : "; a caller was told something else")}",
        };
    }

    private static async Task<ClientAnswer[]> RepeatAsync(Func<Task<ClientAnswer>> ask)
    {
        var answers = new ClientAnswer[Each];
        for (var i = 0; i < Each; i++)
        {
            answers[i] = await ask();
        }

        return answers;
    }
}
