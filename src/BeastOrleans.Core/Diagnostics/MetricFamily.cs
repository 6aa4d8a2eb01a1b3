using System.Diagnostics.Metrics;

namespace BeastOrleans.Core.Diagnostics;

/// <summary>
/// One family of our metrics: what its instrument is made of, how it is exported and what the documentation says of it. One place,
/// so that none of the three can tell another story than the rest.
/// </summary>
/// <param name="Name">OpenTelemetry's, with dots.</param>
/// <param name="What">For the scrape's HELP and for the documentation.</param>
public sealed record MetricFamily(string Name, MetricKind Kind, string What, params MetricLabel[] Labels)
{
    /// <summary>UCUM: <c>s</c>, <c>By</c>, <c>{token}</c>; null = a plain number.</summary>
    public string? Unit { get; init; }

    /// <summary>Upper bounds of a histogram's buckets.</summary>
    public double[] Buckets { get; init; } = [];

    /// <summary>Label combinations kept; what comes beyond is folded into one series that says so (<c>otel_metric_overflow</c>).</summary>
    public int MaxSeries { get; init; } = 100;

    /// <summary>As it is scraped.</summary>
    public string ScrapedName => Name.Replace('.', '_') + (Unit switch { "s" => "_seconds", "By" => "_bytes", _ => "" }) + (Kind == MetricKind.Counter ? "_total" : "");

    public Counter<T> Counter<T>(Meter meter)
        where T : struct => meter.CreateCounter<T>(Name, Unit, What);

    public Histogram<T> Histogram<T>(Meter meter)
        where T : struct => meter.CreateHistogram<T>(Name, Unit, What);

    public void Observe<T>(Meter meter, Func<T> value)
        where T : struct
    {
        if (Kind == MetricKind.Counter)
        {
            meter.CreateObservableCounter(Name, value, Unit, What);
        }
        else
        {
            meter.CreateObservableGauge(Name, value, Unit, What);
        }
    }

    public void Observe<T>(Meter meter, Func<IEnumerable<Measurement<T>>> values)
        where T : struct
    {
        if (Kind == MetricKind.Counter)
        {
            meter.CreateObservableCounter(Name, values, Unit, What);
        }
        else
        {
            meter.CreateObservableGauge(Name, values, Unit, What);
        }
    }
}

/// <summary>A label and all values that it can have. A label whose values are not known beforehand is no label.</summary>
public sealed record MetricLabel(string Name, params string[] Values)
{
    /// <summary>As it is scraped.</summary>
    public string ScrapedName => Name.Replace('.', '_');

    /// <summary>The values are facts of the build, of which a process has one.</summary>
    public bool IsOfTheBuild => Values.Length == 0;
}

public enum MetricKind
{
    Counter = 0,
    Histogram = 1,
    Gauge = 2,
}
