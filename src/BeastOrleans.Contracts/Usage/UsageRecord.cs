using BeastOrleans.Contracts.Endpoints;
using BeastOrleans.Contracts.Metering;

namespace BeastOrleans.Contracts.Usage;

/// <summary>
/// One ledger row: one settled attempt, or (attempt 0) a request that was refused before any attempt. The last row
/// of a request carries its <see cref="Summary"/>.
/// </summary>
[GenerateSerializer, Immutable, Alias("beast.UsageRecord")]
public sealed record UsageRecord
{
    /// <summary>Unique for ever; a second row of the same id is absorbed.</summary>
    [Id(0)]
    public required string AttemptId { get; init; }

    [Id(1)]
    public required string RequestId { get; init; }

    /// <summary>1 for the first attempt; 0 when there was none.</summary>
    [Id(2)]
    public required int AttemptNumber { get; init; }

    /// <summary>When the attempt ended, UTC.</summary>
    [Id(3)]
    public required DateTimeOffset At { get; init; }

    [Id(4)]
    public required string Tenant { get; init; }

    [Id(5)]
    public required string User { get; init; }

    [Id(6)]
    public required string KeyId { get; init; }

    /// <summary>Grain key of the endpoint; empty when there was no attempt.</summary>
    [Id(7)]
    public required string Endpoint { get; init; }

    /// <summary>E.g. <c>custom:my-model</c>; empty when there was no attempt.</summary>
    [Id(8)]
    public required string ModelId { get; init; }

    /// <summary>The upstream's own model name.</summary>
    [Id(9)]
    public required string Model { get; init; }

    [Id(10)]
    public required EndpointType Type { get; init; }

    [Id(11)]
    public required OutcomeClass Outcome { get; init; }

    [Id(12)]
    public required FailureReason Reason { get; init; }

    /// <summary>The upstream's HTTP status, 0 when it gave none.</summary>
    [Id(13)]
    public int Status { get; init; }

    /// <summary>Content was delivered, but the answer did not finish.</summary>
    [Id(14)]
    public bool Partial { get; init; }

    /// <summary>Milliseconds to the first content; null when none came.</summary>
    [Id(15)]
    public int? FirstContentMs { get; init; }

    [Id(16)]
    public required int DurationMs { get; init; }

    [Id(17)]
    public TokenUsage Tokens { get; init; }

    [Id(18)]
    public Money Cost { get; init; }

    /// <summary>Null when the model has no price: unpriced, which is not zero.</summary>
    [Id(19)]
    public string? PriceVersion { get; init; }

    /// <summary>On the last row of a request only.</summary>
    [Id(20)]
    public RequestSummary? Summary { get; init; }

    [Id(21)]
    public RowKind Kind { get; init; }

    /// <summary>What the attempt had reserved from hard budgets; null when none applied.</summary>
    [Id(22)]
    public LeaseUse[]? Leases { get; init; }

    /// <summary>The part of <see cref="Cost"/> beyond what was reserved: booked all the same, counted and alarmed.</summary>
    [Id(23)]
    public Money Overrun { get; init; }

    /// <summary>The request's tags, on each of its rows; null = none, or a row of an older gateway, whose summary has them.</summary>
    [Id(24)]
    public string[]? Tags { get; init; }
}

/// <summary>What a ledger row stands for.</summary>
[GenerateSerializer, Alias("beast.RowKind")]
public enum RowKind
{
    /// <summary>An attempt that ended, or a request refused before any.</summary>
    Settled = 0,

    /// <summary>An attempt whose gateway was killed: nobody knows how it ended, so it costs the most that it can have.</summary>
    Unknown = 1,

    /// <summary>The rest of a lease whose gateway never came back, settled by hand.</summary>
    Gap = 2,
}
