using BeastOrleans.Contracts.Endpoints;
using BeastOrleans.Contracts.Identity;
using BeastOrleans.Contracts.Metering;
using BeastOrleans.Contracts.Usage;

namespace BeastOrleans.Contracts.Selection;

/// <summary>The ordered candidates of a request, each with the reason it is there or left out; or a refusal.</summary>
[GenerateSerializer, Immutable, Alias("beast.RoutePlan")]
public sealed record RoutePlan
{
    /// <summary>All that were considered: the eligible ones first, in the order they are tried.</summary>
    [Id(0)]
    public required PlanCandidate[] Candidates { get; init; }

    /// <summary>How many of <see cref="Candidates"/> are eligible; they come first.</summary>
    [Id(1)]
    public required int Eligible { get; init; }

    /// <summary>Every level merged.</summary>
    [Id(2)]
    public required RoutePolicy Policy { get; init; }

    /// <summary>Set when nothing is eligible.</summary>
    [Id(3)]
    public Refusal? Refusal { get; init; }

    /// <summary>Why this order, in a sentence for the caller.</summary>
    [Id(4)]
    public required string Message { get; init; }

    /// <summary>
    /// A custom model is the first to be asked: the request counts in the custom models' monitoring. One that stands behind a
    /// provider by preference is neither to be praised nor blamed for what that answers.
    /// </summary>
    [Id(5)]
    public required bool HadCustom { get; init; }

    /// <summary>What the displaced provider would have cost: its model id and price (null price = unpriced).</summary>
    [Id(6)]
    public string? BaselineModel { get; init; }

    [Id(7)]
    public PriceQuote? BaselinePrice { get; init; }

    /// <summary>Content hash over candidates and reasons; equal plans have equal hashes.</summary>
    [Id(8)]
    public required string Hash { get; init; }

    /// <summary>The configuration it was made from.</summary>
    [Id(9)]
    public required long TenantVersion { get; init; }

    [Id(10)]
    public required long PlatformVersion { get; init; }

    /// <summary>The user's budget and limits; null = none.</summary>
    [Id(11)]
    public ScopeMetering? UserMetering { get; init; }

    /// <summary>The tenant's.</summary>
    [Id(12)]
    public ScopeMetering? TenantMetering { get; init; }
}

/// <summary>An endpoint considered for a request.</summary>
[GenerateSerializer, Immutable, Alias("beast.PlanCandidate")]
public sealed record PlanCandidate
{
    /// <summary>Grain key of the endpoint; empty when the candidate could not be resolved to one.</summary>
    [Id(0)]
    public required string Key { get; init; }

    [Id(1)]
    public required string ModelId { get; init; }

    [Id(2)]
    public required EndpointType Type { get; init; }

    [Id(3)]
    public required OwnerKind Owner { get; init; }

    [Id(4)]
    public required bool Eligible { get; init; }

    /// <summary>For people: why it is there, or why it is left out.</summary>
    [Id(5)]
    public required string Reason { get; init; }

    /// <summary>The least descriptor version that may be called.</summary>
    [Id(6)]
    public long DescriptorVersion { get; init; }

    /// <summary>Null = unpriced.</summary>
    [Id(7)]
    public PriceQuote? Price { get; init; }

    /// <summary>Null = unknown.</summary>
    [Id(8)]
    public int? ContextTokens { get; init; }

    /// <summary>The longest answer the model can give, in tokens; null = unknown.</summary>
    [Id(9)]
    public int? MaxOutputTokens { get; init; }
}

/// <summary>A candidate as the decision record keeps it.</summary>
[GenerateSerializer, Immutable, Alias("beast.PlanEntry")]
public sealed record PlanEntry
{
    [Id(0)]
    public required string ModelId { get; init; }

    [Id(1)]
    public required EndpointType Type { get; init; }

    [Id(2)]
    public required OwnerKind Owner { get; init; }

    [Id(3)]
    public required bool Eligible { get; init; }

    [Id(4)]
    public required string Reason { get; init; }
}

/// <summary>Why no candidate is eligible, and what to do about it.</summary>
[GenerateSerializer, Immutable, Alias("beast.Refusal")]
public sealed record Refusal
{
    [Id(0)]
    public required RefusalCode Code { get; init; }

    /// <summary>Says what to do.</summary>
    [Id(1)]
    public required string Message { get; init; }

    /// <summary>Up to five model ids close to what was asked.</summary>
    [Id(2)]
    public string[] Nearest { get; init; } = [];
}

[GenerateSerializer, Alias("beast.RefusalCode")]
public enum RefusalCode
{
    /// <summary>404: no model of that name.</summary>
    ModelNotFound = 0,

    /// <summary>403: the key's allow-list does not have it.</summary>
    ModelNotAllowed = 1,

    /// <summary>404: nothing registered, no credential, no default model.</summary>
    NoModelAvailable = 2,

    /// <summary>400: every candidate lacks what the request needs.</summary>
    CapabilityMissing = 3,

    /// <summary>404: the model exists but its owner has disabled it.</summary>
    ModelDisabled = 4,

    /// <summary>403: what could serve has no price, and the policy refuses that.</summary>
    ModelUnpriced = 5,
}
