using BeastOrleans.Contracts.Identity;

namespace BeastOrleans.Contracts.Endpoints;

/// <summary>All that a gateway needs to call an endpoint. Holds the unsealed credential: memory and the cluster's own wire only.</summary>
[GenerateSerializer, Immutable, Alias("beast.EndpointDescriptor")]
public sealed record EndpointDescriptor
{
    /// <summary>Grain key, see <see cref="GrainKeys.Endpoint"/>.</summary>
    [Id(0)]
    public required string Key { get; init; }

    [Id(1)]
    public required ModelId ModelId { get; init; }

    [Id(2)]
    public required EndpointType Type { get; init; }

    [Id(3)]
    public required OwnerKind Owner { get; init; }

    [Id(4)]
    public required Dialect Dialect { get; init; }

    /// <summary>OpenAI: what an SDK takes (<c>.../v1</c>). Anthropic: the root, with or without <c>/v1</c>. Gemini: the root, with or without <c>/v1beta</c>.</summary>
    [Id(5)]
    public required Uri BaseUrl { get; init; }

    /// <summary>The name sent to the upstream.</summary>
    [Id(6)]
    public required string Model { get; init; }

    [Id(7)]
    public string? ApiKey { get; init; }

    [Id(8)]
    public EndpointTimeouts Timeouts { get; init; } = EndpointTimeouts.Default;

    /// <summary>False for upstreams that refuse <c>stream_options</c>.</summary>
    [Id(9)]
    public bool UsageInStream { get; init; } = true;

    /// <summary>Grows with every change of the registration or its credential.</summary>
    [Id(10)]
    public required long Version { get; init; }

    /// <summary>The address was chosen by a tenant or user, so it is called through the guarded handler.</summary>
    [Id(11)]
    public bool AddressChosenByTenant { get; init; }

    /// <summary>In what it differs from its dialect; null = in nothing.</summary>
    [Id(12)]
    public EndpointQuirks? Quirks { get; init; }

    /// <summary>Without the credential: this text may reach a log.</summary>
    public override string ToString() => $"{Key} v{Version}";
}

/// <summary>Limits of one attempt at this endpoint; null = the gateway's own default.</summary>
[GenerateSerializer, Immutable, Alias("beast.EndpointTimeouts")]
public sealed record EndpointTimeouts
{
    public static EndpointTimeouts Default { get; } = new();

    /// <summary>Seconds for the whole answer when not streaming, 0.05 to 600.</summary>
    [Id(0)]
    public double? AttemptSeconds { get; init; }

    /// <summary>Seconds to the first content of a stream, 0.05 to 600.</summary>
    [Id(1)]
    public double? FirstContentSeconds { get; init; }

    /// <summary>Seconds without a content delta that end a stream, 0.05 to 600.</summary>
    [Id(2)]
    public double? IdleSeconds { get; init; }
}
