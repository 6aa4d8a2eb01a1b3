using BeastOrleans.Contracts.Endpoints;
using BeastOrleans.Contracts.Identity;
using BeastOrleans.Contracts.Selection;
using BeastOrleans.Contracts.Usage;

namespace BeastOrleans.Core.Selection;

/// <summary>Why a candidate is left out.</summary>
internal enum Exclusion
{
    None = 0,

    /// <summary>No such model.</summary>
    NotFound,

    /// <summary>A known provider that nobody put a key for.</summary>
    NoCredential,

    /// <summary>The credential's owner offers other models only.</summary>
    NotOffered,
    Disabled,
    NotAllowed,
    Capability,
    Context,
    Unpriced,
    FallbackOff,
    TooMany,
}

/// <summary>Where in the order a candidate belongs.</summary>
internal enum Tier
{
    Named = 0,
    Custom,
    Provider,
    Default,
}

/// <summary>A candidate in the making.</summary>
internal sealed record Draft
{
    /// <summary>Empty when it resolves to no endpoint.</summary>
    public string Key { get; init; } = "";

    public required string ModelId { get; init; }

    public required EndpointType Type { get; init; }

    public OwnerKind Owner { get; init; }

    public Tier Tier { get; init; }

    public Exclusion Exclusion { get; init; }

    public required string Reason { get; init; }

    public long Version { get; init; }

    public PriceQuote? Price { get; init; }

    public int? ContextTokens { get; init; }

    /// <summary>Null = unknown.</summary>
    public int? MaxOutputTokens { get; init; }

    /// <summary>Null = not declared: assumed to have all.</summary>
    public Capabilities? Capabilities { get; init; }

    public bool Eligible => Exclusion == Exclusion.None;

    /// <summary>Two drafts of one identity are the same candidate.</summary>
    public string Identity => Key.Length > 0 ? Key : "?" + ModelId;

    public Draft LeftOut(Exclusion exclusion, string reason) => this with { Exclusion = exclusion, Reason = reason };

    public PlanCandidate ToCandidate() => new()
    {
        Key = Key,
        ModelId = ModelId,
        Type = Type,
        Owner = Owner,
        Eligible = Eligible,
        Reason = Reason,
        DescriptorVersion = Version,
        Price = Price,
        ContextTokens = ContextTokens,
        MaxOutputTokens = MaxOutputTokens,
    };
}
