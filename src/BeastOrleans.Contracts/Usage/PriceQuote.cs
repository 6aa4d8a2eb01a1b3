namespace BeastOrleans.Contracts.Usage;

/// <summary>
/// The price of one model as it stood when a plan was made. Rates are money per million tokens. A null rate falls
/// back to <see cref="InputPerMTok"/> (cached, cache write) or <see cref="OutputPerMTok"/> (reasoning).
/// </summary>
[GenerateSerializer, Immutable, Alias("beast.PriceQuote")]
public sealed record PriceQuote
{
    /// <summary>The version of the price table, or <c>endpoint:N</c> for a price set on a registration.</summary>
    [Id(0)]
    public required string Version { get; init; }

    [Id(1)]
    public required Money InputPerMTok { get; init; }

    [Id(2)]
    public required Money OutputPerMTok { get; init; }

    [Id(3)]
    public Money? CachedInputPerMTok { get; init; }

    [Id(4)]
    public Money? CacheWritePerMTok { get; init; }

    [Id(5)]
    public Money? ReasoningPerMTok { get; init; }

    /// <summary>Flat, per request that the upstream answered.</summary>
    [Id(6)]
    public Money? PerRequest { get; init; }
}
