using BeastOrleans.Contracts.Endpoints;

namespace BeastOrleans.Core.Circuit;

/// <summary>
/// All that one endpoint's circuit knows. Soft state: kept on transitions, so that a silo crash costs at most one
/// extra probe. Plain properties, so that any JSON serializer can keep it.
/// </summary>
public sealed record CircuitBreakerState
{
    public static CircuitBreakerState Initial { get; } = new();

    public CircuitState State { get; init; }

    /// <summary>Grows with every transition, so that outcomes of calls admitted before it can be told apart.</summary>
    public long Generation { get; init; }

    /// <summary>Grows with every change of the snapshot.</summary>
    public long Version { get; init; }

    /// <summary>When <see cref="State"/> was entered.</summary>
    public DateTimeOffset Since { get; init; }

    /// <summary>When an open circuit admits a probe.</summary>
    public DateTimeOffset? Until { get; init; }

    /// <summary>Why it opened, for people.</summary>
    public string? Cause { get; init; }

    /// <summary>Openings since the last good while closed: the exponent of the next opening's length.</summary>
    public int Openings { get; init; }

    /// <summary>Failures in a row in this generation.</summary>
    public int ConsecutiveFailures { get; init; }

    /// <summary>How many of them were timeouts: only for the wording of <see cref="Cause"/>.</summary>
    public int ConsecutiveTimeouts { get; init; }

    /// <summary>Outcomes of this generation only: a straggler must not tip the ratio.</summary>
    public RollingWindow Window { get; init; } = RollingWindow.Empty;

    /// <summary>Attempt ids of the last outcomes that were held against it, newest last: a report sent twice counts once.</summary>
    public string[] CountedAttempts { get; init; } = [];

    /// <summary>The permit that is out; null when none is.</summary>
    public ProbePermit? Permit { get; init; }

    /// <summary>Successes of this half-open period.</summary>
    public int ProbeSuccesses { get; init; }

    /// <summary>When the last permit was granted whose attempt did not succeed.</summary>
    public DateTimeOffset? LastTrialAt { get; init; }

    /// <summary>When a request that had a fallback last asked for a permit: such are preferred for probing.</summary>
    public DateTimeOffset? FallbackAskedAt { get; init; }

    /// <summary>The endpoint said it is overloaded: not called until then.</summary>
    public DateTimeOffset? HoldUntil { get; init; }

    /// <summary>Holds in a row without a Retry-After: the exponent of the next one's length.</summary>
    public int Holds { get; init; }

    /// <summary>When the upstream last refused our credential, while not suspended.</summary>
    public DateTimeOffset? CredentialRefusedAt { get; init; }

    /// <summary>The credential was refused twice: not called until then, then by one request.</summary>
    public DateTimeOffset? SuspendedUntil { get; init; }

    /// <summary>The descriptor version that was refused: a newer one is not suspended.</summary>
    public long SuspendedVersion { get; init; }

    /// <summary>The newest descriptor version seen: refusals of an older credential are old news.</summary>
    public long DescriptorVersion { get; init; }

    /// <summary>What free probes last found, and whether a real request then found otherwise.</summary>
    public FreeProbeTrust FreeProbes { get; init; }

    /// <summary>The last outcome that tells was a configuration error.</summary>
    public bool Misconfigured { get; init; }

    /// <summary>Every report, stragglers too.</summary>
    public CircuitStatistics Statistics { get; init; }
}

/// <summary>How much a free probe's success is worth: some servers list their models while nothing answers.</summary>
public enum FreeProbeTrust
{
    /// <summary>The last one failed, or none was made.</summary>
    Unknown = 0,

    /// <summary>The last one succeeded.</summary>
    Healthy = 1,

    /// <summary>A real request failed after one had succeeded: not listened to until one fails, or the circuit closes.</summary>
    Disproved = 2,
}

/// <summary>Counts since the endpoint was registered or reset; nothing is decided by them.</summary>
public readonly record struct CircuitStatistics
{
    public long Successes { get; init; }

    public long Failures { get; init; }

    /// <summary>Neither success nor failure.</summary>
    public long Neutral { get; init; }

    /// <summary>Of all of these, the outcomes of an older generation or of a permit no longer valid.</summary>
    public long Stragglers { get; init; }
}
