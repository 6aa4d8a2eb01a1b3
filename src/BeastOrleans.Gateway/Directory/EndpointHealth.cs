using System.Globalization;
using BeastOrleans.Contracts.Endpoints;
using BeastOrleans.Core.Circuit;

namespace BeastOrleans.Gateway.Directory;

/// <summary>How an endpoint stands, for people: what its grain last said, and how this process alone sees it.</summary>
/// <param name="Circuit">The grain's last known snapshot.</param>
/// <param name="Local">Null when the endpoint is not in use here.</param>
/// <param name="Age">Since the grain was heard; null = never, by this process.</param>
/// <param name="IsStale">The grain was asked and did not answer.</param>
internal readonly record struct EndpointHealth(CircuitSnapshot Circuit, LocalCircuit? Local, TimeSpan? Age, bool IsStale)
{
    /// <summary>The state that decides: this process's own where it is the stricter, or stands in.</summary>
    public CircuitState State => Local is { IsEngaged: true } local && (local.StandsIn || local.Breaker.State != CircuitState.Closed)
        ? local.Breaker.State
        : Circuit.State;

    /// <summary>Why the endpoint is not called now; null when it may be, if need be with a permit.</summary>
    public string? Refusal(DateTimeOffset now, long descriptorVersion)
    {
        var admission = (Local ?? LocalCircuit.Idle).Evaluate(Circuit, now, descriptorVersion);
        return admission.Kind == LocalAdmissionKind.Refused ? admission.Why + AsOf(IsStale ? Age : null) : null;
    }

    /// <summary>Says how old the news is; nothing when it is new.</summary>
    public static string AsOf(TimeSpan? age) => age is { } old && old > TimeSpan.Zero
        ? string.Create(CultureInfo.InvariantCulture, $", as of {Math.Max(1, Math.Floor(old.TotalSeconds)):0} s ago")
        : "";
}
