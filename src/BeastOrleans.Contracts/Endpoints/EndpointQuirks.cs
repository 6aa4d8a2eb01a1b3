namespace BeastOrleans.Contracts.Endpoints;

/// <summary>In what an endpoint differs from its dialect. Most endpoints have none, and their bytes go out as they came.</summary>
[GenerateSerializer, Immutable, Alias("beast.EndpointQuirks")]
public sealed record EndpointQuirks
{
    [Id(0)]
    public AuthHeader AuthHeader { get; init; }

    /// <summary>Top-level fields of a chat request that this model is not sent under their own name.</summary>
    [Id(1)]
    public FieldQuirk[] Fields { get; init; } = [];

    /// <summary>Sent with every request beside the usual ones.</summary>
    [Id(2)]
    public StaticHeader[] Headers { get; init; } = [];
}

/// <summary>One field that the endpoint refuses.</summary>
[GenerateSerializer, Immutable, Alias("beast.FieldQuirk")]
public sealed record FieldQuirk
{
    [Id(0)]
    public required string Name { get; init; }

    /// <summary>What the endpoint calls it; null = left out, and listed in <c>x-beast-dropped</c>.</summary>
    [Id(1)]
    public string? SendAs { get; init; }
}

[GenerateSerializer, Immutable, Alias("beast.StaticHeader")]
public sealed record StaticHeader
{
    [Id(0)]
    public required string Name { get; init; }

    [Id(1)]
    public required string Value { get; init; }
}
