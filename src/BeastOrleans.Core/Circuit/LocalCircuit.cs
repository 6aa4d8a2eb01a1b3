using BeastOrleans.Contracts.Endpoints;

namespace BeastOrleans.Core.Circuit;

/// <summary>
/// One gateway's own circuit of one endpoint: the cluster's code and thresholds, deciding only between the moment at
/// which this gateway knows something that the endpoint's grain may not know, and the moment at which the grain is heard.
/// Pure, like <see cref="CircuitBreaker"/>: every method answers with another circuit.
/// </summary>
/// <remarks>
/// <code>
///         a failure, not yet acknowledged            the grain could not be asked for a permit
/// idle ─────────────────────────────────> engaged ─────────────────────────────────────────────> stands in
///   ^     the cluster's state and this one            goes on from the cluster's last known state,    │
///   │     must both pass                              with probes of its own: fails open              │
///   └───────────────────────────── the grain is heard, and nothing is unacknowledged ─────────────────┘
/// </code>
/// A report that was given up leaves it engaged: the grain does not know, so this gateway must. Silence alone engages
/// nothing: an endpoint that nobody used for a while is called as its last known state says.
/// </remarks>
public sealed record LocalCircuit
{
    private LocalCircuit()
    {
    }

    /// <summary>Knows nothing that the cluster does not.</summary>
    public static LocalCircuit Idle { get; } = new();

    /// <summary>False = the cluster's state alone decides.</summary>
    public bool IsEngaged { get; private init; }

    /// <summary>The grain could not be asked: this circuit grants the probes, and closes by them.</summary>
    public bool StandsIn { get; private init; }

    /// <summary>Failures reported to the grain whose fate is unknown.</summary>
    public int Unacknowledged { get; private init; }

    /// <summary>The probe of this gateway that is under way. Outlives what became of the circuit meanwhile: one at a time is one at a time.</summary>
    public ProbePermit? Probe { get; private init; }

    public CircuitBreakerState Breaker { get; private init; } = CircuitBreakerState.Initial;

    /// <summary>Carried by every admitted call, beside the cluster's generation. Never goes back.</summary>
    public long Generation => Breaker.Generation;

    /// <summary>Whether the endpoint may be called now, by what the cluster last said and by what this gateway saw since.</summary>
    /// <param name="cluster">The grain's last known snapshot.</param>
    /// <param name="descriptorVersion">See <see cref="CircuitGate.Evaluate"/>.</param>
    public LocalAdmission Evaluate(CircuitSnapshot cluster, DateTimeOffset now, long descriptorVersion)
    {
        var known = CircuitGate.Evaluate(cluster, now, descriptorVersion);
        if (known.Kind == AdmissionKind.Refused)
        {
            return new LocalAdmission(LocalAdmissionKind.Refused, known.Why, known.RetryAfter);
        }

        if (!IsEngaged)
        {
            return new LocalAdmission(known.Kind == AdmissionKind.Pass ? LocalAdmissionKind.Pass : LocalAdmissionKind.AskCluster);
        }

        var own = CircuitGate.Evaluate(CircuitBreaker.Snapshot(Breaker, epoch: 0), now, descriptorVersion);
        return (known.Kind, own.Kind) switch
        {
            (_, AdmissionKind.Refused) => new(LocalAdmissionKind.Refused, own.Why + ", as this process alone sees it", own.RetryAfter),
            (AdmissionKind.Pass, AdmissionKind.Pass) => new(LocalAdmissionKind.Pass),
            (AdmissionKind.Pass, _) => new(LocalAdmissionKind.AskLocal),
            (_, AdmissionKind.Pass) when StandsIn => new(LocalAdmissionKind.Pass),
            _ when StandsIn => new(LocalAdmissionKind.AskLocal),
            _ => new(LocalAdmissionKind.AskCluster),
        };
    }

