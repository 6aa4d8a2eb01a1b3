namespace BeastOrleans.Contracts.Usage;

/// <summary>Where a token count came from.</summary>
[GenerateSerializer, Alias("beast.UsageSource")]
public enum UsageSource
{
    /// <summary>Nothing is known: no answer, or an upstream that counts nothing.</summary>
    None = 0,

    /// <summary>The upstream's own number (an explicit 0 is respected).</summary>
    Reported = 1,

    /// <summary>Counted by us because the upstream said nothing.</summary>
    Estimated = 2,
}

/// <summary>Tokens of one attempt. <see cref="Input"/> includes the cached and cache-written ones, <see cref="Output"/> the reasoning ones.</summary>
[GenerateSerializer, Immutable, Alias("beast.TokenUsage")]
public readonly record struct TokenUsage
{
    /// <summary>The most of a kind that one attempt is believed to have used.</summary>
    public const long Most = 100_000_000;

    [Id(0)]
    public long Input { get; init; }

    [Id(1)]
    public long Output { get; init; }

    /// <summary>Input tokens read from the provider's prompt cache.</summary>
    [Id(2)]
    public long CachedInput { get; init; }

    /// <summary>Input tokens written to the provider's prompt cache.</summary>
    [Id(3)]
    public long CacheWrite { get; init; }

    [Id(4)]
    public long Reasoning { get; init; }

    [Id(5)]
    public UsageSource Source { get; init; }
}
