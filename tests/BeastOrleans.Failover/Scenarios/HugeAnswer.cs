using System.Globalization;
using BeastOrleans.Failover.Clients;
using BeastOrleans.Failover.Reports;
using BeastOrleans.Failover.Stages;

namespace BeastOrleans.Failover.Scenarios;

/// <summary>An upstream sends far more than an answer has: the fallback answers, and the gateway's memory hardly notices.</summary>
internal sealed class HugeAnswer(string name, StagePlan plan, Mode mode) : IScenario
{
    private const long MaxRiseBytes = 64 * 1024 * 1024;

    private static readonly TimeSpan ClientPatience = TimeSpan.FromSeconds(31);
    private static readonly TimeSpan SampleEvery = TimeSpan.FromMilliseconds(20);

    public string Name => name;

    public TimeSpan Estimate => TimeSpan.FromSeconds(5);

    public bool RunsAlone => true;

    public bool IsLong => false;

    public static IEnumerable<HugeAnswer> All()
    {
        var line = new StagePlan { Primary = new() { HugeLineBytes = 50_000_000 } };
        var headers = new StagePlan { Kind = PrimaryKind.EndlessHeaders };
        yield return new("SSE line of 50 MB", line, Mode.Stream);
        yield return new("SSE line of 50 MB", line, Mode.Buffered);
        yield return new("body of 50 MB", line, Mode.Plain);
        yield return new("headers of 50 MB", headers, Mode.Stream);
        yield return new("headers of 50 MB", headers, Mode.Plain);
    }

    public async Task<Row> RunAsync(Bench bench)
    {
        await using var stage = await bench.SetAsync(plan);
        var before = bench.Gateway.ReadResidentBytes();
        using var over = new CancellationTokenSource();
        var sampling = SamplePeakAsync(bench.Gateway, over.Token);
        var answer = await stage.AskAsync(mode, ClientPatience);
        await over.CancelAsync();
        var rise = Math.Max(await sampling, bench.Gateway.ReadResidentBytes()) - before;
        var isRight = answer.IsWhole && answer.Text == await bench.Texts.ReadAsync(ReferenceTexts.FallbackModel);
        return new Row
        {
            Fault = name,
            Mode = mode,
            Verdict = isRight && rise < MaxRiseBytes ? Verdict.Passed : Verdict.Failed,
            Expected = Verdict.Passed,
            ClientSaw = answer.Describe(),
            Latency = answer.Elapsed,
            PrimaryAttempts = stage.Primary.Attempts,
            FallbackAttempts = stage.FallbackAttempts,
            Note = string.Create(CultureInfo.InvariantCulture, $"the gateway's memory rose by {rise / 1048576.0:0.0} MB (at most 64) from {before / 1048576.0:0} MB"),
        };
    }

    private static async Task<long> SamplePeakAsync(GatewayProcess gateway, CancellationToken over)
    {
        var peak = 0L;
        using var pace = new PeriodicTimer(SampleEvery);
        try
        {
            do
            {
                peak = Math.Max(peak, gateway.ReadResidentBytes());
            }
            while (await pace.WaitForNextTickAsync(over));
        }
        catch (OperationCanceledException)
        {
            // The answer is there.
        }

        return peak;
    }
}
