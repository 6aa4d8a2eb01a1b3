using BeastOrleans.Contracts.Identity;

namespace BeastOrleans.Contracts.Tenants;

/// <summary>A provider credential as it is put. Already validated by the API.</summary>
[GenerateSerializer, Immutable, Alias("beast.ProviderRegistration")]
public sealed record ProviderRegistration
{
    /// <summary>E.g. <c>openai</c>.</summary>
    [Id(0)]
    public required string Provider { get; init; }

    [Id(1)]
    public required string ApiKey { get; init; }

    /// <summary>Null = the provider's own.</summary>
    [Id(2)]
    public Uri? BaseUrl { get; init; }

    /// <summary>What a fallback uses; null = the provider's built-in default.</summary>
    [Id(3)]
    public string? DefaultModel { get; init; }

    /// <summary>What is offered; null = any model.</summary>
    [Id(4)]
    public string[]? Models { get; init; }

    public override string ToString() => Provider;
}

/// <summary>A provider credential as it may be shown.</summary>
[GenerateSerializer, Immutable, Alias("beast.ProviderInfo")]
public sealed record ProviderInfo
{
    [Id(0)]
    public required string Provider { get; init; }

    [Id(1)]
    public required string Last4 { get; init; }

    [Id(2)]
    public Uri? BaseUrl { get; init; }

    [Id(3)]
    public string? DefaultModel { get; init; }

    [Id(4)]
    public string[]? Models { get; init; }

    [Id(5)]
    public required OwnerKind Owner { get; init; }
}
