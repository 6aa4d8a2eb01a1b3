namespace BeastOrleans.Contracts.Endpoints;

[GenerateSerializer, Alias("beast.CircuitState")]
public enum CircuitState
{
    /// <summary>Passing.</summary>
    Closed = 0,

    /// <summary>Refusing until a time.</summary>
    Open = 1,

    /// <summary>Admitting one probe.</summary>
    HalfOpen = 2,

    /// <summary>Opened by hand.</summary>
    Isolated = 3,
}

/// <summary>An endpoint's health as its grain last said it; read locally by gateways and selectors.</summary>
[GenerateSerializer, Immutable, Alias("beast.CircuitSnapshot")]
public sealed record CircuitSnapshot
{
    /// <summary>The circuit of an endpoint that nothing is known of.</summary>
    public static CircuitSnapshot Initial { get; } = new();

    [Id(0)]
    public CircuitState State { get; init; }

    /// <summary>Carried by every admitted call; an outcome of an older generation changes statistics only.</summary>
    [Id(1)]
    public long Generation { get; init; }

    /// <summary>Grows with every change of this snapshot; compared only within one <see cref="Epoch"/>.</summary>
    [Id(2)]
    public long Version { get; init; }

    /// <summary>When the state was entered, UTC.</summary>
    [Id(3)]
    public DateTimeOffset Since { get; init; }

    /// <summary>When an open circuit admits a probe; null otherwise.</summary>
    [Id(4)]
    public DateTimeOffset? Until { get; init; }

    /// <summary>The endpoint said it is overloaded: not called until then.</summary>
    [Id(5)]
    public DateTimeOffset? HoldUntil { get; init; }

    /// <summary>The upstream refused our credential: not called until then.</summary>
    [Id(6)]
    public DateTimeOffset? SuspendedUntil { get; init; }

    /// <summary>The last outcome was of class <see cref="OutcomeClass.Config"/>: a badge, no effect.</summary>
    [Id(7)]
    public bool Misconfigured { get; init; }

    /// <summary>Consecutive failures.</summary>
    [Id(8)]
    public int Failures { get; init; }

    /// <summary>Why the circuit opened, for people: <c>5 timeouts</c>. Null when closed.</summary>
    [Id(9)]
    public string? Cause { get; init; }

    /// <summary>The activation that made this snapshot: versions of different epochs do not compare (the later read wins).</summary>
    [Id(10)]
    public long Epoch { get; init; }

    /// <summary>The descriptor version whose credential was refused: <see cref="SuspendedUntil"/> does not hold for a newer one.</summary>
    [Id(11)]
    public long SuspendedVersion { get; init; }
}
