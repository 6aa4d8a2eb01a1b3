namespace BeastOrleans.Core.Circuit;

/// <summary>The numbers of the circuit.</summary>
public static class CircuitRules
{
    /// <summary>Failures in a row that open it.</summary>
    public const int FailuresToOpen = 5;

    /// <summary>The fewest counted outcomes in the window for the ratio to mean something.</summary>
    public const int MinimumThroughput = 10;

    /// <summary>The share of failures in the window that opens it.</summary>
    public const double FailureRatioToOpen = 0.5;

    /// <summary>Probes in a row that close it.</summary>
    public const int SuccessesToClose = 2;

    /// <summary>How many attempt ids are remembered; five failures open the circuit and make the rest stragglers.</summary>
    public const int CountedAttemptsKept = 16;

    /// <summary>The greatest exponent of an opening's or a hold's length: both reach their cap before it.</summary>
    public const int GreatestExponent = 8;

    public static readonly TimeSpan FirstOpen = TimeSpan.FromSeconds(5);

    /// <summary>A probe costs one request that has a fallback, so waiting longer saves little and heals late.</summary>
    public static readonly TimeSpan LongestOpen = TimeSpan.FromSeconds(20);

    /// <summary>Closed for so long, an endpoint is forgiven its former openings.</summary>
    public static readonly TimeSpan ForgivenAfter = TimeSpan.FromSeconds(60);

    public static readonly TimeSpan PermitLease = TimeSpan.FromSeconds(120);

    public static readonly TimeSpan LongestPermitLease = TimeSpan.FromSeconds(660);

    /// <summary>On top of an attempt's own limit: connecting, and the report's way back.</summary>
    public static readonly TimeSpan PermitMargin = TimeSpan.FromSeconds(30);

    /// <summary>
    /// A probe that still streams content so long after its permit was granted has proven what a probe proves. Half of
    /// the shortest lease, so that a circuit whose probes are all long streams closes before their permits run out.
    /// </summary>
    public static readonly TimeSpan ProbeProvenAfter = TimeSpan.FromSeconds(60);

    /// <summary>A snapshot older than this is shown as stale.</summary>
    public static readonly TimeSpan StaleAfter = TimeSpan.FromSeconds(15);

    public static readonly TimeSpan FirstHold = TimeSpan.FromSeconds(2);

    /// <summary>The longest hold that we choose ourselves.</summary>
    public static readonly TimeSpan LongestOwnHold = TimeSpan.FromSeconds(20);

    /// <summary>The longest hold that a Retry-After may ask for.</summary>
    public static readonly TimeSpan LongestHold = TimeSpan.FromMinutes(10);

    /// <summary>Two refusals of the credential within this time suspend it.</summary>
    public static readonly TimeSpan CredentialWindow = TimeSpan.FromSeconds(60);

    public static readonly TimeSpan CredentialRetry = TimeSpan.FromMinutes(5);

    /// <summary>Requests without a fallback try an ailing endpoint at most this often, over the whole cluster.</summary>
    public static readonly TimeSpan LoneTrialInterval = TimeSpan.FromSeconds(1);

    /// <summary>For so long after a request with a fallback asked for a permit, others are expected to.</summary>
    public static readonly TimeSpan FallbackMemory = TimeSpan.FromSeconds(60);

    /// <summary>How long a request without a fallback leaves the first go to one that has one.</summary>
    public static readonly TimeSpan FallbackPrecedence = TimeSpan.FromSeconds(1);

    /// <summary>How long a permit lasts whose attempt may take <paramref name="attempt"/>.</summary>
    public static TimeSpan LeaseFor(TimeSpan attempt) =>
        TimeSpan.FromTicks(Math.Clamp((attempt + PermitMargin).Ticks, PermitLease.Ticks, LongestPermitLease.Ticks));
}
