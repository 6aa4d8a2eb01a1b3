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
internal sealed class Flapping(Mode mode) : IScenario
{
    private const int MaxTriesWhileDown = 9;

    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(4);
    private static readonly TimeSpan Outage = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan BackWithin = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan ClientPatience = TimeSpan.FromSeconds(31);

    public string Name => "down for 60 s, then back";

    public TimeSpan Estimate => Outage + BackWithin;

    public bool RunsAlone => false;

    public bool IsLong => true;

    public async Task<Row> RunAsync(Bench bench)
    {
        await using var stage = await bench.SetAsync(new StagePlan());
        var answers = new List<ClientAnswer> { await stage.AskAsync(mode, ClientPatience) };

        // :: Step 1. The outage.
        stage.PrimarySimulator.Script(new SimulatorBehavior { Status = 500 });
        var before = stage.Primary.Attempts!.Value;
        await AskUntilAsync(stage, answers, TimeProvider.System.GetTimestamp(), Outage, _ => false);
        var tries = stage.Primary.Attempts!.Value - before;

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
            Verdict = unanswered > 0 || !isBack ? Verdict.Failed : tries > MaxTriesWhileDown ? Verdict.Partial : Verdict.Passed,
            Expected = Verdict.Passed,
            ClientSaw = $"{answers.Count - unanswered} of {answers.Count} whole",
            Latency = answers.Max(a => a.Elapsed),
            PrimaryAttempts = tries,
            FallbackAttempts = stage.FallbackAttempts,
            Note = isBack
                ? string.Create(CultureInfo.InvariantCulture, $"back {backAfter.TotalSeconds:0.0} s after it healed (at most {BackWithin.TotalSeconds:0}); tries while down, at most {MaxTriesWhileDown}")
                : string.Create(CultureInfo.InvariantCulture, $"not back {backAfter.TotalSeconds:0.0} s after it healed"),
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
