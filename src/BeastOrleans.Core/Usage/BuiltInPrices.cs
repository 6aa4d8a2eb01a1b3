using System.Collections.Frozen;
using BeastOrleans.Contracts.Tenants;
using BeastOrleans.Contracts.Usage;

namespace BeastOrleans.Core.Usage;

/// <summary>List prices of well-known models in dollars per million tokens. Data: a change is a new version.</summary>
internal static class BuiltInPrices
{
    public const string Version = "builtin:2026-11";

    public static PriceEntry[] Entries { get; } =
    [
        Of("openai:gpt-3.5-turbo", 0.50m, 1.50m),
        Of("openai:gpt-4", 30m, 60m),
        Of("openai:gpt-4-turbo", 10m, 30m),
        Of("openai:gpt-4o", 2.50m, 10m, 1.25m),
        Of("openai:gpt-4o-mini", 0.15m, 0.60m, 0.075m),
        Of("openai:gpt-4.1", 2m, 8m, 0.50m),
        Of("openai:gpt-4.1-mini", 0.40m, 1.60m, 0.10m),
        Of("openai:gpt-4.1-nano", 0.10m, 0.40m, 0.025m),
        Of("openai:o1", 15m, 60m, 7.50m),
        Of("openai:o3", 2m, 8m, 0.50m),
        Of("openai:o3-mini", 1.10m, 4.40m, 0.55m),
        Of("openai:o4-mini", 1.10m, 4.40m, 0.275m),
        Of("openai:gpt-5", 1.25m, 10m, 0.125m),
        Of("openai:gpt-5-mini", 0.25m, 2m, 0.025m),
        Of("openai:gpt-5-nano", 0.05m, 0.40m, 0.005m),
        Of("openai:text-embedding-3-small", 0.02m, 0m),
        Of("openai:text-embedding-3-large", 0.13m, 0m),
        Of("anthropic:claude-3-5-haiku", 0.80m, 4m, 0.08m, 1m),
        Of("anthropic:claude-3-7-sonnet", 3m, 15m, 0.30m, 3.75m),
        Of("anthropic:claude-sonnet-4", 3m, 15m, 0.30m, 3.75m),
        Of("anthropic:claude-sonnet-4-5", 3m, 15m, 0.30m, 3.75m),
        Of("anthropic:claude-haiku-4-5", 1m, 5m, 0.10m, 1.25m),
        Of("anthropic:claude-opus-4-1", 15m, 75m, 1.50m, 18.75m),
        Of("anthropic:claude-opus-4-5", 5m, 25m, 0.50m, 6.25m),
    ];

    private static readonly FrozenDictionary<string, PriceQuote> Quotes =
        Entries.ToFrozenDictionary(entry => entry.ModelId, entry => entry.Price.Quote(entry.Version), StringComparer.Ordinal);

    /// <summary>By the exact id, else without the release date that ends it (<c>gpt-4o-2024-08-06</c>, <c>claude-sonnet-4-5-20250929</c>).</summary>
    public static PriceQuote? Find(string modelId) =>
        Quotes.GetValueOrDefault(modelId) ?? Quotes.GetValueOrDefault(ModelNames.WithoutDate(modelId));

    private static PriceEntry Of(string modelId, decimal input, decimal output, decimal? cached = null, decimal? cacheWrite = null) => new()
    {
        ModelId = modelId,
        Version = Version,
        EffectiveFrom = DateTimeOffset.UnixEpoch,
        Price = new ModelPrice
        {
            InputPerMTok = Money.FromUsd(input),
            OutputPerMTok = Money.FromUsd(output),
            CachedInputPerMTok = cached is { } c ? Money.FromUsd(c) : null,
            CacheWritePerMTok = cacheWrite is { } w ? Money.FromUsd(w) : null,
        },
    };
}
