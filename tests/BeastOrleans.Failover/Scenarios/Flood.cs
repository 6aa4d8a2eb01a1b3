using System.Globalization;
using BeastOrleans.Failover.Clients;
using BeastOrleans.Failover.Reports;
using BeastOrleans.Failover.Stages;
using BeastOrleans.Simulator;

namespace BeastOrleans.Failover.Scenarios;

/// <summary>Every upstream is down under load: the gateway must not multiply it, and must tell every client quickly.</summary>
internal sealed class Flood : IScenario
{
    private const int PerSecond = 500;
    private const double MaxCallsPerRequest = 1.25;

    /// <summary>Afterwards: one probe a second and endpoint, twice over because a lone candidate may heal too.</summary>
    private const double TricklePerSecond = 4;

    private static readonly TimeSpan Duration = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Opening = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan ClientPatience = TimeSpan.FromSeconds(10);

    public string Name => "all upstreams 503, 500 requests/s";

    public TimeSpan Estimate => Duration;

    public bool RunsAlone => true;

    public bool IsLong => true;

    public async Task<Row> RunAsync(Bench bench)
    {
        var down = new SimulatorBehavior { Status = 503 };
        await using var stage = await bench.SetAsync(new StagePlan { Primary = down, Fallback = down });
        var startedAt = TimeProvider.System.GetUtcNow();
        var answers = await OpenLoop.RunAsync(PerSecond, Duration, () => stage.AskAsync(Mode.Plain, ClientPatience));

        DateTimeOffset[] calls = [.. Calls.Of(stage.PrimarySimulator).Concat(Calls.Of(stage.Fallback)).Select(c => c.ReceivedAt)];
        var early = calls.Count(at => at - startedAt < Opening);
        var trickle = (calls.Length - early) / (Duration - Opening).TotalSeconds;
        var untold = answers.Count(a => a.Error?.Code is null || a.Status is not (502 or 503));
        TimeSpan[] times = [.. answers.Select(a => a.Elapsed).Order()];
        var isBounded = early <= MaxCallsPerRequest * PerSecond * Opening.TotalSeconds && trickle <= TricklePerSecond;
        return new Row
        {
            Fault = Name,
            Mode = Mode.Plain,
            Verdict = untold > 0 || !isBounded ? Verdict.Failed : Verdict.Safe,
            Expected = Verdict.Safe,
            ClientSaw = $"{answers.Length - untold} of {answers.Length} a typed 502 or 503, {answers.Count(a => a.Hung)} hung",
            Latency = times[(int)(times.Length * 0.99)],
            PrimaryAttempts = stage.Primary.Attempts,
            FallbackAttempts = stage.FallbackAttempts,
            Note = string.Create(
                CultureInfo.InvariantCulture,
                $"latency is p99; {early} upstream calls in the first 2 s (at most {MaxCallsPerRequest * PerSecond * Opening.TotalSeconds:0}), then {trickle:0.00}/s (at most {TricklePerSecond:0})"),
        };
    }
}
