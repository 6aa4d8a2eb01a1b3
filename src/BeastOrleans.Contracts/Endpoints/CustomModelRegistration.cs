using BeastOrleans.Contracts.Identity;
using BeastOrleans.Contracts.Usage;

namespace BeastOrleans.Contracts.Endpoints;

/// <summary>A custom model as its owner registers it. Already validated by the API: grains check only uniqueness and ownership.</summary>
[GenerateSerializer, Immutable, Alias("beast.CustomModelRegistration")]
public sealed record CustomModelRegistration
{
    /// <summary><see cref="Names.Rule"/>; the model id is <c>custom:name</c>.</summary>
    [Id(0)]
    public required string Name { get; init; }

    [Id(1)]
    public required Uri BaseUrl { get; init; }

    /// <summary>The upstream's model name; null = <see cref="Name"/>.</summary>
    [Id(2)]
    public string? Model { get; init; }

    [Id(3)]
    public string? ApiKey { get; init; }

    [Id(4)]
    public Dialect Dialect { get; init; }

    [Id(5)]
    public bool Enabled { get; init; } = true;

    [Id(6)]
    public bool UsageInStream { get; init; } = true;

    [Id(7)]
    public ModelPrice? Price { get; init; }

    [Id(8)]
    public EndpointTimeouts Timeouts { get; init; } = EndpointTimeouts.Default;

    [Id(9)]
    public int? ContextTokens { get; init; }

    /// <summary>Null = not declared: assumed to have what a request needs.</summary>
    [Id(10)]
    public Capabilities? Capabilities { get; init; }

    [Id(11)]
    public AuthHeader AuthHeader { get; init; }

    /// <summary>Without the credential.</summary>
    public override string ToString() => $"custom:{Name} at {BaseUrl}";
}

/// <summary>A change of a registration: null leaves a field as it is.</summary>
[GenerateSerializer, Immutable, Alias("beast.CustomModelPatch")]
public sealed record CustomModelPatch
{
    [Id(0)]
    public Uri? BaseUrl { get; init; }

    [Id(1)]
    public string? Model { get; init; }

    /// <summary>A change of <see cref="BaseUrl"/>'s origin without a new key drops the old key: it is bound to its origin.</summary>
    [Id(2)]
    public string? ApiKey { get; init; }

    [Id(3)]
    public bool RemoveApiKey { get; init; }

    [Id(4)]
    public Dialect? Dialect { get; init; }

    [Id(5)]
    public bool? Enabled { get; init; }

    [Id(6)]
    public bool? UsageInStream { get; init; }

    [Id(7)]
    public ModelPrice? Price { get; init; }

    [Id(8)]
    public EndpointTimeouts? Timeouts { get; init; }

    [Id(9)]
    public int? ContextTokens { get; init; }

    [Id(10)]
    public Capabilities? Capabilities { get; init; }

    [Id(11)]
    public AuthHeader? AuthHeader { get; init; }

    public override string ToString() => "patch";
}

/// <summary>A registration as it may be shown: everything but the secret.</summary>
[GenerateSerializer, Immutable, Alias("beast.CustomModelInfo")]
public sealed record CustomModelInfo
{
    [Id(0)]
    public required string Key { get; init; }

    [Id(1)]
    public required ModelId ModelId { get; init; }

    [Id(2)]
    public required EndpointOwner Owner { get; init; }

    [Id(3)]
    public required Uri BaseUrl { get; init; }

    [Id(4)]
    public required string Model { get; init; }

    [Id(5)]
    public required Dialect Dialect { get; init; }

    [Id(6)]
    public required bool Enabled { get; init; }

    [Id(7)]
    public required bool HasApiKey { get; init; }

    [Id(8)]
    public required bool UsageInStream { get; init; }

    [Id(9)]
    public ModelPrice? Price { get; init; }

    [Id(10)]
    public EndpointTimeouts Timeouts { get; init; } = EndpointTimeouts.Default;

    [Id(11)]
    public int? ContextTokens { get; init; }

    [Id(12)]
    public Capabilities? Capabilities { get; init; }

    [Id(13)]
    public required long Version { get; init; }

    [Id(14)]
    public required DateTimeOffset CreatedAt { get; init; }

    [Id(15)]
    public AuthHeader AuthHeader { get; init; }
}
