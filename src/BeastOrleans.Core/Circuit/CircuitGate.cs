using System.Globalization;
using BeastOrleans.Contracts.Endpoints;

namespace BeastOrleans.Core.Circuit;

public enum AdmissionKind
{
    Pass = 0,

    /// <summary>Only with a permit of the endpoint's grain.</summary>
    NeedsPermit = 1,
    Refused = 2,
}

/// <summary>Whether an endpoint may be called now.</summary>
public readonly record struct Admission
{
    public required AdmissionKind Kind { get; init; }

    /// <summary>For people; set when refused.</summary>
    public string? Why { get; init; }

    /// <summary>When asking again may help; null when refused = not until an operator acts.</summary>
    public TimeSpan? RetryAfter { get; init; }
}

/// <summary>Reads a snapshot on the gateway's hot path: a closed circuit costs neither a call nor an allocation.</summary>
public static class CircuitGate
{
    /// <param name="descriptorVersion">
    /// The descriptor that would be called: one newer than the suspended one carries another credential, so the
    /// suspension is not its own.
    /// </param>
    public static Admission Evaluate(CircuitSnapshot snapshot, DateTimeOffset now, long descriptorVersion = 0)
    {
        ArgumentNullException.ThrowIfNull(snapshot);
        if (snapshot.State == CircuitState.Isolated)
        {
            return new Admission { Kind = AdmissionKind.Refused, Why = "isolated by an operator" };
        }

        var openUntil = snapshot.State == CircuitState.Open ? snapshot.Until : null;
        var suspendedUntil = descriptorVersion > snapshot.SuspendedVersion ? null : snapshot.SuspendedUntil;
        if (openUntil > now || snapshot.HoldUntil > now || suspendedUntil > now)
        {
            return Refuse(snapshot, now, openUntil, suspendedUntil);
        }

        return new Admission
        {
            Kind = snapshot.State == CircuitState.Closed && suspendedUntil is null ? AdmissionKind.Pass : AdmissionKind.NeedsPermit,
        };
    }

    // The words and the time are those of the obstacle that lasts longest.
    private static Admission Refuse(CircuitSnapshot snapshot, DateTimeOffset now, DateTimeOffset? openUntil, DateTimeOffset? suspendedUntil)
    {
        var open = openUntil ?? now;
        var hold = snapshot.HoldUntil ?? now;
        var suspended = suspendedUntil ?? now;
        if (open >= hold && open >= suspended)
        {
            var after = snapshot.Cause is null ? "" : " after " + snapshot.Cause;
            return Refused($"open since {Clock(snapshot.Since)}{after}, next probe in {Seconds(open - now)} s", open - now);
        }

        return suspended >= hold
            ? Refused($"suspended: the upstream refused the credential, tried again at {Clock(suspended)}", suspended - now)
            : Refused($"overloaded until {Clock(hold)}, as the upstream said", hold - now);
    }

    private static Admission Refused(string why, TimeSpan retryAfter) =>
        new() { Kind = AdmissionKind.Refused, Why = why, RetryAfter = retryAfter };

    private static string Clock(DateTimeOffset at) => at.UtcDateTime.ToString("HH:mm:ss", CultureInfo.InvariantCulture);

    private static string Seconds(TimeSpan span) =>
        Math.Ceiling(span.TotalSeconds).ToString("0", CultureInfo.InvariantCulture);
}