    /// <summary>An attempt of this gateway ended.</summary>
    /// <param name="report">With this circuit's generation and permit, not the cluster's.</param>
    /// <param name="jitter">Uniform in [0, 1).</param>
    public LocalCircuit OnReported(OutcomeReport report, DateTimeOffset now, double jitter)
    {
        ArgumentNullException.ThrowIfNull(report);
        var isBlame = CircuitBreaker.IsBlame(report.Outcome);
        var probe = Probe is not null && Probe.Id == report.PermitId ? null : Probe;
        if (!IsEngaged && !isBlame)
        {
            return this with { Probe = probe };
        }

        return this with
        {
            Probe = probe,
            IsEngaged = true,
            Unacknowledged = Unacknowledged + (isBlame ? 1 : 0),
            Breaker = CircuitBreaker.Apply(Breaker, now, new CircuitEvent.Reported(report), jitter).State,
        };
    }

    /// <summary>A request wants to make the one probe of this gateway.</summary>
    /// <param name="permit">Null when refused: another is under way.</param>
    public LocalCircuit OnPermitRequested(CircuitEvent.PermitRequested asked, DateTimeOffset now, out ProbePermit? permit)
    {
        permit = null;
        if (Probe?.ExpiresAt > now)
        {
            return this;
        }

        var step = CircuitBreaker.Apply(Breaker, now, asked, jitter: 0);
        foreach (var effect in step.Effects)
        {
            permit = (effect as CircuitEffect.PermitGranted)?.Permit ?? permit;
        }

        return this with { Breaker = step.State, Probe = permit ?? Probe };
    }

    /// <summary>The grain could not be asked for a permit: from here this circuit goes on from what the cluster last said.</summary>
    public LocalCircuit OnUnanswered(CircuitSnapshot cluster)
    {
        ArgumentNullException.ThrowIfNull(cluster);
        if (StandsIn)
        {
            return this;
        }

        // Open or half-open by its own count, it has to heal by its own probes, whatever the cluster last said.
        var breaker = Breaker.State != CircuitState.Closed ? Breaker : Breaker with
        {
            State = cluster.State,
            Generation = Breaker.Generation + 1,
            Since = cluster.Since,
            Until = cluster.Until,
            Cause = cluster.Cause,
            Openings = cluster.State == CircuitState.Closed ? Breaker.Openings : Math.Max(1, Breaker.Openings),
            Window = RollingWindow.Empty,
            Permit = null,
            ProbeSuccesses = 0,
        };
        return this with
        {
            IsEngaged = true,
            StandsIn = true,
            Breaker = breaker with
            {
                SuspendedUntil = breaker.SuspendedUntil ?? cluster.SuspendedUntil,
                SuspendedVersion = Math.Max(breaker.SuspendedVersion, cluster.SuspendedVersion),
            },
        };
    }

    /// <summary>The grain was heard: what it says wins, and knows of everything that it acknowledged.</summary>
    /// <param name="acknowledged">How many of the unacknowledged failures this answers.</param>
    public LocalCircuit OnHeard(int acknowledged)
    {
        if (!IsEngaged)
        {
            return this;
        }

        var left = Math.Max(0, Unacknowledged - acknowledged);
        return left > 0 ? this with { Unacknowledged = left, StandsIn = false } : Dropped();
    }

    /// <summary>So many failures will never be acknowledged. It stays engaged until the grain is next heard.</summary>
    public LocalCircuit OnGivenUp(int reports) => this with { Unacknowledged = Math.Max(0, Unacknowledged - reports) };

    // The generation is all that outlives it. Closed all along, it keeps even that: a call admitted a moment ago that fails
    // now is news. After a transition its calls are stragglers.
    private LocalCircuit Dropped()
    {
        var generation = Breaker.State == CircuitState.Closed && !StandsIn ? Breaker.Generation : Breaker.Generation + 1;
        return generation == 0 ? Idle with { Probe = Probe } : Idle with { Probe = Probe, Breaker = CircuitBreakerState.Initial with { Generation = generation } };
    }
}

public enum LocalAdmissionKind
{
    Pass = 0,
    Refused = 1,

    /// <summary>Only with a permit of the endpoint's grain.</summary>
    AskCluster = 2,

    /// <summary>Only with a permit of this gateway's own circuit.</summary>
    AskLocal = 3,
}

/// <param name="Why">For people; set when refused.</param>
/// <param name="RetryAfter">When asking again may help; null when refused = not until an operator acts.</param>
public readonly record struct LocalAdmission(LocalAdmissionKind Kind, string? Why = null, TimeSpan? RetryAfter = null);
