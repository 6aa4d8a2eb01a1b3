using BeastOrleans.Contracts.Endpoints;
using BeastOrleans.Upstreams;

namespace BeastOrleans.Gateway.Forwarding;

internal enum NextStepKind
{
    /// <summary>The next candidate, at once.</summary>
    NextCandidate = 0,

    /// <summary>The same endpoint, after a wait.</summary>
    SameEndpoint = 1,

    /// <summary>The failure is the caller's to hear.</summary>
    Stop = 2,
}

/// <summary>What follows a failed attempt: pure, so that the rules read as a table.</summary>
internal readonly record struct NextStep(NextStepKind Kind, TimeSpan Wait = default)
{
    private static readonly NextStep Next = new(NextStepKind.NextCandidate);

    /// <param name="failure">What happened.</param>
    /// <param name="mayRetry">The request's one same-endpoint retry is unspent, the circuit closed and the retry budget allows it.</param>
    /// <param name="patience">How long an overloaded endpoint may make this request wait; 0 = latency first.</param>
    /// <param name="jitter">Uniform in [0, 1).</param>
    public static NextStep After(AttemptFailure failure, bool mayRetry, TimeSpan patience, double jitter) => failure.Class switch
    {
        OutcomeClass.Caller or OutcomeClass.Abandoned => new(NextStepKind.Stop),

        // Not a retry of a failure but the same question in words that this upstream knows.
        OutcomeClass.Config when failure.RefusedStreamOptions => new(NextStepKind.SameEndpoint),
        _ when !mayRetry => Next,
        _ when failure.NotProcessed => new(NextStepKind.SameEndpoint),
        OutcomeClass.Sick when failure.BeforeAnswer => new(NextStepKind.SameEndpoint, TimeSpan.FromMilliseconds(100 + (200 * jitter))),
        OutcomeClass.Overload when failure.RetryAfter is { } wait && wait <= patience => new(NextStepKind.SameEndpoint, wait),
        _ => Next,
    };
}
