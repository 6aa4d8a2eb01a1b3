namespace BeastOrleans.Simulator;

/// <summary>What outlives a restart of the listener.</summary>
internal sealed class SimulatorState(SimulatorOptions options)
{
    private volatile bool _isStopping;

    public SimulatorOptions Options { get; } = options;

    public ModelCatalog Models { get; } = new(options);

    public BehaviorScript Script { get; } = new();

    public SimulatorCounters Counters { get; } = new();

    public RequestLog Log { get; } = new(options.MaxLogEntries, options.MaxLogBytes);

    /// <summary>Null = nobody asked for it.</summary>
    public TruthLog? Truth { get; } = options.TruthFile is { } file ? new TruthLog(file) : null;

    /// <summary>While set, broken connections are the simulator's doing and no client abort.</summary>
    public bool IsStopping
    {
        get => _isStopping;
        set => _isStopping = value;
    }
}
