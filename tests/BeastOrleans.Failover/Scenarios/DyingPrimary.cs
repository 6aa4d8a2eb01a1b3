using System.Globalization;
using BeastOrleans.Failover.Clients;
using BeastOrleans.Failover.Reports;
using BeastOrleans.Failover.Stages;
using BeastOrleans.Simulator;
using BeastOrleans.Testing;

namespace BeastOrleans.Failover.Scenarios;

/// <summary>The primary's process dies while two hundred requests are with it: no client notices.</summary>
internal sealed class DyingPrimary : IScenario
{
    private const int Requests = 200;
    private const int MaxFurtherAttempts = 10;

    private static readonly TimeSpan ClientPatience = TimeSpan.FromSeconds(31);

    public string Name => "primary dies under 200 requests";

    public TimeSpan Estimate => TimeSpan.FromSeconds(5);

    public bool RunsAlone => true;

    public bool IsLong => false;

    public async Task<Row> RunAsync(Bench bench)
    {
        await using var stage = await bench.SetAsync(new StagePlan { PrimaryDies = true, Primary = new SimulatorBehavior { LatencyMs = 20_000 } });
        var asking = Enumerable.Range(0, Requests).Select(_ => stage.AskAsync(Mode.Plain, ClientPatience)).ToArray();
        await Eventually.IsTrueAsync("all requests are with the primary", () => stage.Primary.Attempts == Requests);
        await stage.PrimarySimulator.StopAsync();
        var answers = await Task.WhenAll(asking);

        var errors = answers.Count(a => !a.IsWhole);
        var attempts = answers.Sum(a => a.AttemptsAt(Stage.PrimaryId));
        return new Row
        {
            Fault = Name,
            Mode = Mode.Plain,
            Verdict = errors > 0 ? Verdict.Failed : attempts > Requests + MaxFurtherAttempts ? Verdict.Partial : Verdict.Passed,
            Expected = Verdict.Passed,
            ClientSaw = $"{Requests - errors} of {Requests} whole",
            Latency = answers.Max(a => a.Elapsed),
            PrimaryAttempts = attempts,
            FallbackAttempts = stage.FallbackAttempts,
            Note = string.Create(CultureInfo.InvariantCulture, $"at most {Requests + MaxFurtherAttempts} primary attempts"),
        };
    }
}
