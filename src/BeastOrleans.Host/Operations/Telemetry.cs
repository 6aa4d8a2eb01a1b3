using System.Diagnostics.Metrics;
using System.Reflection;
using OpenTelemetry.Metrics;

namespace BeastOrleans.Host.Operations;

/// <summary>Which meters are exported, with explicit buckets and a bound on every family's series.</summary>
internal static class Telemetry
{
    /// <summary>Series per family; the closed label sets stay far below, and what would not is folded into one overflow series.</summary>
    private const int CardinalityLimit = 500;

    // From 1 ms (a refusal) to 2 minutes (a long answer), the conventions' own buckets thinned out.
    private static readonly double[] DurationBuckets = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120];
    private static readonly double[] TokenBuckets = [1, 16, 64, 256, 1024, 4096, 16384, 65536, 262144, 1048576];
    private static readonly double[] OverheadBuckets = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.05, 0.25, 1];

    public static string Version { get; } =
        typeof(Telemetry).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "unknown";

    public static void AddBeastTelemetry(this IServiceCollection services)
    {
        services.AddSingleton<HostInstruments>();
        services.AddOpenTelemetry().WithMetrics(metrics => metrics
            .AddMeter("BeastOrleans.*", "Microsoft.Orleans")
            .AddRuntimeInstrumentation()
            .AddView(instrument => BucketsOf(instrument) is { } buckets
                ? new ExplicitBucketHistogramConfiguration { Boundaries = buckets, CardinalityLimit = CardinalityLimit }
                : new MetricStreamConfiguration { CardinalityLimit = CardinalityLimit })
            .AddPrometheusExporter());
    }

    /// <summary>Null for instruments that are no histograms of ours.</summary>
    private static double[]? BucketsOf(Instrument instrument) => instrument switch
    {
        { Name: "gen_ai.client.token.usage" } => TokenBuckets,
        { Name: "beast.gateway.overhead" } => OverheadBuckets,
        Histogram<double> when instrument.Meter.Name.StartsWith("BeastOrleans.", StringComparison.Ordinal) => DurationBuckets,
        _ => null,
    };
}

/// <summary>What the process says of itself.</summary>
internal sealed class HostInstruments : IDisposable
{
    private readonly Meter _meter;

    public HostInstruments(IMeterFactory meters)
    {
        _meter = meters.Create("BeastOrleans.Host");
        _meter.CreateObservableGauge(
            "beast.build.info",
            () => new Measurement<int>(1, new("version", Telemetry.Version), new("runtime", Environment.Version.ToString())),
            description: "Always 1; the labels tell the build.");
    }

    public void Dispose() => _meter.Dispose();
}
