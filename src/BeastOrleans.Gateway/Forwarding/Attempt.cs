using BeastOrleans.Contracts.Endpoints;
using BeastOrleans.Contracts.Selection;
using BeastOrleans.Contracts.Usage;
using BeastOrleans.Core.Usage;
using BeastOrleans.Upstreams;

namespace BeastOrleans.Gateway.Forwarding;

/// <summary>One call to one upstream while it is under way; makes the record of how it ended.</summary>
internal sealed record Attempt(Exchange Exchange, PlanCandidate Candidate, EndpointDescriptor Target, long StartedAt)
{
    public AttemptResult Answered(UpstreamReply reply, TokenUsage tokens, TimeProvider time) =>
        new(Record(null, reply.Status, tokens, ElapsedMs(time), time), null, Answered: true, reply.Body, reply.IsNative);

    /// <param name="status">The upstream's, where the failure itself has none.</param>
    public AttemptResult Failed(AttemptFailure failure, TimeProvider time, TokenUsage tokens = default, int status = 0) =>
        new(Record(failure, status, tokens, null, time), failure, Answered: false, default);

    /// <param name="firstContentMs">Set when the client has seen content: with a failure of the upstream's, the answer is partial.</param>
    public AttemptRecord Record(AttemptFailure? failure, int status, TokenUsage tokens, int? firstContentMs, TimeProvider time) => new()
    {
        Endpoint = Target,
        ModelId = Candidate.ModelId,
        EndedAt = time.GetUtcNow(),
        Outcome = failure?.Class ?? OutcomeClass.Ok,
        Reason = failure?.Reason ?? FailureReason.None,
        Status = failure is { Status: > 0 } ? failure.Status : status,

        // A client that leaves in mid-answer gave it up: abandoned, not broken.
        Partial = failure is not null && failure.Class != OutcomeClass.Abandoned && firstContentMs is not null,
        FirstContentMs = firstContentMs,
        DurationMs = ElapsedMs(time),
        Tokens = tokens,
        Price = Candidate.Price,
        Cost = Candidate.Price is null || tokens.Source == UsageSource.None ? Money.Zero : CostCalculator.Cost(tokens, Candidate.Price),
        Message = failure?.Message,
        RetryAfter = failure?.RetryAfter,
    };

    private int ElapsedMs(TimeProvider time) => (int)Math.Min(int.MaxValue, time.GetElapsedTime(StartedAt).TotalMilliseconds);
}
