using System.Diagnostics.Metrics;
using BeastOrleans.Core.Diagnostics;

namespace BeastOrleans.Host.Operations;

/// <summary>What a process measures of itself.</summary>
public static class HostMetrics
{
    public const string MeterName = "BeastOrleans.Host";

    internal static readonly MetricFamily BuildInfo = new(
        "beast.build.info", MetricKind.Gauge, "Always 1; the labels tell the build.", new MetricLabel("version"), new MetricLabel("runtime"));

    internal static readonly MetricFamily StartTime = new(
        "beast.start.time", MetricKind.Gauge, "When the process started, Unix time.")
    { Unit = "s" };

    internal static readonly MetricFamily MemoryLimit = new(
        "beast.memory.limit", MetricKind.Gauge, "What the process may use: its container's limit, else the machine's memory.")
    { Unit = "By" };

    public static IReadOnlyList<MetricFamily> All { get; } = [BuildInfo, StartTime, MemoryLimit];
}

/// <summary>Observes <see cref="HostMetrics"/>.</summary>
internal sealed class HostInstruments : IDisposable
{
    private readonly Meter _meter;

    public HostInstruments(IMeterFactory meters, TimeProvider time)
    {
        _meter = meters.Create(HostMetrics.MeterName);
        HostMetrics.BuildInfo.Observe<int>(_meter, static () =>
            (IEnumerable<Measurement<int>>)[new(1, new("version", Telemetry.Version), new("runtime", Environment.Version.ToString()))]);
        var startedAt = time.GetUtcNow().ToUnixTimeMilliseconds() / 1000.0;
        HostMetrics.StartTime.Observe(_meter, () => startedAt);
        HostMetrics.MemoryLimit.Observe(_meter, static () => GC.GetGCMemoryInfo().TotalAvailableMemoryBytes);
    }

    public void Dispose() => _meter.Dispose();
}
