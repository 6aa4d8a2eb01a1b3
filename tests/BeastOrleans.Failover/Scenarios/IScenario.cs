using BeastOrleans.Failover.Reports;

namespace BeastOrleans.Failover.Scenarios;

/// <summary>Something that is run once and gives a row.</summary>
internal interface IScenario
{
    string Name { get; }

    /// <summary>About how long it takes: the long ones start first.</summary>
    TimeSpan Estimate { get; }

    /// <summary>Whether other load would spoil what it measures.</summary>
    bool RunsAlone { get; }

    /// <summary>Left out by <c>--quick</c>.</summary>
    bool IsLong { get; }

    Task<Row> RunAsync(Bench bench);
}
