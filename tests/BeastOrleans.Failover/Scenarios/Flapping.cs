using System.Globalization;
using BeastOrleans.Failover.Clients;
using BeastOrleans.Failover.Reports;
using BeastOrleans.Failover.Stages;
using BeastOrleans.Simulator;

namespace BeastOrleans.Failover.Scenarios;

/// <summary>
/// The primary is down for a minute while one request comes every four seconds: each is answered, few of them pay a try
/// for it, and the primary serves again soon after it has healed.
/// </summary>
/// <param name="mode">How the answers are wanted.</param>
/// <param name="listsModels">The model list, which the circuit's own probe asks for, is there during the outage.</param>
internal sealed class Flapping(Mode mode, bool listsModels) : IScenario
{
    private const int MaxTriesWhileDown = 9;

    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(4);
    private static readonly TimeSpan Outage = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan BackWithin = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan ClientPatience = TimeSpan.FromSeconds(31);

    public string Name => listsModels ? "down for 60 s, lists models" : "down for 60 s";

    public TimeSpan Estimate => Outage + BackWithin;

    public bool RunsAlone => false;

    public bool IsLong => true;

    public async Task<Row> RunAsync(Bench bench)
    {
        await using var stage = await bench.SetAsync(new StagePlan());
        var answers = new List<ClientAnswer> { await stage.AskAsync(mode, ClientPatience) };

        // :: Step 1. The outage.
        stage.PrimarySimulator.Script(new SimulatorBehavior { Status = 500 });
        if (!listsModels)
        {
            stage.PrimarySimulator.Script(new SimulatorBehavior { Status = 500, Paths = ["/v1/models"] });
        }

        var downAt = TimeProvider.System.GetUtcNow();
        await AskUntilAsync(stage, answers, TimeProvider.System.GetTimestamp(), Outage, _ => false);
        double[] tries = [.. Calls.Of(stage.PrimarySimulator).Where(c => c.ReceivedAt >= downAt).Select(c => (c.ReceivedAt - downAt).TotalSeconds)];

        // :: Step 2. Healed: until the primary answers.
        stage.PrimarySimulator.ClearScript();
        var healedAt = TimeProvider.System.GetTimestamp();
        await AskUntilAsync(stage, answers, healedAt, BackWithin + Pause, answer => answer.Served == Stage.PrimaryId);
        var backAfter = TimeProvider.System.GetElapsedTime(healedAt);

        var unanswered = answers.Count(a => !a.IsWhole);
        var isBack = answers[^1].Served == Stage.PrimaryId && backAfter <= BackWithin;
        return new Row
        {
            Fault = Name,
            Mode = mode,
            Verdict = unanswered > 0 || !isBack ? Verdict.Failed : tries.Length > MaxTriesWhileDown ? Verdict.Partial : Verdict.Passed,
            Expected = Verdict.Passed,
            ClientSaw = $"{answers.Count - unanswered} of {answers.Count} whole",
            Latency = answers.Max(a => a.Elapsed),
            PrimaryAttempts = tries.Length,
            FallbackAttempts = stage.FallbackAttempts,
            Note = string.Create(
                CultureInfo.InvariantCulture,
                $"{(isBack ? "" : "not ")}back after {backAfter.TotalSeconds:0.0} s (at most {BackWithin.TotalSeconds:0}); tried while down (at most {MaxTriesWhileDown}) at {string.Join(' ', tries.Select(t => t.ToString("0.0", CultureInfo.InvariantCulture)))} s"),
        };
    }

    private async Task AskUntilAsync(Stage stage, List<ClientAnswer> answers, long from, TimeSpan limit, Func<ClientAnswer, bool> isEnough)
    {
        using var pace = new PeriodicTimer(Pause);
        do
        {
            answers.Add(await stage.AskAsync(mode, ClientPatience));
        }
        while (!isEnough(answers[^1]) && await pace.WaitForNextTickAsync() && TimeProvider.System.GetElapsedTime(from) < limit);
    }
}
