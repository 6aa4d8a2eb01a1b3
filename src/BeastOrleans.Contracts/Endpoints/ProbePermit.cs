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

/// <summary>A request that wants to make the half-open attempt.</summary>
[GenerateSerializer, Immutable, Alias("beast.PermitRequest")]
public sealed record PermitRequest
{
    /// <summary>The permit's id, made by who asks: asked twice because an answer was lost, the permit is still one.</summary>
    [Id(0)]
    public required string Id { get; init; }

    /// <summary>The request has another candidate. Such are preferred; a lone candidate is still served.</summary>
    [Id(1)]
    public bool HasFallback { get; init; }

    /// <summary>The longest that the attempt may take by the gateway's own limits.</summary>
    [Id(2)]
    public TimeSpan AttemptLimit { get; init; }
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
