namespace BeastOrleans.Contracts.Endpoints;

/// <summary>The right to make the cluster's one half-open attempt at an endpoint: a lease with an expiry.</summary>
[GenerateSerializer, Immutable, Alias("beast.ProbePermit")]
public sealed record ProbePermit
{
    [Id(0)]
    public required string Id { get; init; }

    [Id(1)]
    public required long Generation { get; init; }

    [Id(2)]
    public required DateTimeOffset ExpiresAt { get; init; }
}

[GenerateSerializer, Immutable, Alias("beast.PermitReply")]
public sealed record PermitReply
{
    /// <summary>Null when the circuit admits nobody now; the snapshot says why.</summary>
    [Id(0)]
    public ProbePermit? Permit { get; init; }

    [Id(1)]
    public required CircuitSnapshot Circuit { get; init; }
}

/// <summary>What an operator may do to a circuit by hand.</summary>
[GenerateSerializer, Alias("beast.CircuitAction")]
public enum CircuitAction
{
    /// <summary>Refuse everything until <see cref="Close"/> or <see cref="Reset"/>.</summary>
    Isolate = 0,

    /// <summary>Closed now; statistics kept.</summary>
    Close = 1,

    /// <summary>Closed now, everything forgotten: statistics, holds, suspension.</summary>
    Reset = 2,
}
