namespace BeastOrleans.Contracts.Usage;

/// <summary>Rates as an operator or owner sets them: money per million tokens; null = see <see cref="PriceQuote"/>.</summary>
[GenerateSerializer, Immutable, Alias("beast.ModelPrice")]
public sealed record ModelPrice
{
    [Id(0)]
    public required Money InputPerMTok { get; init; }

    [Id(1)]
    public required Money OutputPerMTok { get; init; }

    [Id(2)]
    public Money? CachedInputPerMTok { get; init; }

    [Id(3)]
    public Money? CacheWritePerMTok { get; init; }

    [Id(4)]
    public Money? ReasoningPerMTok { get; init; }

    [Id(5)]
    public Money? PerRequest { get; init; }

    /// <summary>These rates under the name of a price version.</summary>
    public PriceQuote Quote(string version) => new()
    {
        Version = version,
        InputPerMTok = InputPerMTok,
        OutputPerMTok = OutputPerMTok,
        CachedInputPerMTok = CachedInputPerMTok,
        CacheWritePerMTok = CacheWritePerMTok,
        ReasoningPerMTok = ReasoningPerMTok,
        PerRequest = PerRequest,
    };
}
