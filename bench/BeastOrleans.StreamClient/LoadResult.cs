using System.Globalization;

namespace BeastOrleans.StreamClient;

/// <summary>What a run saw; its text is the line that <c>run.sh</c> reads, the same as that of its wrk script.</summary>
internal sealed record LoadResult(int Requests, int Errors, TimeSpan Elapsed, TimeSpan P50, TimeSpan P99, string? FirstProblem)
{
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"RESULT requests={Requests} seconds={Elapsed.TotalSeconds:0.000} p50us={P50.TotalMicroseconds:0} p99us={P99.TotalMicroseconds:0} errors={Errors}");
}
