using System.Globalization;
using BeastOrleans.Failover.Reports;
using BeastOrleans.Failover.Scenarios;
using BeastOrleans.Failover.Stages;

namespace BeastOrleans.Failover.Accounting;

/// <summary>
/// After everything: every request of every stage is looked up in the books, where each attempt must stand once with its
/// reason and its cost; the attempts must be those that the upstreams counted, and the totals their sums.
/// </summary>
internal sealed class Audit(Bench bench)
{
    private const int AtOnce = 8;
    private const int MaxNamed = 3;

    private readonly List<string> _problems = [];
    private int _requests;
    private int _attempts;

    public async Task<Row> RunAsync()
    {
        var startedAt = TimeProvider.System.GetTimestamp();
        foreach (var stage in bench.Stages)
        {
            await CheckAsync(stage);
        }

        return new Row
        {
            Fault = "accounting",
            Verdict = _problems.Count == 0 ? Verdict.Passed : Verdict.Failed,
            Expected = Verdict.Passed,
            ClientSaw = string.Create(CultureInfo.InvariantCulture, $"{_requests} requests, {_attempts} attempts"),
            Latency = TimeProvider.System.GetElapsedTime(startedAt),
            Note = _problems.Count == 0
                ? "each attempt booked once with reason and cost, equal to what the upstreams counted; the totals agree"
                : $"{_problems.Count} problems: {string.Join("; ", _problems.Take(MaxNamed))}",
        };
    }

    private async Task CheckAsync(Stage stage)
    {
        var records = new List<BookedRequest>();
        var traces = stage.Traces.Where(t => !t.Answer.IsRefusedUnread);
        var options = new ParallelOptions { MaxDegreeOfParallelism = AtOnce };
        await Parallel.ForEachAsync(traces, options, async (trace, _) =>
        {
            if (trace.Answer.RequestId is not { } id)
            {
                Report($"{stage.Tenant}: an answer without a request id ({trace.Answer.Describe()})");
            }
            else if (await BookedRequest.FindAsync(stage.Api, id) is { } record)
            {
                lock (records)
                {
                    records.Add(record);
                }

                Report(record.ProblemsWith(trace));
            }
            else
            {
                Report($"{id} is not in the ledger ({trace.Answer.Describe()})");
            }
        });

        _requests += records.Count;
        _attempts += records.Sum(r => r.Attempts.Count);
        Report(CountProblems(stage, records));
        Report(await BookedTotals.ProblemsAsync(stage, records));
    }

    private static IEnumerable<string> CountProblems(Stage stage, List<BookedRequest> records)
    {
        var primary = records.Sum(r => r.Attempts.Count(a => a.ModelId == Stage.PrimaryId));
        var fallback = records.Sum(r => r.Attempts.Count(a => a.ModelId == Stage.FallbackId));
        if (!stage.Plan.PrimaryDies && stage.Primary.Attempts is { } seen && seen != primary)
        {
            yield return $"{stage.Tenant}: the primary saw {seen} calls, the ledger has {primary}";
        }

        if (stage.FallbackAttempts != fallback)
        {
            yield return $"{stage.Tenant}: the fallback saw {stage.FallbackAttempts} calls, the ledger has {fallback}";
        }
    }

    private void Report(IEnumerable<string> problems)
    {
        foreach (var problem in problems)
        {
            Report(problem);
        }
    }

    private void Report(string problem)
    {
        lock (_problems)
        {
            _problems.Add(problem);
        }
    }
}
