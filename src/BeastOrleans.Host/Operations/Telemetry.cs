using System.Collections.Frozen;
using System.Diagnostics.Metrics;
using System.Reflection;
using BeastOrleans.Core.Diagnostics;
using BeastOrleans.Gateway.Diagnostics;
using BeastOrleans.Grains.Diagnostics;
using BeastOrleans.Host.Settings;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace BeastOrleans.Host.Operations;

/// <summary>What of metrics and traces is exported, and where to. Without an OTLP endpoint nothing is traced, and nothing is paid for it.</summary>
internal static class Telemetry
{
    /// <summary>OpenTelemetry's own variable: the exporter reads it, and the ones beside it, by itself.</summary>
    public const string OtlpVariable = "OTEL_EXPORTER_OTLP_ENDPOINT";

    /// <summary>Series per family of others' (Orleans, the runtime).</summary>
    private const int OthersMaxSeries = 200;

    public static string Version { get; } =
        typeof(Telemetry).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "unknown";

    /// <summary>Every family of ours.</summary>
    public static IReadOnlyList<MetricFamily> Families { get; } = [.. GatewayMetrics.All, .. GrainMetrics.All, .. HostMetrics.All];

    private static readonly FrozenDictionary<string, MetricFamily> ByName = Families.ToFrozenDictionary(f => f.Name, StringComparer.Ordinal);

    public static bool IsOtlpOn(BeastOptions options, IConfiguration configuration) =>
        options.Otlp is not null || !string.IsNullOrEmpty(configuration[OtlpVariable]);

    public static void AddBeastTelemetry(this IServiceCollection services, BeastOptions options, IConfiguration configuration)
    {
        var otlp = IsOtlpOn(options, configuration);
        services.AddSingleton<HostInstruments>();
        var telemetry = services.AddOpenTelemetry()
            .ConfigureResource(resource => resource.AddService("beastorleans", options.ServiceId, Version))
            .WithMetrics(metrics =>
            {
                metrics.AddMeter("BeastOrleans.*", "Microsoft.Orleans").AddRuntimeInstrumentation().AddView(ViewOf).AddPrometheusExporter();
                if (otlp)
                {
                    metrics.AddOtlpExporter(exporter => Configure(exporter, options));
                }
            });
        if (otlp)
        {
            telemetry.WithTracing(tracing =>
            {
                tracing.AddSource(RequestTrace.SourceName, "Microsoft.Orleans.*").AddOtlpExporter(exporter => Configure(exporter, options));
                if (string.IsNullOrEmpty(configuration["OTEL_TRACES_SAMPLER"]))
                {
                    tracing.SetSampler(new ParentBasedSampler(new TraceIdRatioBasedSampler(options.TraceRatio)));
                }
            });
        }
    }

    private static void Configure(OtlpExporterOptions exporter, BeastOptions options)
    {
        if (options.Otlp is { } endpoint)
        {
            exporter.Endpoint = endpoint;
        }
    }

    private static MetricStreamConfiguration ViewOf(Instrument instrument) => ByName.GetValueOrDefault(instrument.Name) switch
    {
        { Kind: MetricKind.Histogram } family => new ExplicitBucketHistogramConfiguration { Boundaries = family.Buckets, CardinalityLimit = family.MaxSeries },
        { } family => new MetricStreamConfiguration { CardinalityLimit = family.MaxSeries },
        _ => new MetricStreamConfiguration { CardinalityLimit = OthersMaxSeries },
    };
}
