using BeastOrleans.Contracts.Endpoints;
using BeastOrleans.Contracts.Metering;
using BeastOrleans.Contracts.Selection;
using BeastOrleans.Contracts.Usage;

namespace BeastOrleans.Contracts.Tenants;

/// <summary>A provider credential as planners see it: sealed.</summary>
[GenerateSerializer, Immutable, Alias("beast.ProviderEntry")]
public sealed record ProviderEntry
{
    [Id(0)]
    public required string Provider { get; init; }

    [Id(1)]
    public Uri? BaseUrl { get; init; }

    [Id(2)]
    public string? DefaultModel { get; init; }

    [Id(3)]
    public string[]? Models { get; init; }

    /// <summary>The owner's configuration version of the last change.</summary>
    [Id(4)]
    public required long Version { get; init; }

    [Id(5)]
    public required SealedCredential Credential { get; init; }
}

/// <summary>The configuration of one owner (platform, tenant or user) as planners read it.</summary>
[GenerateSerializer, Immutable, Alias("beast.OwnerSnapshot")]
public sealed record OwnerSnapshot
{
    public static OwnerSnapshot Empty { get; } = new();

    /// <summary>Grows with every write; 0 = never written.</summary>
    [Id(0)]
    public long Version { get; init; }

    /// <summary>False for a tenant that was never created.</summary>
    [Id(1)]
    public bool Exists { get; init; }

    /// <summary>In the order registered.</summary>
    [Id(2)]
    public CustomModelInfo[] Models { get; init; } = [];

    /// <summary>In the order registered.</summary>
    [Id(3)]
    public ProviderEntry[] Providers { get; init; } = [];

    [Id(4)]
    public RoutePolicy Policy { get; init; } = RoutePolicy.Empty;

    /// <summary>The operator's prices in force and to come (the platform only).</summary>
    [Id(5)]
    public PriceEntry[] Prices { get; init; } = [];

    /// <summary>The owner's budget and limits (tenants and users).</summary>
    [Id(6)]
    public ScopeMetering Metering { get; init; } = ScopeMetering.None;
}

/// <summary>A price set by the operator.</summary>
[GenerateSerializer, Immutable, Alias("beast.PriceEntry")]
public sealed record PriceEntry
{
    /// <summary>E.g. <c>openai:gpt-4</c> or <c>custom:my-model</c>.</summary>
    [Id(0)]
    public required string ModelId { get; init; }

    [Id(1)]
    public required ModelPrice Price { get; init; }

    /// <summary>E.g. <c>prices:3</c>.</summary>
    [Id(2)]
    public required string Version { get; init; }

    [Id(3)]
    public required DateTimeOffset EffectiveFrom { get; init; }

    /// <summary>The model's window, where an import brought it; null = not known by it.</summary>
    [Id(4)]
    public int? ContextTokens { get; init; }

    /// <summary>The longest answer, likewise.</summary>
    [Id(5)]
    public int? MaxOutputTokens { get; init; }
}

/// <summary>A price, and what else a price file knows of a model.</summary>
[GenerateSerializer, Immutable, Alias("beast.ImportedPrice")]
public sealed record ImportedPrice
{
    [Id(0)]
    public required string ModelId { get; init; }

    [Id(1)]
    public required ModelPrice Price { get; init; }

    [Id(2)]
    public int? ContextTokens { get; init; }

    [Id(3)]
    public int? MaxOutputTokens { get; init; }
}
