using BeastOrleans.Contracts.Endpoints;
using BeastOrleans.Contracts.Usage;

namespace BeastOrleans.Gateway.Forwarding;

/// <summary>One attempt as it went: what headers, errors and the ledger say of it.</summary>
internal sealed record AttemptRecord
{
    public required EndpointDescriptor Endpoint { get; init; }

    /// <summary>E.g. <c>custom:my-model</c>.</summary>
    public required string ModelId { get; init; }

    public required DateTimeOffset EndedAt { get; init; }

    public required OutcomeClass Outcome { get; init; }

    public required FailureReason Reason { get; init; }

    /// <summary>The upstream's HTTP status; 0 when it gave none.</summary>
    public int Status { get; init; }

    public bool Partial { get; init; }

    public int? FirstContentMs { get; init; }

    public required int DurationMs { get; init; }

    public TokenUsage Tokens { get; init; }

    public Money Cost { get; init; }

    public PriceQuote? Price { get; init; }

    /// <summary>Why it failed, in the upstream's scrubbed words; null when it did not.</summary>
    public string? Message { get; init; }

    public TimeSpan? RetryAfter { get; init; }

    public string Model => Endpoint.Model;
}
