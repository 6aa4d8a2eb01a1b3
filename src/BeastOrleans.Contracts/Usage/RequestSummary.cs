using BeastOrleans.Contracts.Endpoints;
using BeastOrleans.Contracts.Selection;

namespace BeastOrleans.Contracts.Usage;

/// <summary>What one request came to: rides on its last ledger row.</summary>
[GenerateSerializer, Immutable, Alias("beast.RequestSummary")]
public sealed record RequestSummary
{
    /// <summary>The model as the request named it; <c>auto</c> when it named none.</summary>
    [Id(0)]
    public required string Requested { get; init; }

    /// <summary>The model id that answered; null when none did.</summary>
    [Id(1)]
    public string? Served { get; init; }

    [Id(2)]
    public EndpointType? ServedType { get; init; }

    /// <summary>A custom model was to answer, so this request counts in the custom models' monitoring.</summary>
    [Id(3)]
    public required bool HadCustom { get; init; }

    /// <summary>The plan was older than a second because the selector did not answer.</summary>
    [Id(4)]
    public bool Degraded { get; init; }

    /// <summary>The first candidate's model id when another one answered; null otherwise.</summary>
    [Id(5)]
    public string? FallbackFrom { get; init; }

    /// <summary>Why the first candidate did not answer; <see cref="FailureReason.None"/> when it did.</summary>
    [Id(6)]
    public FailureReason FallbackReason { get; init; }

    /// <summary>The caller went away before the answer was complete: neither success nor failure.</summary>
    [Id(7)]
    public bool Abandoned { get; init; }

    /// <summary>The status sent to the client.</summary>
    [Id(8)]
    public required int Status { get; init; }

    /// <summary>The whole request's cost: the sum over its attempts.</summary>
    [Id(9)]
    public Money Cost { get; init; }

    /// <summary>What the displaced provider would have charged for the served tokens; null when that has no price.</summary>
    [Id(10)]
    public Money? Baseline { get; init; }

    [Id(11)]
    public string? BaselineModel { get; init; }

    [Id(12)]
    public required int DurationMs { get; init; }

    [Id(13)]
    public int? FirstContentMs { get; init; }

    /// <summary>Caller's tags, at most 8 of 64 characters.</summary>
    [Id(14)]
    public string[]? Tags { get; init; }

    /// <summary>Content hash of the plan; equal plans share one stored copy.</summary>
    [Id(15)]
    public string? PlanHash { get; init; }

    /// <summary>The plan itself, sent with the first record that names its hash.</summary>
    [Id(16)]
    public PlanEntry[]? Plan { get; init; }

    /// <summary>Candidates passed over in this request because of their circuit, with the words for people.</summary>
    [Id(17)]
    public SkippedCandidate[]? Skipped { get; init; }

    /// <summary>Public text of the refusal or error; null when served.</summary>
    [Id(18)]
    public string? Error { get; init; }

    /// <summary>
    /// What the custom model that stood first would have charged for the tokens that a provider served; null when none stood
    /// first, a custom model answered, or it has no price.
    /// </summary>
    [Id(19)]
    public Money? CustomCost { get; init; }
}

/// <summary>A candidate that was not called in this request.</summary>
[GenerateSerializer, Immutable, Alias("beast.SkippedCandidate")]
public sealed record SkippedCandidate
{
    [Id(0)]
    public required string ModelId { get; init; }

    [Id(1)]
    public required string Why { get; init; }
}
