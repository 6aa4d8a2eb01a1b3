namespace BeastOrleans.Contracts.Endpoints;

/// <summary>How one attempt ended, or several successes of one generation folded into one.</summary>
[GenerateSerializer, Immutable, Alias("beast.OutcomeReport")]
public sealed record OutcomeReport
{
    /// <summary>Empty for folded successes.</summary>
    [Id(0)]
    public required string AttemptId { get; init; }

    /// <summary>The circuit generation under which the attempt was admitted.</summary>
    [Id(1)]
    public required long Generation { get; init; }

    /// <summary>The half-open permit that the attempt used; null for ordinary attempts.</summary>
    [Id(2)]
    public string? PermitId { get; init; }

    [Id(3)]
    public required OutcomeClass Outcome { get; init; }

    [Id(4)]
    public FailureReason Reason { get; init; }

    /// <summary>The upstream's Retry-After, not yet capped.</summary>
    [Id(5)]
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>How many outcomes this stands for; above 1 only for <see cref="OutcomeClass.Ok"/>.</summary>
    [Id(6)]
    public int Count { get; init; } = 1;

    /// <summary>The descriptor version that was called: a newer one lifts a suspension.</summary>
    [Id(7)]
    public long DescriptorVersion { get; init; }
}
